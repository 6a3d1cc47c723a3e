"""How many round trips a client waits for one result: the time that a far server adds, in RTTs.

Each client runs as a whole program, through the same network with and without a delay. What the
delay adds to its wall time, divided by the RTT, is the number of round trips that it waited for.
The fastest of several runs counts: other work on the machine can only add to it.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from clients.blackbox import PROGRAM, exporter, running
from clients.scanners import HALFSHAKE, built
from latency.far_network import SERVER_ADDRESS, far_network, why_not
from measuring import SERVER_CORE, URGENT, run
from pki import Authority
from places import NAME, PEERS, SSLYZE_PYTHON
from servers import Settings, free_port
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latency.far_network import FarNetwork

RTT_MS = 50.0
VERSIONS = ("1.2", "1.3")


class Latency(NamedTuple):
    """The table: round trips and milliseconds of each client and version."""

    round_trips: dict[str, dict[str, float]]
    reading_ms: dict[str, float]  # `timings_ms.total` of our own result
    delayed_by: str
    missing: dict[str, str]


def measure_latency(directory: Path, *, quick: bool) -> Latency | str:
    """Measure, or say why it cannot be measured."""
    reason = why_not()
    if reason is not None:
        return reason
    root = Authority.root()
    fastest: dict[tuple[str, str, float], float] = {}
    reading_ms: dict[str, float] = {}
    with far_network(0) as near, far_network(RTT_MS) as far:
        for version in VERSIONS:
            with (
                _nginx(directory / f"near-{version}", root, version, near) as near_commands,
                _nginx(directory / f"far-{version}", root, version, far) as far_commands,
            ):
                ends = ((near, 0.0, near_commands), (far, RTT_MS, far_commands))
                # The first round only warms files and caches up.
                for number in range(3 if quick else 6):
                    for client in far_commands:
                        for network, rtt_ms, commands in ends:
                            took, output = _once(client, commands[client], network, directory)
                            key = (client, version, rtt_ms)
                            if number > 0:
                                fastest[key] = min(took, fastest.get(key, took))
                            if number > 0 and client == OURS and rtt_ms:
                                total = _total_ms(output)
                                reading_ms[version] = min(total, reading_ms.get(version, total))
    trips = {
        client: {
            version: 1000
            * (fastest[client, version, RTT_MS] - fastest[client, version, 0.0])
            / RTT_MS
            for version in VERSIONS
        }
        for client in dict.fromkeys(client for client, _, _ in fastest)
    }
    return Latency(trips, reading_ms, far.delayed_by, _missing())


OURS = "`halfshake check --json`"


def _commands(port: str, directory: Path) -> dict[str, list[str]]:
    """One reading each, as a whole program."""
    where = f"{SERVER_ADDRESS}:{port}"
    ca_file = str(directory / "ca.pem")
    commands = {
        "a TCP connection": [sys.executable, "-c", CONNECT, SERVER_ADDRESS, port],
        OURS: [*HALFSHAKE, "check", "--json", "--ca-file", ca_file, "--server-name", NAME, where],
        "tlsx `-sm ctls -json`": [str(PEERS / "tlsx"), "-u", where, "-sni", NAME, "-sm", "ctls",
                                  "-json", "-silent", "-duc"],
        "zgrab2 `tls`": [str(PEERS / "zgrab2"), "-f", str(directory / "zgrab2-targets"),
                         "-b", str(directory / "nothing"), "tls", "-p", port],
        "blackbox_exporter, `tcp` prober": [where],
        "standard library `ssl`": [sys.executable, "-c", SSL, SERVER_ADDRESS, port],
        "`openssl s_client`": ["openssl", "s_client", "-connect", where, "-servername", NAME],
        "sslyze": [str(SSLYZE_PYTHON), "-m", "sslyze", "--certinfo", "--sni", NAME, where],
    }  # fmt: skip
    (directory / "nothing").write_text("")
    (directory / "zgrab2-targets").write_text(f"{SERVER_ADDRESS},{NAME}\n")
    missing = _missing()
    return {client: command for client, command in commands.items() if client not in missing}


CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])))"
SSL = (
    "import socket, ssl, sys; context = ssl._create_unverified_context(); "
    "context.wrap_socket(socket.create_connection((sys.argv[1], int(sys.argv[2]))), "
    f"server_hostname={NAME!r}).getpeercert(True)"
)


def _missing() -> dict[str, str]:
    missing = {
        "tlsx `-sm ctls -json`": built("tlsx"),
        "zgrab2 `tls`": built("zgrab2"),
        "blackbox_exporter, `tcp` prober": exporter().missing,
        "sslyze": None if SSLYZE_PYTHON.exists() else "not installed: `make bench-peers`",
    }
    return {client: why for client, why in missing.items() if why is not None}


def _once(
    client: str, command: list[str], network: FarNetwork, directory: Path
) -> tuple[float, bytes]:
    """The seconds of one run, and what it printed."""
    if client.startswith("blackbox"):
        return _blackbox(command[0], network, directory), b""
    code = None if client in {"sslyze", "`openssl s_client`"} else 0
    spent = run([*network.at_the_client, *command], directory=directory, code=code, urgent=True)
    return spent.wall_seconds, spent.output


def _blackbox(where: str, network: FarNetwork, directory: Path) -> float:
    """The seconds that its page takes: it is running already, as it always is."""
    with running(directory, network.at_the_client) as (_, page):
        url = f"{page}?module=tls&target={where}"
        ask = [*network.at_the_client, "curl", "-sf", "--noproxy", "*", "--retry", "20",
               "--retry-delay", "0", "--retry-connrefused", url]  # fmt: skip
        run(ask, directory=directory)
        spent = run(ask, directory=directory, urgent=True)
    if b"probe_success 1" not in spent.output:
        raise SystemExit(f"{PROGRAM} could not read {where}")
    return spent.wall_seconds


def _total_ms(line: bytes) -> float:
    return float(json.loads(line)["timings_ms"]["total"])


def _settle() -> None:
    """On the servers' core, before other work on the machine."""
    os.sched_setaffinity(0, {SERVER_CORE})
    os.setpriority(os.PRIO_PROCESS, 0, URGENT)


@contextlib.contextmanager
def _nginx(
    directory: Path, root: Authority, version: str, network: FarNetwork
) -> Iterator[dict[str, list[str]]]:
    """An nginx at the far end of the cable; the clients' commands that visit it."""
    directory.mkdir()
    (directory / "ca.pem").write_bytes(root.pem)
    settings = Settings(root.issue(NAME), Authority.root().pem, (f"TLSv{version}",))
    port = free_port()
    command = NGINX.prepare(settings, directory, port)
    file = directory / "nginx.conf"
    file.write_text(file.read_text().replace("listen 127.0.0.1:", f"listen {SERVER_ADDRESS}:"))
    command[0] = NGINX.executable or command[0]
    server = subprocess.Popen(
        [*network.at_the_server, *command],
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_settle,
    )
    connect = [*network.at_the_client, sys.executable, "-c", CONNECT, SERVER_ADDRESS, str(port)]
    try:
        for _ in range(50):
            if subprocess.run(connect, capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"nginx did not start: {(directory / 'error.log').read_text()[-500:]}")
        yield _commands(str(port), directory)
    finally:
        server.terminate()
        server.wait(10)
