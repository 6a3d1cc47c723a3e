"""`make bench`: Halfshake beside its peers, as one page of tables; it writes docs/benchmarks.md.

Takes some 18 minutes. QUICK=1 takes some two minutes: one round, ECDSA only, no `watch`; it only
prints. `compare.py page` writes the page of the last run again, after bench/reasons.py has
changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import loads
from clients.blackbox import exporter
from clients.libraries import every_library
from clients.row import Row, Visits
from clients.scanners import built, names_that_differ, one_name
from latency.round_trips import measure_latency
from machine import machine, versions
from measuring import in_turns, median
from page import page
from places import BENCH, PAGE
from results import Results
from servers.catalogue import HAPROXY, NGINX
from starting import cold_start, memory

if TYPE_CHECKING:
    from collections.abc import Callable

IN_FLIGHT = (20, 1)
SECONDS_EACH = 30  # for each of four columns, both loads and both numbers in flight


def main() -> None:
    """Measure everything, print it, write the page."""
    if sys.argv[1:] == ["page"]:
        PAGE.write_text(page(Results.last(all_rows())), "utf-8")
        return
    if NGINX.executable is None:
        sys.exit("the comparison needs nginx: run `make servers`")
    results = Results(quick=bool(os.environ.get("QUICK")))
    with tempfile.TemporaryDirectory(prefix="halfshake-bench-") as name:
        directory = Path(name)
        measure_cpu(results, directory)
        progress("round trips")
        (directory / "latency").mkdir()
        results.latency = measure_latency(directory / "latency", quick=results.quick)
    if not results.quick:
        progress("watch")
        results.watch = watch()
    results.machine, results.versions = machine(), versions()
    results.save()
    text = page(results)
    print(text)
    if not results.quick:
        PAGE.write_text(text, "utf-8")


def measure_cpu(results: Results, directory: Path) -> None:
    """Every client on every server, then cold start and memory."""
    quick = results.quick
    results.rows = all_rows()
    results.cpu = {in_flight: {} for in_flight in IN_FLIGHT[: 1 if quick else 2]}
    with loads.nginx(directory, quick=quick) as servers:
        measure_rows(results, results.rows["nginx"], servers, directory)
        progress("cold start")
        results.cold_start = cold_start(servers[-2 if len(servers) > 2 else -1], quick=quick)
    with loads.leaf_server(directory, quick=quick) as servers:
        if not servers:
            return
        measure_rows(results, results.rows["leaves"], servers, directory)
        progress("memory")
        results.memory = memory(servers[0], directory, quick=quick)


def all_rows() -> dict[str, list[Row]]:
    """The rows of each load; the leaf server needs Go."""
    at_nginx = sorted([*every_library(), exporter(), *one_name()], key=place)
    at_leaves = names_that_differ() if built("leaf_server") is None else []
    return {"nginx": at_nginx, "leaves": at_leaves}


ORDER = ("bare", "read", "go abort", "possession", "check", "go full", "tlsx", "zgrab2")


def place(row: Row) -> int:
    """Ours stand beside the peers that do about as much."""
    return ORDER.index(row.key) if row.key in ORDER else len(ORDER)


def measure_rows(
    results: Results, rows: list[Row], servers: list[loads.Load], directory: Path
) -> None:
    """Fill `results.cpu`: medians of rounds in which the clients take turns."""
    rounds = 1 if results.quick else 3
    for in_flight in results.cpu:
        there = [row for row in rows if row.missing is None and row.counts[in_flight == 1] > 0]
        figures = results.cpu[in_flight]
        together = [row for row in there if row.waits and in_flight == 1]
        for server in servers:
            progress(f"{server.kind}, {server.column}, {in_flight} in flight")
            turns = {
                row.key: once(row, server, in_flight, directory, quick=results.quick)
                for row in there
                if row not in together
            }
            measured = in_turns(turns, rounds, SECONDS_EACH)
            for key, figure in measured.items():
                figures.setdefault(key, {})[server.column] = figure
        if not results.quick:
            for row in together:
                for column, figure in asleep(row, servers, directory, rounds).items():
                    figures.setdefault(row.key, {})[column] = figure


def once(
    row: Row, server: loads.Load, in_flight: int, directory: Path, *, quick: bool
) -> Callable[[], float]:
    """One measurement, to be taken in each round."""
    visits = Visits(server, row.count(in_flight, quick=quick), in_flight, directory)
    return lambda: row.measure(visits)


def asleep(row: Row, servers: list[loads.Load], directory: Path, rounds: int) -> dict[str, float]:
    """Measure a client that sleeps most of the time, for all servers at once."""
    progress(f"{row.label}, 1 in flight, on all of them")

    def rounds_at(server: loads.Load) -> float:
        own = directory / f"{row.key}-{server.port}"
        own.mkdir(exist_ok=True)
        measure = once(row, server, 1, own, quick=False)
        return median(measure() for _ in range(rounds))

    with ThreadPoolExecutor(len(servers)) as threads:
        found = threads.map(rounds_at, servers)
        return {server.column: figure for server, figure in zip(servers, found, strict=True)}


def watch() -> str:
    """The table of bench/watch.py, after one minute of measuring."""
    if HAPROXY.executable is None:
        return "Not measured: it needs HAProxy, run `make servers`."
    done = subprocess.run(
        [sys.executable, str(BENCH / "watch.py")],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={"ROUNDS": "1", **os.environ},
    )
    return done.stdout if done.returncode == 0 else "Not measured: bench/watch.py failed."


BEGAN = time.monotonic()


def progress(what: str) -> None:
    """Tell who waits."""
    print(f"{time.monotonic() - BEGAN:4.0f} s: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
