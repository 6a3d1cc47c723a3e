"""What Debian's servers need if they refuse to run as root, or change to their own user."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from servers import find_program

if TYPE_CHECKING:
    from servers import Settings


class _OwnDirectory:
    """A directory outside pytest's, which only the user who runs the tests can enter."""

    def __call__(self, user: str | None = None) -> Path:
        directory = Path(tempfile.mkdtemp(prefix="halfshake-"))
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o755)
        if user is not None:
            self.give(directory, user)
        return directory

    def give(self, path: Path, user: str) -> None:
        """Make a path belong to a user, if we may."""
        if os.geteuid() == 0:
            shutil.chown(path, user)


own_directory = _OwnDirectory()


def as_user(user: str, command: list[str]) -> list[str]:
    """Run a command as a system user if we are root, otherwise as the current user."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]


def server_files(
    settings: Settings, directory: Path, user: str | None = None
) -> tuple[Path, Path, Path]:
    """Write chain, key and client CA; readable by `user` if given."""
    chain, key = settings.credential.write(directory, "server")
    client_ca = directory / "client-ca.pem"
    client_ca.write_bytes(settings.client_ca_pem)
    key.chmod(0o600)
    if user is not None:
        own_directory.give(key, user)
    return chain, key, client_ca


def with_openssl_limit(command: list[str], settings: Settings, directory: Path) -> list[str]:
    """Limit the TLS versions of a server that cannot do so itself, by OpenSSL's own file."""
    configuration = directory / "openssl.cnf"
    configuration.write_text(f"""openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = limits
[limits]
MinProtocol = {settings.versions[0]}
MaxProtocol = {settings.versions[-1]}
""")
    return ["env", f"OPENSSL_CONF={configuration}", program(command[0]), *command[1:]]


def program(name: str) -> str:
    """Find a program; if it is not installed, its bare name, for the error message."""
    return find_program(name) or name


def library(*parts: str) -> Path:
    """Where Debian keeps a server's own programs and modules."""
    return Path("/usr/lib").joinpath(*parts)
