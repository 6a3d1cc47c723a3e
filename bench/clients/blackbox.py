"""Prometheus' blackbox_exporter: its own CPU time, while somebody else asks it for /probe."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from clients.row import Row, Visits
from measuring import CORES, SERVER_CORE, process_cpu_seconds, settle
from places import NAME
from servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = "prometheus-blackbox-exporter"
MODULES = f"""modules:
  tls:
    prober: tcp
    timeout: 10s
    tcp:
      tls: true
      preferred_ip_protocol: ip4
      tls_config: {{insecure_skip_verify: true, server_name: {NAME}}}
"""


def exporter() -> Row:
    """Its `tcp` prober with TLS."""
    return Row(
        "blackbox",
        "blackbox_exporter, `tcp` prober",
        "full handshake without verifying the chain; a page of metrics over HTTP",
        measured,
        (500, 300),
        None if shutil.which(PROGRAM) else "not installed: `make servers`",
    )


def measured(visits: Visits) -> float:
    """Ask from the servers' core, so that its core has nothing else to do."""
    with running(visits.directory) as (pid, page):
        url = f"{page}?module=tls&target=127.0.0.1:{visits.load.port}"

        def share(count: int) -> None:
            for _ in range(count):
                if "probe_success 1" not in fetched(url):
                    raise SystemExit(f"blackbox_exporter could not read {url}")

        share(5)
        before = process_cpu_seconds(pid)
        os.sched_setaffinity(0, {SERVER_CORE})
        with ThreadPoolExecutor(visits.in_flight) as threads:
            list(threads.map(share, [visits.count // visits.in_flight] * visits.in_flight))
        os.sched_setaffinity(0, set(CORES))
        done = visits.count // visits.in_flight * visits.in_flight
        return 1e6 * (process_cpu_seconds(pid) - before) / done


@contextlib.contextmanager
def running(directory: Path, prefix: tuple[str, ...] = ()) -> Iterator[tuple[int, str]]:
    """Start it, quietly; its process, and the address of its /probe."""
    file, port = directory / "blackbox.yml", free_port()
    file.write_text(MODULES)
    process = subprocess.Popen(
        [*prefix, PROGRAM, f"--config.file={file}", f"--web.listen-address=127.0.0.1:{port}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: settle(urgent=bool(prefix)),
    )
    try:
        if not prefix:
            wait_for(f"http://127.0.0.1:{port}/-/healthy")
        yield process.pid, f"http://127.0.0.1:{port}/probe"
    finally:
        process.terminate()
        process.wait(10)


def wait_for(url: str) -> None:
    """Until it answers."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            fetched(url)
            return
        time.sleep(0.05)
    raise SystemExit("blackbox_exporter did not start")


def fetched(url: str) -> str:
    """A page of the exporter."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as answer:
        return str(answer.read().decode())
