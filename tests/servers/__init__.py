"""Real TLS servers for the tests: each starts on a free port of loopback, and ends by its pid."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pki import Credential


BOTH_VERSIONS = ("TLSv1.2", "TLSv1.3")


@dataclass(frozen=True)
class Settings:
    """What to serve, in which TLS versions, and whether a client certificate is required."""

    credential: Credential
    client_ca_pem: bytes
    versions: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    client_auth: bool = True


@dataclass(frozen=True)
class Running:
    """A started server; `log` reads what it has logged since it was ready."""

    port: int
    log: Callable[[], str]


@dataclass(frozen=True)
class Server:
    """How to start one server.

    `prepare` writes its files into a directory and returns the command; `log_files` are read
    beside its output; `versions` are those that it can speak. `optional` servers are not installed
    by `make servers`; one that `needs_root` to become its own users is skipped for everybody else.
    """

    name: str
    program: str
    prepare: Callable[[Settings, Path, int], list[str]]
    key_types: tuple[str, ...] = ("rsa", "ecdsa", "ed25519")
    log_files: tuple[str, ...] = ()
    versions: tuple[str, ...] = BOTH_VERSIONS
    environment: Mapping[str, str] | None = None
    start_seconds: float = 15
    optional: bool = False
    needs_root: bool = False

    @property
    def executable(self) -> str | None:
        """Where the program is; None if it is not installed."""
        return find_program(self.program)

    def require(self) -> None:
        """Skip the test if the server is missing; fail it if the server is required."""
        if self.executable is not None:
            if self.needs_root and os.geteuid() != 0:
                pytest.skip(f"{self.program} has to be started by root")
            return
        missing = f"{self.program} is not installed: run `make servers`"
        if os.environ.get("CI") == "true" and not self.optional:
            pytest.fail(missing)
        pytest.skip(missing)

    @contextlib.contextmanager
    def running(self, settings: Settings, directory: Path) -> Iterator[Running]:
        """Start the server, wait for its port, end it."""
        self.require()
        directory.mkdir(parents=True, exist_ok=True)
        port = free_port()
        command = self.prepare(settings, directory, port)
        command[0] = find_program(command[0]) or command[0]
        output = directory / "output.log"
        with output.open("wb") as sink:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env={**os.environ, **(self.environment or {}), "HOME": str(directory)},
            )
        files = [output, *(directory / name for name in self.log_files)]
        try:
            _wait_for_port(port, process, output, self.start_seconds)
            skipped = len(_read(files))
            yield Running(port, lambda: _read(files)[skipped:])
        finally:
            _end(process)


def find_program(name: str) -> str | None:
    """Find a program where Debian puts servers, and Go what it builds; None if it is not there."""
    postgres = ":".join(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin"))
    return shutil.which(
        name, path=f"{os.environ['PATH']}:/usr/sbin:{postgres}:{Path.home()}/go/bin"
    )


def free_port() -> int:
    """Find a port that is free now, for a program that cannot ask for port 0 itself.

    The kernel gives clients the ports from 32768 up: one of those that is free now may be taken by
    the next connection of another test, before the program listens there.
    """
    while True:
        port = random.randint(10_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _read(files: list[Path]) -> str:
    return "".join(file.read_text(errors="replace") for file in files if file.exists())


def _wait_for_port(
    port: int, process: subprocess.Popen[bytes], output: Path, seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server ended: {output.read_text(errors='replace')[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            time.sleep(0.2)  # what this visit leaves in its log comes before the test's
            return
        time.sleep(0.05)
    pytest.fail(f"the server did not listen: {output.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(3)
    if process.stdin:
        process.stdin.close()
