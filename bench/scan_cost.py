"""`python bench/scan_cost.py`: what a target costs a scan, in CPU, packets and bytes; and workers.

It runs in a network namespace of its own, whose loopback counts what this run alone sends. The
servers are HAProxy with one certificate; the targets are the
addresses of a network of loopback, 4,096 with BITS=20.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from million import children, cpu_seconds
from pki import Authority
from servers import Settings, free_port
from servers.catalogue import HAPROXY
from watch import everywhere

BITS = int(os.environ.get("BITS", "20"))
NAME = "api.halfshake.test"


def main() -> None:
    """Measure each kind of target, and print a table."""
    if "HALFSHAKE_IN_NAMESPACE" not in os.environ:
        command = ["unshare", "--net", sys.executable, *sys.argv]
        sys.exit(subprocess.call(command, env={**os.environ, "HALFSHAKE_IN_NAMESPACE": "1"}))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    root, client_ca = Authority.root(), Authority.root("Client CA")
    print("| target, workers | CPU µs a target | busiest process | packets | bytes |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="halfshake-cost-") as name:
        directory = Path(name)
        (directory / "ca.pem").write_bytes(root.pem)
        for version, key_type in (("TLSv1.3", "ecdsa"), ("TLSv1.2", "ecdsa"), ("TLSv1.2", "rsa")):
            settings = Settings(root.issue(NAME, key_type=key_type), client_ca.pem, (version,))
            server = replace(HAPROXY, prepare=everywhere)
            with server.running(settings, directory / f"{version}{key_type}") as running:
                print(measured(f"{version} {key_type}", directory, running.port, 1))
                print(measured(f"{version} {key_type}", directory, running.port, 2))
        dead = free_port()
        for workers in (1, 2):
            print(measured("nothing listens", directory, dead, workers))


def measured(what: str, directory: Path, port: int, workers: int) -> str:
    """Scan a network, and count."""
    output = directory / "out.jsonl"
    arguments = [f"127.64.0.0/{BITS}:{port}", "-q", "-o", str(output), "--concurrency", "50"]
    arguments += ["--ca-file", str(directory / "ca.pem"), "--server-name", NAME]
    before = loopback()
    scan = subprocess.Popen(
        [sys.executable, "-m", "halfshake", "scan", *arguments, "--workers", str(workers)]
    )
    used: dict[int, float] = {}
    while scan.poll() is None:
        for pid in (scan.pid, *children(scan.pid)):
            used[pid] = max(used.get(pid, 0.0), cpu_seconds(pid))
        time.sleep(0.05)
    packets, size = (now - then for now, then in zip(loopback(), before, strict=True))
    targets = output.read_bytes().count(b"\n")
    each = 1e6 / targets
    return (
        f"| {what}, {workers} | {sum(used.values()) * each:.0f} | {max(used.values()) * each:.0f} "
        f"| {packets / targets:.1f} | {size / targets:.0f} |"
    )


def loopback() -> tuple[int, int]:
    """How many packets and bytes this namespace's loopback has carried."""
    line = next(line for line in Path("/proc/net/dev").read_text().splitlines() if "lo:" in line)
    fields = line.partition(":")[2].split()
    return int(fields[1]), int(fields[0])


if __name__ == "__main__":
    main()
