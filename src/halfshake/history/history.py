"""`History`: what the monitor tells goes through a queue to one thread, which writes it.

The monitor's loop never waits: a full queue drops, and counts. What changed is written within a
fraction of a second; that nothing changed is only a moment, kept and written once a minute. An
event is told after it is on the disk. If the disk is full or cannot be written, the history goes on
in memory (outage.py), says so, and writes what it has when the disk is back. A history may take the
place of another one that runs (succession.py): it begins to write when that one has ended.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from halfshake.history.database import HistoryUnusable, open_file, open_memory
from halfshake.history.outage import Outage
from halfshake.history.succession import continue_in
from halfshake.history.tables.retention import Retention
from halfshake.history.tables.writer import Writer
from halfshake.history.visit import USUAL, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from halfshake.event import Event
    from halfshake.history.database import Database

_T = TypeVar("_T")
log = logging.getLogger("halfshake.history")


class Health(Protocol):
    """Who counts how the history does."""

    def wrote(self, visits: int, events: int) -> None:
        """So much is on the disk, or in memory where there is none."""

    def dropped(self, visits: int) -> None:
        """So much was not written: the queue was full, or our own mistake."""

    def writable(self, *, writable: bool) -> None:
        """Is the file written?"""


class _Visited(NamedTuple):
    visit: Visit
    unchanged_at: int | None


class _Gone(NamedTuple):
    labels: str
    at: int


class _Only(NamedTuple):
    labels: tuple[str, ...]
    at: int


class History:
    """The history of one monitor. `path` is its file, None for memory.

    `keep_seconds` is how long things are kept; `now` gives the time in seconds since 1970.
    `on_event` are called for each event after it was written, in the thread that writes; they must
    not wait. `address` is what `Past` opens. Raises HistoryUnusable where the file is damaged or a
    later release's; a disk that cannot be written is no error, unless `has_to_be_written`.
    """

    def __init__(
        self,
        path: str | None,
        health: Health,
        *,
        keep_seconds: float,
        now: Callable[[], float] = time.time,
        longest_queue: int = 10_000,
        has_to_be_written: bool = False,
    ) -> None:
        self.on_event: list[Callable[[Event], None]] = []
        self._path = path
        self._health = health
        self._now = now
        self._queue: queue.Queue[_Visited | _Gone | _Only] = queue.Queue(longest_queue)
        self._seen: dict[str, int] = {}
        self._stopping = threading.Event()
        self._outage: Outage | None = None
        self._database = self._opened(path, has_to_be_written=has_to_be_written)
        self._writer = Writer(self._database)
        self._retention = Retention(keep_seconds)
        self.address = self._database.address
        self._before: History | None = None
        self._then: Callable[[], None] | None = None
        self._is_continued = False
        self._thread = threading.Thread(target=self._empty, name="history", daemon=True)

    def start(
        self,
        *,
        after: History | None = None,
        continues: bool = False,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Begin to write, when the one `after` which this one comes has written all that it has.

        `continues`: where nothing is known here, begin with what that one knew. `then` is called
        before the first event is told.
        """
        self._before, self._then = after, then
        if after is not None:
            after.end(is_continued=continues)
        self._thread.start()

    def end(self, *, is_continued: bool = False) -> None:
        """Write what is in the queue, and end. Returns at once."""
        self._is_continued = is_continued
        self._stopping.set()

    def abandon(self) -> None:
        """Close what was never started."""
        self._database.close()

    def keep(self, seconds: float) -> None:
        """Keep things for so long from now on."""
        self._retention = Retention(seconds)

    def record(self, visit: Visit) -> bool:
        """Take a visit; False where there was no room for it."""
        unchanged_at = self._seen.pop(visit.labels, None) if visit.kind == USUAL else None
        return self._put(_Visited(visit, unchanged_at))

    def unchanged(self, labels: str, observed_at: datetime) -> None:
        """The usual reading of a target shows what it showed when it was last recorded."""
        self._seen[labels] = int(observed_at.timestamp() * 1000)

    def gone(self, labels: str) -> None:
        """A target left the configuration."""
        self._seen.pop(labels, None)
        self._put(_Gone(labels, int(self._now() * 1000)))

    def only(self, labels: Iterable[str]) -> None:
        """These are all the targets: what else the file knows has left the configuration."""
        self._put(_Only(tuple(labels), int(self._now() * 1000)))

    def close(self, timeout_seconds: float) -> None:
        """Write what is in the queue, for so long; the rest is dropped, and counted."""
        self._stopping.set()
        self._thread.join(timeout_seconds)
        if self._thread.is_alive():
            self._health.dropped(self._queue.qsize())

    def _put(self, item: _Visited | _Gone | _Only) -> bool:
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._health.dropped(1)
            return False
        return True

    def _opened(self, path: str | None, *, has_to_be_written: bool) -> Database:
        if path is None:
            return open_memory()
        try:
            return open_file(path)
        except sqlite3.Error as error:
            if has_to_be_written:
                raise HistoryUnusable(f"the history {path} cannot be written: {error}") from error
            self._outage = Outage(path, None)
            _complain(path, error)
            return self._outage.memory

    # What follows runs in the thread.

    def _empty(self) -> None:
        if self._before is not None:
            self._follow(self._before)
        # Not sooner: the one before may have said in its end that it cannot write.
        self._health.writable(writable=self._outage is None)
        if self._then is not None:
            self._then()
        flushed = tidied = retried = time.monotonic()
        while True:
            stopping = self._stopping.is_set()
            batch = self._batch()
            if batch:
                self._write(batch)
            at = time.monotonic()
            if stopping or at - flushed >= FLUSH_SECONDS:
                self._flush()
                flushed = at
            if self._outage is not None and (stopping or at - retried >= RETRY_SECONDS):
                self._return()
                retried = at
            if at - tidied >= TIDY_SECONDS and self._outage is None:
                # As long as there is something left to delete, soon again.
                tidied = at if self._tidy() else at - TIDY_SECONDS + 1
            if stopping and not batch:
                break
        if not self._is_continued:
            self._database.close()

    def _follow(self, before: History) -> None:
        before._thread.join()
        self._before = None
        if not before._is_continued:
            return
        try:
            continue_in(self._database, before._database, before._outage)
        except sqlite3.Error as error:
            log.warning(
                "the history %s begins empty, the one before cannot be copied: %s",
                self._path or "in memory",
                error,
            )
        before._database.close()
        self._use(self._database)

    def _batch(self) -> list[_Visited | _Gone | _Only]:
        """What has come: one transaction for all that comes within a moment."""
        batch: list[_Visited | _Gone | _Only] = []
        try:
            batch.append(self._queue.get(timeout=IDLE_SECONDS))
        except queue.Empty:
            return batch
        until = time.monotonic() + BATCH_SECONDS
        while len(batch) < MOST_IN_A_BATCH:
            left = until - time.monotonic()
            try:
                batch.append(
                    self._queue.get(timeout=left)
                    if left > 0 and not self._stopping.is_set()
                    else self._queue.get_nowait()
                )
            except queue.Empty:
                break
        return batch

    def _write(self, batch: list[_Visited | _Gone | _Only]) -> None:
        events = self._attempt(lambda: self._take_all(batch))
        visits = sum(isinstance(item, _Visited) for item in batch)
        if events is None:
            self._health.dropped(visits)
            return
        self._health.wrote(visits, len(events))
        for event in events:
            for tell in self.on_event:
                try:
                    tell(event)
                except Exception:
                    log.exception("an event could not be handed on")

    def _take_all(self, batch: list[_Visited | _Gone | _Only]) -> list[Event]:
        events: list[Event] = []
        with self._database.transaction():
            for item in batch:
                match item:
                    case _Visited(visit, unchanged_at):
                        events += self._take(visit, unchanged_at)
                    case _Gone(labels, at):
                        self._writer.gone(labels, at)
                    case _Only(labels, at):
                        self._writer.only(labels, at)
        return events

    def _take(self, visit: Visit, unchanged_at: int | None) -> list[Event]:
        """One visit; our own mistake with it costs no other."""
        self._database.execute("SAVEPOINT visit")
        try:
            events = self._writer.take(visit, unchanged_at)
        except sqlite3.Error:
            raise
        except Exception:
            log.exception("a reading of %s could not be put into the history", visit.target)
            self._health.dropped(1)
            self._database.execute("ROLLBACK TO visit")
            events = []
        self._database.execute("RELEASE visit")
        return events

    def _flush(self) -> None:
        seen, self._seen = self._seen, {}
        names = list(seen)
        for start in range(0, len(names), SEEN_AT_ONCE):
            part = {name: seen[name] for name in names[start : start + SEEN_AT_ONCE]}
            self._attempt(lambda part=part: self._unchanged(part))  # type: ignore[misc]

    def _unchanged(self, seen: dict[str, int]) -> bool:
        with self._database.transaction():
            self._writer.unchanged(seen)
        return True

    def _tidy(self) -> bool:
        now = int(self._now() * 1000)
        return bool(self._attempt(lambda: self._retention.tidy(self._database, now)))

    def _attempt(self, work: Callable[[], _T]) -> _T | None:
        """Write; where the disk cannot be written, go on in memory. None where that fails too."""
        try:
            return work()
        except sqlite3.Error as error:
            if self._outage is not None:
                log.warning("the history lost what was seen: %s", error)
                return None
            self._leave(error)
        try:
            return work()
        except sqlite3.Error as error:
            log.warning("the history lost what was seen: %s", error)
            return None

    def _leave(self, error: sqlite3.Error) -> None:
        if self._path is None:
            return
        _complain(self._path, error)
        self._outage = Outage(self._path, self._database)
        self._use(self._outage.memory)
        self._health.writable(writable=False)

    def _return(self) -> None:
        assert self._outage is not None
        database = self._outage.ended()
        if database is None:
            return
        self._use(database)
        self._outage = None
        self._health.writable(writable=True)
        log.info("the history is written to its file again")

    def _use(self, database: Database) -> None:
        self._database = database
        self._writer = Writer(database)


def _complain(path: str, error: sqlite3.Error) -> None:
    log.warning(
        "the history %s cannot be written, it goes on in memory until it can: %s", path, error
    )


IDLE_SECONDS = 0.25
BATCH_SECONDS = 0.2
MOST_IN_A_BATCH = 500
FLUSH_SECONDS = 60.0
SEEN_AT_ONCE = 1000
RETRY_SECONDS = 10.0
TIDY_SECONDS = 600.0
