"""Killed, without room on the disk, without a disk, with too much to do."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.event import Event
from halfshake.history import history as module
from halfshake.history.database import Database, open_file
from halfshake.history.history import History
from halfshake.history.queries import Past
from halfshake.history.tables.retention import Retention
from halfshake.history.tables.writer import Writer
from history.seen import NAME, certificate, read, visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from history.conftest import Opened


TESTS = Path(__file__).parent.parent
OLD, NEW, NEWEST = (certificate(days) for days in (30, 60, 90))


class Counted:
    """What a history said of itself."""

    def __init__(self) -> None:
        self.visits = self.events = self.lost = 0
        self.is_writable: bool | None = None

    def wrote(self, visits: int, events: int) -> None:
        """Count."""
        self.visits += visits
        self.events += events

    def dropped(self, visits: int) -> None:
        """Count."""
        self.lost += visits

    def writable(self, *, writable: bool) -> None:
        """Remember."""
        self.is_writable = writable


def until(true: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_fifty_times(tmp_path: Path) -> None:
    """It opens, it is sound, what was told is there, and nothing is there twice."""
    done = subprocess.run(
        [sys.executable, "-m", "history.killed", "50", str(tmp_path)],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )
    found = json.loads(done.stdout or "{}")
    assert found.get("problems") == [], done.stderr
    assert found["reported"] > 100


@contextmanager
def small_tmpfs(directory: Path) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """A file system of 1 MiB, a way to fill it, and a way to make room again."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(directory)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted: {mounted.stderr.strip()}")
    ballast = directory / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 4096)

    try:
        yield str(directory / "history.sqlite"), fill, ballast.unlink
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


@contextmanager
def small_file(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """A file that SQLite itself finds full, for those who may not mount anything."""
    opened: list[Database] = []
    full = threading.Event()

    def open_limited(path: str) -> Database:
        if full.is_set():
            raise sqlite3.OperationalError("database or disk is full")
        opened.append(database := open_file(path))
        return database

    monkeypatch.setattr(module, "open_file", open_limited)
    monkeypatch.setattr("halfshake.history.outage.open_file", open_limited)
    real: Any = Writer.take

    def take(writer: Writer, *arguments: Any) -> Any:
        database = opened[-1]
        if full.is_set() and writer._execute == database.execute:  # and not memory's
            database.execute("PRAGMA max_page_count = 1")
            # Everything is rewritten, so that pages are needed.
            database.execute("CREATE TABLE IF NOT EXISTS ballast AS SELECT zeroblob(100000)")
        return real(writer, *arguments)

    monkeypatch.setattr(Writer, "take", take)
    yield str(directory / "history.sqlite"), full.set, full.clear


@pytest.mark.parametrize("way", ["tmpfs", "pages"])
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Events are told all the same; the metric says so; all is in the file when there is room."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.3)
    disk = small_tmpfs(tmp_path) if way == "tmpfs" else small_file(tmp_path, monkeypatch)
    health, told = Counted(), list[Event]()
    with disk as (path, fill, make_room):
        history = History(path, health, keep_seconds=1e9)
        history.on_event.append(told.append)
        history.start()
        history.record(visit(read(OLD, 0)))
        history.record(visit(read(NEW, 1)))
        until(lambda: len(told) == 1)
        assert health.is_writable is True
        fill()
        for number in range(30):
            history.record(visit(read(OLD, 1), name=f"another {number}"))
        history.record(visit(read(NEWEST, 2)))
        until(lambda: len(told) == 2)
        assert health.is_writable is False
        past = Past(history.address)  # what the file has can still be asked
        assert past.knows(NAME)
        past.close()
        make_room()
        until(lambda: health.is_writable is True)
        history.record(visit(read(OLD, 3)))
        until(lambda: len(told) == 3)
        history.close(5)
        past = Past(history.address)
        assert past.events() == told
        assert [event.number for event in told] == [1, 2, 3]
        assert past.endpoints().total == 31
        assert [span.is_open for span in past.spans(NAME)] == [False, False, False, True]
        assert len(list(past.documents())) == 31
        past.close()
        assert health.lost == 0


def test_a_disk_that_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Opened
) -> None:
    """A directory that is not there when the monitor starts: memory, and then the file."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.1)
    path = tmp_path / "later" / "history.sqlite"
    health, told = Counted(), list[Event]()
    history = History(str(path), health, keep_seconds=1e9)
    history.on_event.append(told.append)
    history.start()
    until(lambda: health.is_writable is False)
    history.record(visit(read(OLD, 0)))
    history.record(visit(read(NEW, 1)))
    until(lambda: len(told) == 1)
    path.parent.mkdir()
    until(lambda: health.is_writable is True)
    history.close(5)
    past = opened(Past(f"file:{path}?mode=ro"))
    assert past.events() == told
    assert past.endpoints().total == 1


def test_in_memory(opened: Opened) -> None:
    """Without a file it works the same."""
    health = Counted()
    history = History(None, health, keep_seconds=1e9)
    history.start()
    history.record(visit(read(OLD, 0)))
    history.record(visit(read(NEW, 1)))
    until(lambda: health.events == 1)
    past = opened(Past(history.address))
    assert past.endpoints().total == 1
    assert len(past.events()) == 1
    history.close(5)


def test_more_than_it_can_write() -> None:
    """What has no room in the queue is dropped, counted, and its teller knows."""
    health = Counted()
    history = History(None, health, keep_seconds=1e9, longest_queue=2)
    reading = visit(read(OLD, 0))
    assert [history.record(reading) for _ in range(4)] == [True, True, False, False]
    assert health.lost == 2
    history.start()
    history.close(5)
    assert health.visits == 2


def test_unchanged_and_gone(opened: Opened) -> None:
    """A moment is all that is kept of a reading that is the same; who left is not listed."""
    health = Counted()
    history = History(None, health, keep_seconds=1e9)
    past = opened(Past(history.address))
    reading = visit(read(OLD, 0))
    history.record(reading)
    later = read(OLD, 90).result.observed_at
    history.start()
    until(lambda: health.visits == 1)
    history.unchanged(reading.labels, later)
    history._flush()
    assert past.endpoints().rows[0].last_seen_at == later
    assert past.spans(NAME)[0].last_seen_at == later
    # The end of a span is when it was last seen, also before that was written.
    history.unchanged(reading.labels, read(OLD, 95).result.observed_at)
    history.record(visit(read(NEW, 100)))
    until(lambda: health.visits == 2)
    assert past.spans(NAME)[0].last_seen_at == read(OLD, 95).result.observed_at
    history.gone(reading.labels)
    until(lambda: past.endpoints().total == 0)
    history.record(visit(read(NEW, 110)))
    until(lambda: past.endpoints().total == 1)
    history.only(["other"])
    until(lambda: past.endpoints().total == 0)
    history.close(5)


def test_retention(tmp_path: Path, opened: Opened) -> None:
    """What ended long ago goes; what is shown stays, however old."""
    database = opened(open_file(str(tmp_path / "history.sqlite")))
    writer, retention, past = Writer(database), Retention(86400), opened(Past(database.address))
    with database.transaction():
        for minutes, shown in enumerate((OLD, NEW)):
            writer.take(visit(read(shown, minutes)), None)
            writer.take(visit(read(shown, minutes), name="gone"), None)
        writer.gone('target="gone",team="payments"', 1_782_907_260_000)
    at = int(read(OLD, 60 * 24 * 2).result.observed_at.timestamp() * 1000)
    for _ in range(3):
        assert retention.tidy(database, at) is False
    assert past.events() == []
    assert [span.is_open for span in past.spans(NAME)] == [True]
    counts = {
        table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("endpoints", "views", "seen", "documents", "spans", "tags")
    }
    assert counts == dict.fromkeys(counts, 1)
