"""`make bench`: the requests of the page with 10,000 endpoints, as a table.

A history in a file is filled with made-up readings, and the pages are served from it on loopback.
Each kind of request is made many times, one after the other. The client runs in the same process,
so its own time counts too.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

from halfshake.history.database import open_file
from halfshake.history.tables.writer import Writer
from halfshake.watch.web.pages.past import PastSource
from page.estate import record, visits
from page.serving import serving_aside

ENDPOINTS = int(os.environ.get("ENDPOINTS", "10000"))
REQUESTS = int(os.environ.get("REQUESTS", "200"))


def main() -> None:
    """Fill, ask, print the table."""
    with tempfile.TemporaryDirectory(prefix="halfshake-bench-") as name:
        path = Path(name) / "history.sqlite"
        database = open_file(str(path))
        told = list(visits(ENDPOINTS))
        with database.transaction():
            record(Writer(database), told)
        print(f"{ENDPOINTS:,} endpoints, a history of {_megabytes(path):.0f} MB\n")
        print("| request | size | p50 | p99 | CPU each |")
        print("| --- | --- | --- | --- | --- |")
        source = PastSource(lambda: database.address, lambda *_: None)
        with serving_aside(source) as url:
            for words, request, count in _requests(told[ENDPOINTS // 2].target):
                _measure(words, f"{url}{request}", count)


def _requests(target: str) -> list[tuple[str, str, int]]:
    return [
        ("the overview", "/", REQUESTS),
        ("its fiftieth page", f"/?offset={min(4_900, ENDPOINTS // 2)}", REQUESTS),
        ("a search", "/?search=payments1", REQUESTS),
        ("by status and label", "/?status=critical&label=team%3Drisk", REQUESTS),
        ("one endpoint", f"/endpoints/{quote(target, safe='')}", REQUESTS),
        ("`/api/v1/endpoints`", "/api/v1/endpoints", REQUESTS),
        ("`/calendar.ics`", "/calendar.ics", max(3, REQUESTS // 20)),
    ]


def _measure(words: str, url: str, count: int) -> None:
    urllib.request.urlopen(url).read()
    took, cpu = [], time.process_time()
    for _ in range(count):
        began = time.perf_counter()
        size = len(urllib.request.urlopen(url).read())
        took.append(time.perf_counter() - began)
    cpu = (time.process_time() - cpu) / count
    p99 = statistics.quantiles(took, n=100, method="inclusive")[98]
    figures = (statistics.median(took), p99, cpu)
    cells = " | ".join(f"{seconds * 1000:.0f} ms" for seconds in figures)
    print(f"| {words} | {size / 1000:,.0f} kB | {cells} |", flush=True)


def _megabytes(path: Path) -> float:
    return sum(each.stat().st_size for each in path.parent.iterdir()) / 1e6


if __name__ == "__main__":
    main()
