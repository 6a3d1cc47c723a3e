"""`python bench/million.py`: a million targets by one `halfshake scan`, as a table.

The targets are 131,072 addresses of loopback on eight ports: five of real HAProxy servers that
demand a client certificate (TLS 1.2 and 1.3, ECDSA and RSA), one where nothing listens, one that
answers with bytes that are no TLS, one that accepts and is silent. NETWORK=127.64.0.0/18 asks for
an eighth of them; SECONDS bounds the run: it is interrupted then, and says how far it came.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pki import Authority
from servers import Settings, free_port
from servers.catalogue import HAPROXY
from watch import everywhere

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK = os.environ.get("NETWORK", "127.64.0.0/15")
WORKERS = os.environ.get("WORKERS", "2")
SECONDS = float(os.environ.get("SECONDS", "3000"))
CONCURRENCY = os.environ.get("CONCURRENCY", "400")
TIMEOUT_SECONDS = "3"
NAME = "api.halfshake.test"


def main() -> None:
    """Run, measure, print the table."""
    if HAPROXY.executable is None:
        sys.exit("the benchmark needs HAProxy: run `make servers`")
    with (
        tempfile.TemporaryDirectory(prefix="halfshake-million-") as name,
        contextlib.ExitStack() as stack,
    ):
        directory = Path(name)
        root, client_ca = Authority.root(), Authority.root("Client CA")
        (directory / "ca.pem").write_bytes(root.pem)
        server = replace(HAPROXY, prepare=everywhere)
        ports = []
        for number, (versions, key_type) in enumerate(GOOD):
            settings = Settings(root.issue(NAME, key_type=key_type), client_ca.pem, versions)
            running = stack.enter_context(server.running(settings, directory / str(number)))
            ports.append(running.port)
        ports += [free_port(), *stack.enter_context(bad_servers())]
        print(measured(directory, ports))


GOOD = (
    (("TLSv1.3",), "ecdsa"),
    (("TLSv1.2",), "ecdsa"),
    (("TLSv1.3",), "ecdsa"),
    (("TLSv1.2",), "ecdsa"),
    (("TLSv1.2",), "rsa"),
)


def measured(directory: Path, ports: list[int]) -> str:
    """Scan every address on every port, and look at the memory meanwhile."""
    output = directory / "million.jsonl.gz"
    target = f"{NETWORK}:{','.join(map(str, ports))}"
    arguments = ["--ca-file", str(directory / "ca.pem"), "--server-name", NAME]
    arguments += ["--workers", WORKERS, "--timeout", TIMEOUT_SECONDS, "-o", str(output)]
    # More at once would wait in the queues of the servers, which share the machine.
    arguments += ["--concurrency", CONCURRENCY]
    began, sent = time.monotonic(), False
    scan = subprocess.Popen(
        [sys.executable, "-m", "halfshake", "scan", target, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert scan.stderr is not None
    assert scan.stdout is not None
    memory: list[tuple[int, float]] = []
    cpu = 0.0
    for line in scan.stderr:
        found = re.match(r"halfshake: ([0-9,]+) of", line)
        if found is None:
            print(line, end="", file=sys.stderr)
            continue
        pids = [scan.pid, *children(scan.pid)]
        memory.append((int(found[1].replace(",", "")), max(map(resident_mib, pids))))
        cpu = max(cpu, sum(map(cpu_seconds, pids)))
        print(f"{line.rstrip()}; {memory[-1][1]:.0f} MiB", file=sys.stderr)
        if not sent and time.monotonic() - began > SECONDS:
            sent = True
            scan.send_signal(signal.SIGINT)
    summary = scan.stdout.read()
    code = scan.wait()
    seconds = time.monotonic() - began
    print(summary, file=sys.stderr)
    counts, tenth = counted(output, summary), 100_000
    at_tenth = next((mib for done, mib in memory if done >= tenth), None)
    rows = {
        "targets, workers": f"{counts['targets']:,}, {WORKERS}",
        "exit code, seconds": f"{code}, {seconds:.0f}",
        "targets a second": f"{counts['targets'] / seconds:.0f}",
        "CPU for each target, all processes": f"{1e6 * cpu / max(1, memory[-1][0]):.0f} µs",
        "read, failed, refused, excluded": ", ".join(
            f"{counts[name]:,}" for name in ("read", "failed", "refused", "excluded")
        ),
        "lines in the output, different targets": f"{counts['lines']:,}, {counts['different']:,}",
        "memory of the largest process at 100,000": f"{at_tenth or 0:.0f} MiB",
        "at the end": f"{memory[-1][1]:.0f} MiB",
    }
    return "| what | measured |\n| --- | --- |\n" + "".join(
        f"| {name} | {value} |\n" for name, value in rows.items()
    )


def counted(output: Path, summary: str) -> dict[str, int]:
    """Count the lines of the output, and how many different targets they name."""
    manifest = output.with_name(f"{output.name}.manifest.json")
    file = output if output.exists() else output.with_name(f"{output.name}.partial")
    counts: dict[str, int] = {"refused": 0, "excluded": 0, "read": 0, "failed": 0}
    if manifest.exists():
        counts |= json.loads(manifest.read_text())
    else:
        counts["targets"] = int(summary.split(" ", 1)[0].replace(",", ""))
    text = subprocess.run(
        f'gzip -dc < {file} | grep -ao \'"target":"[^"]*"\' | sort | uniq | wc -l',
        shell=True,
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    lines = subprocess.run(
        f"gzip -dc < {file} | wc -l", shell=True, capture_output=True, check=True, text=True
    ).stdout
    return counts | {"different": int(text), "lines": int(lines)}


@contextlib.contextmanager
def bad_servers() -> Iterator[tuple[int, int]]:
    """A server that answers with no TLS, and one that is silent, on every address of loopback."""
    context = multiprocessing.get_context("spawn")
    ports = (free_port(), free_port())
    process = context.Process(target=serve, args=ports, daemon=True)
    process.start()
    time.sleep(1)
    try:
        yield ports
    finally:
        process.kill()
        process.join()


def serve(hostile: int, silent: int) -> None:
    """Accept on both ports; answer on the first, and only take note of a FIN on the second."""
    waiting = selectors.DefaultSelector()
    for port in (hostile, silent):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        listener.bind(("0.0.0.0", port))
        listener.listen(1024)
        listener.setblocking(False)
        waiting.register(listener, selectors.EVENT_READ, port)
    while True:
        for key, _ in waiting.select():
            with contextlib.suppress(OSError):
                if key.data is None:
                    if not key.fileobj.recv(65536):  # type: ignore[union-attr]
                        waiting.unregister(key.fileobj)
                        key.fileobj.close()  # type: ignore[union-attr]
                    continue
                connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
                if key.data == hostile:
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.setblocking(False)
                waiting.register(connection, selectors.EVENT_READ, None)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident_mib(pid: int) -> float:
    """How much memory a process holds."""
    with contextlib.suppress(OSError, TypeError):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    return 0.0


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


if __name__ == "__main__":
    main()
