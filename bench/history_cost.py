"""What a history costs: a year of many endpoints, and each reading of 100,000.

    PYTHONPATH=tests python bench/history_cost.py year    the file after a year, and its queries
    PYTHONPATH=tests python bench/history_cost.py cost    CPU and memory for each reading

A year: every endpoint renews each 47 days, one in 50 of them rolls back for some hours, the verdict
goes to warning before each renewal and back, and now and then an endpoint goes dark. The
certificates are one real one with other names, serials and dates: to sign a million would measure
something else.
"""

from __future__ import annotations

import hashlib
import os
import random
import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.history.database import open_file
from halfshake.history.history import History
from halfshake.history.queries import Past
from halfshake.history.tables.writer import Writer
from halfshake.history.visit import Reading, Visit
from halfshake.observation import Observation
from history.seen import certificate, failed, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.certificate import PresentedCertificate

ENDPOINTS = int(os.environ.get("ENDPOINTS", "10000"))
START = datetime(2026, 1, 1, tzinfo=UTC)
RENEWED_EVERY = timedelta(days=47)
SHOWN = read(certificate(90), 0)
ISSUERS = [f"CN=Corp Issuing CA {number},O=Corp" for number in range(8)]


def certificate_of(endpoint: int, number: int) -> PresentedCertificate:
    """The certificate that this endpoint has as its so-many-th."""
    assert isinstance(SHOWN.result, Observation)
    name = f"api-{endpoint}.service-{endpoint % 97}.example.com"
    sha256 = hashlib.sha256(f"{endpoint} {number}".encode()).hexdigest()
    begins = START + number * RENEWED_EVERY - timedelta(hours=endpoint % 500)
    return replace(
        SHOWN.result.chain[0],
        der=sha256.encode(),
        sha256=sha256,
        spki_sha256=hashlib.sha256(sha256.encode()).hexdigest(),
        serial=sha256[:36],
        subject=f"CN={name}",
        issuer=ISSUERS[endpoint % len(ISSUERS)],
        dns_names=(name, f"www.{name}"),
        not_before=begins,
        not_after=begins + timedelta(days=60),
    )


def visit(endpoint: int, number: int, at: datetime, status: str = "ok") -> Visit:
    """A reading of it."""
    assert isinstance(SHOWN.result, Observation)
    shown = certificate_of(endpoint, number)
    octets = f"10.{endpoint >> 16}.{endpoint >> 8 & 255}.{endpoint & 255}"
    result = replace(
        SHOWN.result,
        chain=(shown, INTERMEDIATES[endpoint % 8]),
        observed_at=at,
        address=f"{octets}:443",
    )
    return wrapped(endpoint, Reading(result, SHOWN.verdict, status))


def wrapped(endpoint: int, reading: Reading) -> Visit:
    """With the labels of a target."""
    name, team = f"api-{endpoint}", f"team-{endpoint % 40}"
    labels = f'target="{name}",team="{team}"'
    return Visit(labels, name, (("team", team),), "usual", ("usual",), (reading,))


def dark(endpoint: int, at: datetime) -> list[Visit]:
    """Two failures."""
    return [
        wrapped(endpoint, failure._replace(result=replace(failure.result, observed_at=at)))
        for failure in (failed(0), failed(1))
    ]


INTERMEDIATES = [certificate_of(-1 - number, 0) for number in range(8)]


def year() -> None:
    """Write a year day by day, and ask what the page asks."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/history.sqlite"
        database = open_file(path)
        database.execute("PRAGMA synchronous = OFF")  # a year in minutes
        writer = Writer(database)
        visits = events = 0
        began = time.process_time()
        for day in range(366):
            todo: list[Visit] = []
            for endpoint in range(ENDPOINTS):
                number, days = divmod(day + endpoint % 47, 47)
                at = START + timedelta(days=day, seconds=endpoint)
                if day == 0 or days == 0:
                    todo.append(visit(endpoint, number, at))
                elif days == 40:
                    todo.append(visit(endpoint, number, at, "warning"))
                elif days == 1 and number and endpoint % 50 == 7:
                    todo.append(visit(endpoint, number - 1, at))
                    todo.append(visit(endpoint, number, at + timedelta(hours=8)))
                elif chance.random() < 1 / 600:
                    todo += [
                        *dark(endpoint, at),
                        visit(endpoint, number, at + timedelta(hours=1)),
                    ]
            with database.transaction():
                for each in todo:
                    events += len(writer.take(each, None))
            visits += len(todo)
        took = time.process_time() - began
        database.close()
        size = Path(path).stat().st_size
        print(
            f"endpoints {ENDPOINTS}, visits that were other than before {visits}, events {events}"
        )
        print(f"CPU for each of them {1e6 * took / visits:.0f} us, making it included")
        print(f"file {size / 1e6:.1f} MB, {size / ENDPOINTS:.0f} bytes an endpoint")
        ask(path)


def ask(path: str) -> None:
    """Time what the page and the command ask."""
    began = time.perf_counter()
    past = Past(f"file:{path}?mode=ro")
    print(f"{'open':<28}{1000 * (time.perf_counter() - began):8.1f} ms")
    now = START + timedelta(days=365)
    questions: dict[str, Callable[[], object]] = {
        "first page, soonest": past.endpoints,
        "page 50": lambda: past.endpoints(offset=4900),
        "failures first": lambda: past.endpoints(order="failures"),
        "status warning": lambda: past.endpoints(status="warning"),
        "one issuer": lambda: past.endpoints(issuer=ISSUERS[1]),
        "one label": lambda: past.endpoints(label="team=team-7"),
        "search": lambda: past.endpoints(search="api-77"),
        "facets": past.facets,
        "weeks": lambda: past.weeks(now),
        "one endpoint": lambda: past.endpoint("api-77"),
        "spans of one": lambda: past.spans("api-77"),
        "events of one": lambda: past.events(target="api-77"),
        "events of 30 days": lambda: past.events(since=now - timedelta(days=30)),
        "last 50 events": lambda: past.events(limit=50),
        "all documents": lambda: sum(1 for _ in past.documents()),
    }
    for name, question in questions.items():
        times = []
        for _ in range(3 if name == "all documents" else 40):
            began = time.perf_counter()
            question()
            times.append(1000 * (time.perf_counter() - began))
        times.sort()
        print(f"{name:<28}{times[len(times) // 2]:8.1f} ms median {times[-1]:8.1f} ms worst")


class NoHealth:
    """Nobody counts here."""

    def wrote(self, visits: int, events: int) -> None:
        """Nothing."""

    def dropped(self, visits: int) -> None:
        """Nothing."""

    def writable(self, *, writable: bool) -> None:
        """Nothing."""


def cost() -> None:
    """CPU of the process for each reading, by what it brings."""
    with tempfile.TemporaryDirectory() as directory:
        history = History(
            f"{directory}/h.sqlite", NoHealth(), keep_seconds=1e9, longest_queue=10**6
        )
        at = datetime.now(UTC)
        visits = [visit(endpoint, 0, at) for endpoint in range(ENDPOINTS)]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def measured(name: str, work: Callable[[], None]) -> None:
            began = time.process_time()
            work()
            print(f"{name:<44}{1e6 * (time.process_time() - began) / ENDPOINTS:7.1f} us")

        def write(some: list[Visit]) -> None:
            for start in range(0, len(some), 500):
                history._take_all([_visited(each) for each in some[start : start + 500]])

        measured("seen for the first time", lambda: write(visits))
        measured("read again, and the same (each half hour)", lambda: write(visits))
        moment = at + timedelta(minutes=1)
        labels = [each.labels for each in visits]

        def same() -> None:
            for each in labels:
                history.unchanged(each, moment)

        measured("unchanged, in the loop", same)
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        measured("unchanged, written once a minute", history._flush)
        renewed = [visit(endpoint, 1, moment) for endpoint in range(ENDPOINTS)]
        measured("renewed", lambda: write(renewed))
        print(f"memory while {ENDPOINTS} moments wait: {(held - before) / 1024:.0f} MiB more")


def _visited(each: Visit) -> object:
    from halfshake.history import history as module

    return module._Visited(each, None)


if __name__ == "__main__":
    {"year": year, "cost": cost}[sys.argv[1]]()
