"""The servers that the clients visit: nginx with one certificate, and ours with 10,000."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from measuring import CORES, SERVER_CORE
from pki import Authority
from places import NAME, PEERS
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAVES = 10_000


class Load(NamedTuple):
    """One server: of which kind, what it speaks, its port, the roots that it can be judged by."""

    kind: str  # nginx or leaves
    version: str  # 1.2 or 1.3
    key_type: str
    port: int
    ca_file: Path

    @property
    def column(self) -> str:
        """What the columns of a table are called."""
        return f"TLS {self.version} {self.key_type.upper()}"


def columns(*, quick: bool) -> list[tuple[str, str]]:
    """The versions and kinds of keys that are measured."""
    kinds = ("ecdsa",) if quick else ("ecdsa", "rsa")
    return [(version, kind) for version in ("1.2", "1.3") for kind in kinds]


@contextlib.contextmanager
def nginx(directory: Path, *, quick: bool) -> Iterator[list[Load]]:
    """Start an nginx for each column; it asks for a client certificate, and refuses in HTTP."""
    root, client_ca = Authority.root(), Authority.root("Client CA")
    ca_file = directory / "nginx-ca.pem"
    ca_file.write_bytes(root.pem)
    with contextlib.ExitStack() as running:
        loads = []
        for version, key_type in columns(quick=quick):
            credential = root.issue(NAME, key_type=key_type)
            settings = Settings(credential, client_ca.pem, (f"TLSv{version}",))
            with on_the_servers_core():
                server = running.enter_context(
                    NGINX.running(settings, directory / f"{version}-{key_type}")
                )
            loads.append(Load("nginx", version, key_type, server.port, ca_file))
        yield loads


@contextlib.contextmanager
def leaf_server(directory: Path, *, quick: bool) -> Iterator[list[Load]]:
    """Start the server with a certificate for each name; nothing if Go has not built it.

    It asks for a client certificate and lets clients without one pass, as nginx does.
    """
    program = PEERS / "leaf_server"
    if not program.exists():
        yield []
        return
    ca_file = directory / "leaf-ca.pem"
    wanted = columns(quick=quick)
    command = [str(program), "-client-auth", "request", "-count", str(LEAVES)]
    command += ["-keys", ",".join(dict.fromkeys(kind for _, kind in wanted))]
    command += ["-ca", str(ca_file), "-cache", str(PEERS / "leaves")]
    # It makes its certificates on every core, and serves on its own.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ports = {}
        for line in process.stdout or ():
            if line == "ready\n":
                break
            key_type, version, port = line.split()
            ports[version, key_type] = int(port)
        pin(process.pid)
        yield [Load("leaves", *each, ports[each], ca_file) for each in wanted]
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(10)


def pin(pid: int) -> None:
    """Move a process with all its threads to the servers' core."""
    for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
        os.sched_setaffinity(int(thread), {SERVER_CORE})


@contextlib.contextmanager
def on_the_servers_core() -> Iterator[None]:
    """What is started here runs there."""
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, set(CORES))
