"""What the page and the command ask: filters, orders, facets, weeks."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.event import EventKind
from halfshake.history.database import open_memory
from halfshake.history.queries import ORDERS, Past
from halfshake.history.tables.writer import Writer
from halfshake.history.visit import SECOND, USUAL
from halfshake.observation import ClientAuth, Enforcement
from history.seen import OTHER_ROOT, START, certificate, failed, read, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

SOON, LATE, OTHER = certificate(10), certificate(90), certificate(30, authority=OTHER_ROOT)


@pytest.fixture
def past() -> Iterator[Past]:
    """Five targets: one dies soon, one is dark, one is open, one is of another CA."""
    database = open_memory()
    writer = Writer(database)
    with database.transaction():
        writer.take(visit(read(LATE, 0), name="late"), None)
        writer.take(visit(read(SOON, 0, status="warning"), name="soon_1"), None)
        writer.take(visit(read(OTHER, 0), name="other"), None)
        writer.take(visit(read(LATE, 0), name="dark"), None)
        for minutes in (1, 2):
            writer.take(visit(failed(minutes), name="dark"), None)
        kinds = (USUAL, SECOND)
        writer.take(visit(read(LATE, 0), name="open", kinds=kinds), None)
        second = ClientAuth(requested=False, enforcement=Enforcement.open)
        seen = read(LATE, 0, status="critical", client_auth=second)
        writer.take(visit(seen, name="open", kind=SECOND, kinds=kinds), None)
    with closing(database), closing(Past(database.address)) as asked:
        yield asked


def names(page: Any) -> list[str]:
    """The targets, in their order."""
    return [row.target for row in page.rows]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["soon_1", "other", "late", "dark", "open"]),
        ({"order": "failures"}, ["dark", "soon_1", "other", "late", "open"]),
        ({"order": "status"}, ["open", "dark", "soon_1", "other", "late"]),
        ({"order": "target"}, ["dark", "late", "open", "other", "soon_1"]),
        ({"status": "critical"}, ["open"]),
        ({"issuer": "CN=Other CA"}, ["other"]),
        ({"issuer": ""}, []),
        ({"reason": "connection-refused"}, ["dark"]),
        ({"label": "team=payments", "search": "oth"}, ["other"]),
        ({"label": "team=none"}, []),
        ({"search": "OTHER CA"}, ["other"]),
        ({"search": "_1"}, ["soon_1"]),
        ({"search": "%"}, []),
    ],
)
def test_endpoints(past: Past, filters: dict[str, Any], found: list[str]) -> None:
    """Each filter and each order; the signs of LIKE are letters."""
    page = past.endpoints(**filters)
    assert names(page) == found
    assert page.total == len(found)


def test_pages(past: Past) -> None:
    """A part, and how many there are in all."""
    page = past.endpoints(offset=1, limit=2)
    assert (page.total, names(page)) == (5, ["other", "late"])
    for order in ORDERS:
        assert past.endpoints(order=order).total == 5


def test_facets_and_weeks(past: Past) -> None:
    """What there is to filter by; a certificate counts for each target that shows it."""
    facets = past.facets()
    assert facets.issuers == [("CN=Test Root", 4), ("CN=Other CA", 1)]
    assert facets.labels == [("team=payments", 5)]
    assert dict(facets.statuses) == {"ok": 2, "warning": 1, "critical": 1, "unknown": 1}
    assert ("connection-refused", 1) in facets.reasons
    weeks = past.weeks(START, 20)
    assert weeks[0][0] == datetime(2026, 6, 29, tzinfo=START.tzinfo)
    assert sum(count for _, count in weeks) == 5
    dies = START + timedelta(days=90)
    assert [count for week, count in weeks if week <= dies < week + timedelta(weeks=1)] == [3]


def test_events(past: Past) -> None:
    """By target, time, kind and number."""
    (event,) = past.events()
    assert event.kind is EventKind.went_dark
    assert past.events(target="late") == past.events(kinds=["renewed"]) == []
    assert past.events(since=event.at) == past.events(target="dark") == [event]
    assert past.events(since=event.at + timedelta(seconds=1)) == []
    assert past.events(after_number=event.number) == []


def test_documents(past: Past) -> None:
    """The last one of each view, the second visit's too, whole again."""
    usual, second = past.endpoint("open")
    assert second["client_auth"]["enforcement"] == "open"
    assert usual["chain"] == second["chain"]
    assert len(list(past.documents())) == 6
    (dark,) = past.endpoint("dark")
    assert dark["outcome"] == "failed"
