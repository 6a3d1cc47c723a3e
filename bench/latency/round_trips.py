"""How long one endpoint takes when it is far away: milliseconds, and round trips.

Each client runs as a whole program, one target after another, through a network of 50 ms RTT. What
eight targets take longer than one does, divided by seven, is the time of one without the start.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from clients.blackbox import exporter, running
from clients.scanners import HALFSHAKE, built
from latency.far_network import SERVER_ADDRESS, far_network, why_not
from measuring import SERVER_CORE, URGENT, median, run
from pki import Authority
from places import BENCH, NAME, PEERS, SSLYZE_PROGRAM, SSLYZE_PYTHON
from servers import Settings, free_port
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from latency.far_network import FarNetwork

RTT_MS = 50.0
VERSIONS = ("1.2", "1.3")


class Latency(NamedTuple):
    """The table: milliseconds for each endpoint, of each client and version."""

    milliseconds: dict[str, dict[str, float]]
    reading_ms: dict[str, float]  # `timings_ms.total` of our own results
    delayed_by: str
    missing: dict[str, str]


def measure_latency(directory: Path, *, quick: bool) -> Latency | str:
    """Measure, or say why it cannot be measured."""
    reason = why_not()
    if reason is not None:
        return reason
    root = Authority.root()
    milliseconds: dict[str, dict[str, float]] = {}
    reading_ms: dict[str, float] = {}
    with far_network(RTT_MS) as network:
        for version in VERSIONS:
            with _nginx(directory / version, root, version, network) as port:
                far = _Far(network, port, directory / version)
                for client in CLIENTS:
                    if client not in _missing():
                        each = milliseconds.setdefault(client, {})
                        # sslyze takes seconds: how often it is measured changes nothing.
                        rounds = 1 if quick or client == SSLYZE else 3
                        each[version] = median(_each_ms(client, far) for _ in range(rounds))
                reading_ms[version] = _own_ms(far)
    return Latency(milliseconds, reading_ms, network.delayed_by, _missing())


class _Far(NamedTuple):
    network: FarNetwork
    port: int
    directory: Path


def _each_ms(client: str, far: _Far) -> float:
    """How much longer several targets take than one, for each of those that are more."""
    one, several = (_seconds(client, far, count) for count in (1, SEVERAL))
    return 1000 * (several - one) / (SEVERAL - 1)


def _seconds(client: str, far: _Far, count: int) -> float:
    if client != BLACKBOX:
        command = [*far.network.at_the_client, *CLIENTS[client](far, count)]
        return run(command, directory=far.directory, urgent=True).wall_seconds
    with running(far.directory, far.network.at_the_client) as (_, page):
        url = f"{page}?module=tls&target={SERVER_ADDRESS}:{far.port}"
        ask = [*far.network.at_the_client, sys.executable, "-c", FETCH, url]
        run([*ask, "1"], directory=far.directory, urgent=True)
        return run([*ask, str(count)], directory=far.directory, urgent=True).wall_seconds


def _own_ms(far: _Far) -> float:
    """The median that our own results tell."""
    command = [*far.network.at_the_client, *_check(far, SEVERAL)]
    lines = run(command, directory=far.directory, urgent=True).output.splitlines()
    return median(float(json.loads(line)["timings_ms"]["total"]) for line in lines)


SEVERAL = 8
OURS = "`halfshake check --json`"
BLACKBOX = "blackbox_exporter, `tcp` prober"
TLSX, ZGRAB2, SSLYZE = "tlsx `-sm ctls -json`", "zgrab2 `tls`", "sslyze"

CONNECT = "socket.create_connection((sys.argv[1], int(sys.argv[2])))"
EACH = "import socket, ssl, sys\nfor _ in range(int(sys.argv[3])): "
HANDSHAKE = (
    f"ssl._create_unverified_context().wrap_socket({CONNECT}, server_hostname={NAME!r})"
    ".getpeercert(True)"
)
# It may have just been started.
FETCH = """import sys, time, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for attempt in range(100):
    try:
        opener.open(sys.argv[1].replace("/probe", "/-/healthy"))
        break
    except OSError:
        time.sleep(0.1)
for _ in range(int(sys.argv[2])):
    assert b"probe_success 1" in opener.open(sys.argv[1]).read()
"""


def _python(program: str) -> Callable[[_Far, int], list[str]]:
    return lambda far, count: [
        *(sys.executable, "-c", EACH + program),
        *(SERVER_ADDRESS, str(far.port), str(count)),
    ]


def _check(far: _Far, count: int) -> list[str]:
    targets = far.directory / "targets"
    targets.write_text(f"{SERVER_ADDRESS}:{far.port}\n" * count)
    command = [*HALFSHAKE, "check", "--json", "--targets", str(targets), "--concurrency", "1"]
    return [*command, "--ca-file", str(far.directory / "ca.pem"), "--server-name", NAME]


def _tlsx(far: _Far, count: int) -> list[str]:
    targets = far.directory / "tlsx-targets"
    targets.write_text(f"{SERVER_ADDRESS}:{far.port}\n" * count)
    command = [str(PEERS / "tlsx"), "-l", str(targets), "-sni", NAME, "-sm", "ctls"]
    return [*command, "-json", "-silent", "-duc", "-c", "1"]


def _zgrab2(far: _Far, count: int) -> list[str]:
    targets, nothing = far.directory / "zgrab2-targets", far.directory / "nothing"
    targets.write_text(f"{SERVER_ADDRESS},{NAME}\n" * count)
    nothing.write_text("")
    command = [str(PEERS / "zgrab2"), "-f", str(targets), "-b", str(nothing), "-s", "1"]
    return [*command, "--server-rate-limit", "1000000", "tls", "-p", str(far.port)]


def _s_client(far: _Far, count: int) -> list[str]:
    once = f"openssl s_client -connect {SERVER_ADDRESS}:{far.port} -servername {NAME} </dev/null"
    return ["sh", "-c", f"for i in $(seq {count}); do {once}; done"]


def _sslyze(far: _Far, count: int) -> list[str]:
    program = str(BENCH / "clients" / "sslyze_certificates.py")
    return [str(SSLYZE_PYTHON), program, str(far.port), str(count), "1", SERVER_ADDRESS]


CLIENTS: dict[str, Callable[[_Far, int], list[str]]] = {
    "a TCP connection": _python(CONNECT + ".close()"),
    OURS: _check,
    TLSX: _tlsx,
    ZGRAB2: _zgrab2,
    BLACKBOX: _check,  # never asked: it is a server itself
    "standard library `ssl`": _python(HANDSHAKE),
    "`openssl s_client`": _s_client,
    SSLYZE: _sslyze,
}


def _missing() -> dict[str, str]:
    missing = {
        TLSX: built("tlsx"),
        ZGRAB2: built("zgrab2"),
        BLACKBOX: exporter().missing,
        SSLYZE: None if SSLYZE_PROGRAM.exists() else "not installed: `make bench-peers`",
    }
    return {client: why for client, why in missing.items() if why is not None}


def _settle() -> None:
    """On the servers' core, before other work on the machine."""
    os.sched_setaffinity(0, {SERVER_CORE})
    os.setpriority(os.PRIO_PROCESS, 0, URGENT)


@contextlib.contextmanager
def _nginx(directory: Path, root: Authority, version: str, network: FarNetwork) -> Iterator[int]:
    """An nginx at the far end of the cable; its port."""
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
    connect = [*network.at_the_client, sys.executable, "-c", EACH + CONNECT]
    connect += [SERVER_ADDRESS, str(port), "1"]
    try:
        for _ in range(50):
            if subprocess.run(connect, capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"nginx did not start: {(directory / 'error.log').read_text()[-500:]}")
        yield port
    finally:
        server.terminate()
        server.wait(10)
