"""A history takes the place of one that runs: no change is lost, and none is told twice."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from halfshake.history.database import HistoryUnusable
from halfshake.history.history import History
from halfshake.history.outage import Outage
from halfshake.history.queries import Past
from history.seen import NAME, certificate, read, visit
from history.test_robust import Counted, until

if TYPE_CHECKING:
    from pathlib import Path

    from halfshake.event import Event

OLD, NEW, NEWEST = (certificate(days) for days in (30, 60, 90))


def opened(path: Path | None, told: list[Event], health: Counted | None = None) -> History:
    """A history that tells its events, not started."""
    history = History(str(path) if path else None, health or Counted(), keep_seconds=1e9)
    history.on_event.append(told.append)
    return history


@pytest.mark.parametrize("before", ["a file", "memory"])
@pytest.mark.parametrize("after", ["a file", "memory"])
def test_an_empty_one_goes_on_where_the_other_was(tmp_path: Path, before: str, after: str) -> None:
    """What was in the queue of the old one is told first; numbers, spans and documents go on."""
    told: list[Event] = []
    old = opened(tmp_path / "old.sqlite" if before == "a file" else None, told)
    old.start()
    new = opened(tmp_path / "new.sqlite" if after == "a file" else None, told)
    old.record(visit(read(OLD, 0)))
    old.record(visit(read(NEW, 1)))
    old.unchanged(visit(read(NEW, 1)).labels, read(NEW, 7).result.observed_at)
    # It comes before the old one has written anything.
    new.record(visit(read(NEWEST, 9)))
    new.start(after=old, continues=True)
    until(lambda: len(told) == 2)
    with closing(Past(new.address)) as past:
        assert [each.number for each in told] == [1, 2]
        assert [each.after for each in told] == [
            each.result.chain[0].sha256 for each in (read(NEW, 1), read(NEWEST, 9))
        ]
        assert sorted(past.events(), key=lambda each: each.number) == told
        spans = past.spans(NAME)
        assert len(spans) == 3
        assert spans[1].last_seen_at == read(NEW, 7).result.observed_at
        (document,) = past.endpoint(NAME)
        assert document["chain"][0]["sha256"] == told[-1].after
        assert document["chain"][0]["subject"]
    new.close(5)
    if after == "a file":
        with closing(sqlite3.connect(tmp_path / "new.sqlite")) as file:
            assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_one_that_knows_something_keeps_to_it(tmp_path: Path) -> None:
    """It is another history: it has its own numbers, and nothing is copied into it."""
    told: list[Event] = []
    other = opened(tmp_path / "new.sqlite", [])
    other.start()
    other.record(visit(read(OLD, 0), name="another.test"))
    other.close(5)
    old, new = opened(tmp_path / "old.sqlite", told), opened(tmp_path / "new.sqlite", told)
    old.start()
    old.record(visit(read(OLD, 0)))
    new.start(after=old, continues=True)
    new.record(visit(read(NEW, 1)))
    new.close(5)
    assert told == []
    with closing(Past(f"file:{tmp_path}/new.sqlite?mode=ro")) as past:
        assert past.knows("another.test")
        assert len(past.spans(NAME)) == 1


def test_the_same_file_by_another_name(tmp_path: Path) -> None:
    """There is one writer at a time, and nothing is doubled."""
    told: list[Event] = []
    (tmp_path / "link.sqlite").symlink_to(tmp_path / "real.sqlite")
    old, new = opened(tmp_path / "real.sqlite", told), opened(tmp_path / "link.sqlite", told)
    old.start()
    old.record(visit(read(OLD, 0)))
    old.record(visit(read(NEW, 1)))
    new.record(visit(read(NEWEST, 2)))
    new.start(after=old, continues=True)
    until(lambda: len(told) == 2)
    new.close(5)
    with closing(Past(f"file:{tmp_path}/real.sqlite?mode=ro")) as past:
        assert sorted(each.number for each in past.events()) == [1, 2]
        assert past.endpoints().total == 1


@pytest.mark.parametrize("readable", [True, False])
def test_away_from_a_disk_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, readable: bool
) -> None:
    """The reason to name another file: what is on the old disk comes along, and the time since."""
    told: list[Event] = []
    health = Counted()
    monkeypatch.setattr(Outage, "ended", lambda _: None)  # it stays so
    old = opened(tmp_path / ("old.sqlite" if readable else "no/old.sqlite"), told, health)
    old.start()
    old.record(visit(read(OLD, 0)))
    old.record(visit(read(NEW, 1)))
    until(lambda: len(told) == 1)
    assert health.is_writable is readable
    if readable:
        old._database.execute("PRAGMA query_only = 1")
    old.record(visit(read(NEWEST, 2)))
    until(lambda: len(told) == 2)
    assert health.is_writable is False
    new = opened(tmp_path / "new.sqlite", told, health)
    new.start(after=old, continues=True)
    new.record(visit(read(OLD, 3)))
    until(lambda: len(told) == 3)
    new.close(5)
    assert [each.number for each in told] == [1, 2, 3]
    with closing(Past(f"file:{tmp_path}/new.sqlite?mode=ro")) as past:
        assert sorted(each.number for each in past.events()) == [1, 2, 3]
        assert len(past.spans(NAME)) == 4
        (document,) = past.endpoint(NAME)
        assert document["chain"][0]["subject"]
    with closing(sqlite3.connect(tmp_path / "new.sqlite")) as file:
        # The certificates of the file come with their bytes.
        rows = file.execute("SELECT length(body) > 0 FROM certificates ORDER BY id").fetchall()
        assert len(rows) == 3
        assert rows[:2] == [(1,), (1,)]
    assert health.is_writable is True


def test_a_disk_that_fails_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the old one says of its file in its last moment is not said of the new one."""
    health = Counted()
    monkeypatch.setattr(Outage, "ended", lambda _: None)
    old, new = opened(tmp_path / "a.sqlite", [], health), opened(tmp_path / "b.sqlite", [], health)
    old.start()
    old.record(visit(read(OLD, 0)))
    until(lambda: health.visits == 1)
    old._database.execute("PRAGMA query_only = 1")
    old.record(visit(read(NEW, 1)))
    new.start(after=old, continues=True)
    new.record(visit(read(NEWEST, 2)))
    until(lambda: health.visits == 3)
    assert health.is_writable is True
    new.close(5)


def test_then_comes_before_the_first_event(tmp_path: Path) -> None:
    """And after the last one of the history before."""
    order: list[str] = []
    old, new = opened(tmp_path / "a.sqlite", []), opened(tmp_path / "b.sqlite", [])
    old.on_event.append(lambda _: order.append("old"))
    new.on_event.append(lambda _: order.append("new"))
    old.start()
    old.record(visit(read(OLD, 0)))
    old.record(visit(read(NEW, 1)))
    new.record(visit(read(NEWEST, 2)))
    new.start(after=old, continues=True, then=lambda: order.append("then"))
    until(lambda: len(order) == 3)
    assert order == ["old", "then", "new"]
    new.close(5)


def test_an_end_in_the_middle(tmp_path: Path) -> None:
    """The process ends while one takes over from another: both write what they have."""
    told: list[Event] = []
    held = threading.Event()
    old, new = opened(tmp_path / "a.sqlite", told), opened(tmp_path / "b.sqlite", told)

    def hold(_: Event) -> None:
        held.wait(5)

    old.on_event.append(hold)
    old.start()
    old.record(visit(read(OLD, 0)))
    old.record(visit(read(NEW, 1)))
    new.start(after=old, continues=True)
    new.record(visit(read(NEWEST, 2)))
    threading.Timer(0.3, held.set).start()
    new.close(10)
    assert [each.number for each in told] == [1, 2]


def test_a_file_that_has_to_be_written(tmp_path: Path) -> None:
    """One sentence, and nothing goes on in memory."""
    path = tmp_path / "no" / "history.sqlite"
    with pytest.raises(HistoryUnusable, match="cannot be written: unable to open database file"):
        History(str(path), Counted(), keep_seconds=1, has_to_be_written=True)
