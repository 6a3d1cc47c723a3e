"""`make bench`: 100,000 targets every 60 s by one `halfshake watch`, as a table.

The targets are addresses of loopback, all of one real HAProxy that demands a client certificate, on
one core; the monitor runs on the other. Meanwhile it is scraped, as Prometheus does it. What is
measured begins when every target was read once: the first readings cost more, because all that
they show is judged, and written into the history.

    TARGETS=20000 ROUNDS=5 HISTORY=file PYTHONPATH=tests:bench python bench/watch.py

HISTORY is `memory` (what the monitor does by itself), `file` or `off`; a round is a minute.
"""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

from pki import Authority
from servers import Settings
from servers.catalogue import HAPROXY

TARGETS = int(os.environ.get("TARGETS", "100000"))
INTERVAL_SECONDS = 60
SCRAPE_SECONDS = 30
ROUNDS = int(os.environ.get("ROUNDS", "3"))
HISTORY = {
    "memory": "",
    "file": "history: {path: history.sqlite}\n",
    "off": "history: {enabled: false}\n",
}[os.environ.get("HISTORY", "memory")]
NAME = "api.halfshake.test"


def main() -> None:
    """Run, measure, print the table."""
    if HAPROXY.executable is None:
        sys.exit("the benchmark needs HAProxy: run `make servers`")
    root, client_ca = Authority.root(), Authority.root("Client CA")
    with tempfile.TemporaryDirectory(prefix="halfshake-bench-") as name:
        directory = Path(name)
        (directory / "ca.pem").write_bytes(root.pem)
        settings = Settings(root.issue(NAME), client_ca.pem, ("TLSv1.3",))
        os.sched_setaffinity(0, {1})
        server = replace(HAPROXY, prepare=everywhere)
        with server.running(settings, directory / "haproxy") as running:
            config = configuration(directory, running.port)
            began = time.monotonic()
            watch = subprocess.Popen(
                ["taskset", "-c", "0", sys.executable, "-m", "halfshake", "watch", "-c", config],
                stderr=subprocess.PIPE,
                text=True,
            )
            try:
                print(measured(watch, began))
            finally:
                watch.send_signal(signal.SIGTERM)
                stopping = time.monotonic()
                watch.wait(60)
                print(f"\nstopped in {time.monotonic() - stopping:.1f} s, code {watch.returncode}")


def everywhere(settings: Settings, directory: Path, port: int) -> list[str]:
    """Let HAProxy listen on every address of loopback, and on no other interface."""
    command = HAPROXY.prepare(settings, directory, port)
    file = directory / "haproxy.cfg"
    text = file.read_text().replace(f"127.0.0.1:{port}", f"0.0.0.0:{port} interface lo")
    file.write_text("".join(f"{line}\n" for line in text.splitlines() if "log" not in line))
    return command


def configuration(directory: Path, port: int) -> str:
    """Write a configuration with a target for each of many addresses."""
    targets = [
        f"127.{number >> 16}.{number >> 8 & 255}.{number & 255}:{port}"
        for number in range(2, TARGETS + 2)
    ]
    (directory / "targets.json").write_text(json.dumps([{"targets": targets}]))
    path = directory / "watch.yaml"
    path.write_text(
        "listen: 127.0.0.1:0\n"
        "trust: {ca_files: [ca.pem]}\n"
        f"defaults: {{interval: {INTERVAL_SECONDS}s, server_name: {NAME}}}\n"
        f"target_files: [targets.json]\n{HISTORY}"
    )
    return str(path)


def measured(watch: subprocess.Popen[str], began: float) -> str:
    """Scrape for some rounds, and put what was seen in a table."""
    assert watch.stderr is not None
    line = watch.stderr.readline()
    found = re.search(r"listening on (\S+)", line)
    if found is None:
        sys.exit(line)
    started = time.monotonic() - began
    url = f"{found[1]}/metrics"
    print(f"listening after {started:.1f} s", file=sys.stderr)
    first_round = read_once(url)
    before, cpu_before, at = scraped(url)[1], cpu_seconds(watch.pid), time.monotonic()
    scrapes = []
    while time.monotonic() < at + ROUNDS * INTERVAL_SECONDS:
        scrapes.append(scraped(url))
        print(f"scraped in {scrapes[-1][0]:.2f} s", file=sys.stderr)
        time.sleep(SCRAPE_SECONDS)
    scrapes.append(scraped(url))
    elapsed, after = time.monotonic() - at, scrapes[-1][1]
    cpu = cpu_seconds(watch.pid) - cpu_before
    read = probes(after) - probes(before)
    failed = sum(value for name, value in after.items() if 'outcome="failed"' in name)
    times = sorted(scrape[0] for scrape in scrapes)
    status = Path(f"/proc/{watch.pid}/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    rows = {
        "targets, interval": f"{TARGETS}, {INTERVAL_SECONDS} s",
        "start, to listening": f"{started:.1f} s",
        "until every target was read once": f"{first_round:.0f} s",
        "readings a second": f"{read / elapsed:.0f} of {TARGETS / INTERVAL_SECONDS:.0f}",
        "failed readings": f"{failed:.0f}",
        "CPU, of one core": f"{100 * cpu / elapsed:.0f} %",
        "CPU for each reading": f"{1e6 * cpu / read:.0f} µs",
        "memory, peak": f"{peak:.0f} MiB",
        "schedule lag: median, p99": lag(before, after),
        "began more than 1 s late": f"{grown(before, after, 'halfshake_schedule_late_total'):.0f}",
        "slots skipped": f"{grown(before, after, 'halfshake_schedule_skipped_total'):.0f}",
        "/metrics, gzip: series, bytes": f"{scrapes[-1][3]}, {scrapes[-1][2]}",
        f"/metrics, {len(times)} scrapes, {SCRAPE_SECONDS} s apart: median": (
            f"{statistics.median(times):.2f} s"
        ),
        "/metrics: p99": f"{times[min(len(times) - 1, int(len(times) * 0.99))]:.2f} s",
    }
    return "| what | measured |\n| --- | --- |\n" + "".join(
        f"| {name} | {value} |\n" for name, value in rows.items()
    )


def read_once(url: str) -> float:
    """Wait until there were as many readings as targets, but not forever; how long that took."""
    began = time.monotonic()
    while time.monotonic() < began + FIRST_ROUND_SECONDS:
        time.sleep(SETTLING_SECONDS)
        if probes(scraped(url)[1]) >= TARGETS:
            break
    took = time.monotonic() - began
    time.sleep(SETTLING_SECONDS)
    return took


def probes(values: dict[str, float]) -> float:
    """How many readings there were, with whatever outcome."""
    return sum(values[name] for name in values if "probes_total" in name)


def grown(before: dict[str, float], after: dict[str, float], name: str) -> float:
    """By how much a counter has grown."""
    return after[name] - before[name]


def scraped(url: str) -> tuple[float, dict[str, float], int, int]:
    """Scrape as Prometheus does; seconds, the monitor's own series, bytes, and all series."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    began = time.monotonic()
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
    seconds = time.monotonic() - began
    text = subprocess.run(["gzip", "-dc"], input=body, capture_output=True, check=True).stdout
    own = text[text.index(b"# HELP process_") :].decode()
    values = dict(
        line.rsplit(" ", 1) for line in own.splitlines() if line and not line.startswith("#")
    )
    series = text.count(b"\n") - text.count(b"\n#")
    return seconds, {name: float(value) for name, value in values.items()}, len(body), series


def lag(before: dict[str, float], after: dict[str, float]) -> str:
    """The upper bounds of the buckets that hold the median and the 99th percentile."""
    name = "halfshake_schedule_lag_seconds"
    buckets = {
        re.search(r'le="([^"]+)"', key)[1]: after[key] - before.get(key, 0)  # type: ignore[index]
        for key in after
        if key.startswith(f"{name}_bucket")
    }
    total = buckets["+Inf"]
    bounds = [next(le for le, n in buckets.items() if n >= share * total) for share in (0.5, 0.99)]
    return f"below {bounds[0]} s, below {bounds[1]} s"


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


FIRST_ROUND_SECONDS = 300
# A scrape in which everything is new takes its time; and the history is written in a thread.
SETTLING_SECONDS = 10

if __name__ == "__main__":
    main()
