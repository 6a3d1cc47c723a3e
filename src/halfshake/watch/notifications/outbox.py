"""`Outbox`: what services have still to be told, in SQLite: it outlives `kill -9`.

Events wait in `waiting` until they become a message; a message stays in `messages` until its
service has taken it. `standing` has what is not in order, for reminders and recoveries. Each method
that changes something is one transaction. Every method may be called from any thread.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from halfshake.event import Event, EventKind
from halfshake.watch.notifications.grouping import Standing, Waiting
from halfshake.watch.notifications.moving import copy_rows
from halfshake.watch.notifications.wording import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


class Due(NamedTuple):
    """A message that its service is to be sent."""

    number: int
    message: Message
    made: float
    attempts: int


class Taken(NamedTuple):
    """An event as one service gets it: whether it is told, and whether quiet hours count."""

    service: str
    urgent: bool


class Outbox:
    """Opens the file, or keeps all in memory. Raises sqlite3.Error if the file cannot be used."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._base = sqlite3.connect(
            ":memory:" if path is None else path, check_same_thread=False, isolation_level=None
        )
        try:
            self._base.execute("PRAGMA journal_mode=WAL")
            # What was sent must not be sent again after a power cut, either.
            self._base.execute("PRAGMA synchronous=FULL")
            (version,) = self._base.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                raise sqlite3.DatabaseError(f"it was made by a newer Halfshake (schema {version})")
            if version < SCHEMA_VERSION:
                self._base.executescript(_SCHEMA)
            else:
                # A disk that is full, or may not be written, shows itself here.
                with self._changing():
                    self._base.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except sqlite3.Error:
            self._base.close()
            raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def move_to(self, other: Outbox) -> None:
        """Go on in the file of another outbox, which is used up: nobody else may use it.

        All that is in ours goes there, and messages keep their numbers: some may be on their way.
        """
        with self._lock:
            if not _is_same_file(self.path, other.path):
                copy_rows(self._base, other._base)
            self._base.close()
            self._base, self.path = other._base, other.path

    def last_event(self) -> tuple[int, str] | None:
        """The number and time of the last event that was taken; None where there was none yet."""
        with self._lock:
            row = self._base.execute("SELECT number, at FROM last_event").fetchone()
        return None if row is None else (row[0], row[1])

    def begin_after(self, number: int, at: str) -> None:
        """Take no event up to this one."""
        with self._changing():
            self._set_last(number, at)

    def take(self, event: Event, services: Iterable[Taken], now: float) -> None:
        """Take the next event of the history, for these services."""
        text = _text(event)
        with self._changing():
            for service, urgent in services:
                self._base.execute(
                    "INSERT INTO waiting (service, since, urgent, event) VALUES (?, ?, ?, ?)",
                    (service, now, urgent, text),
                )
                if event.status != "ok":
                    self._base.execute(
                        "INSERT INTO standing (service, place, event, told) VALUES (?, ?, ?, NULL) "
                        "ON CONFLICT DO UPDATE SET event = excluded.event",
                        (service, _place(event), text),
                    )
            if event.status == "ok":
                # For those too who do not want to hear of it.
                self._base.execute("DELETE FROM standing WHERE place = ?", (_place(event),))
            self._set_last(event.number, event.at.isoformat())

    def waiting(self, service: str) -> list[Waiting]:
        """What a service has not been told of, in the order of the history."""
        with self._lock:
            rows = self._base.execute(
                "SELECT event, since, urgent FROM waiting WHERE service = ? ORDER BY row",
                (service,),
            ).fetchall()
        return [Waiting(_event(text), since, bool(urgent)) for text, since, urgent in rows]

    def standing(self, service: str) -> list[Standing]:
        """What is not in order, as far as a service heard of it."""
        with self._lock:
            rows = self._base.execute(
                "SELECT event, told FROM standing WHERE service = ? ORDER BY rowid", (service,)
            ).fetchall()
        return [Standing(_event(text), told) for text, told in rows]

    def first_told(self, service: str) -> float | None:
        """When a service was told of what stands, the earliest time; None where nothing does."""
        with self._lock:
            (told,) = self._base.execute(
                "SELECT min(told) FROM standing WHERE service = ?", (service,)
            ).fetchone()
        return None if told is None else float(told)

    def standing_of(self, event: Event) -> dict[str, Standing]:
        """The same of the event's target alone, by service."""
        with self._lock:
            rows = self._base.execute(
                "SELECT service, event, told FROM standing WHERE place = ?", (_place(event),)
            ).fetchall()
        return {service: Standing(_event(text), told) for service, text, told in rows}

    def put(self, service: str, message: Message, events: Sequence[Event], now: float) -> None:
        """Make a message of events that waited, or a reminder of some that stand."""
        with self._changing():
            self._base.execute(
                "INSERT INTO messages (service, made, next_try, subject, body, status, events) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (service, now, now, *message),
            )
            self._base.executemany(
                "DELETE FROM waiting WHERE service = ? AND event = ?",
                [(service, _text(event)) for event in events],
            )
            self._base.executemany(
                "UPDATE standing SET told = ? WHERE service = ? AND place = ?",
                [(now, service, _place(event)) for event in events],
            )

    def next_due(self, service: str, now: float) -> Due | None:
        """The message that is to be tried first, where there is one to be tried now."""
        with self._lock:
            row = self._base.execute(
                "SELECT number, subject, body, status, events, made, attempts FROM messages "
                # A clock that was set back: a next try from the future is due.
                "WHERE service = ? AND (next_try <= ? OR coalesce(tried, made) > ?) "
                "ORDER BY next_try, number LIMIT 1",
                (service, now, now),
            ).fetchone()
        return None if row is None else Due(row[0], Message(*row[1:5]), row[5], row[6])

    def failed(self, number: int, now: float, next_try: float) -> None:
        """A message was not taken; when to try again."""
        with self._changing():
            self._base.execute(
                "UPDATE messages SET attempts = attempts + 1, tried = ?, next_try = ? "
                "WHERE number = ?",
                (now, next_try, number),
            )

    def remove(self, number: int) -> None:
        """A message was taken, or is given up."""
        with self._changing():
            self._base.execute("DELETE FROM messages WHERE number = ?", (number,))

    def messages(self, service: str) -> int:
        """How many messages a service has still to take."""
        return self._count("SELECT count(*) FROM messages WHERE service = ?", service)

    def pending(self, service: str) -> int:
        """How many events a service has not been told of, those in messages too."""
        return self._count("SELECT count(*) FROM waiting WHERE service = ?", service) + self._count(
            "SELECT coalesce(sum(events), 0) FROM messages WHERE service = ?", service
        )

    def drop_waiting(self, service: str, before: float) -> int:
        """Give up what has waited since before then; how many events those were.

        What stands of them counts as told since then: a reminder is all that can still tell it.
        """
        which = (service, before)
        with self._changing():
            dropped = self._base.execute(
                "SELECT since, event FROM waiting WHERE service = ? AND since < ?", which
            ).fetchall()
            self._base.executemany(
                "UPDATE standing SET told = ? WHERE service = ? AND place = ? AND told IS NULL",
                [(since, service, _place(_event(text))) for since, text in dropped],
            )
            self._base.execute("DELETE FROM waiting WHERE service = ? AND since < ?", which)
        return len(dropped)

    def set_clock(self, now: float) -> None:
        """Let nothing lie in the future: a clock that was set back delays no reminder for long."""
        with self._changing():
            self._base.execute("UPDATE standing SET told = ? WHERE told > ?", (now, now))
            self._base.execute("UPDATE messages SET made = ? WHERE made > ?", (now, now))

    def keep_only(self, services: Sequence[str], targets: set[tuple[str, str]]) -> None:
        """Forget services that are not configured any more, and what stands of other targets.

        A target is its name and its labels (`target_key`).
        """
        with self._changing():
            for table in ("waiting", "standing", "messages"):
                known = self._base.execute(f"SELECT DISTINCT service FROM {table}")  # noqa: S608 - one of three
                for (service,) in known.fetchall():
                    if service not in services:
                        self._base.execute(
                            f"DELETE FROM {table} WHERE service = ?",  # noqa: S608 - as above
                            (service,),
                        )
            rows = self._base.execute("SELECT rowid, event FROM standing").fetchall()
            gone = [
                (row,)
                for row, event in ((row, _event(text)) for row, text in rows)
                if target_key(event.target, event.labels) not in targets
            ]
            self._base.executemany("DELETE FROM standing WHERE rowid = ?", gone)

    def _count(self, question: str, service: str) -> int:
        with self._lock:
            (number,) = self._base.execute(question, (service,)).fetchone()
        return int(number)

    def _set_last(self, number: int, at: str) -> None:
        self._base.execute(
            "INSERT INTO last_event (only, number, at) VALUES (0, ?, ?) "
            "ON CONFLICT DO UPDATE SET number = excluded.number, at = excluded.at",
            (number, at),
        )

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """All or nothing, one at a time."""
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise


def _is_same_file(one: Path | None, other: Path | None) -> bool:
    return one is not None and other is not None and one.samefile(other)


def target_key(name: str, labels: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """What tells targets apart: the name, and the user's labels."""
    return name, json.dumps(labels)


def _place(event: Event) -> str:
    return json.dumps([event.target, event.labels, event.address])


def _text(event: Event) -> str:
    return json.dumps(event._replace(at=event.at.isoformat()))  # type: ignore[arg-type]


def _event(text: str) -> Event:
    number, at, kind, target, address, message, before, after, status, labels = json.loads(text)
    return Event(
        number,
        datetime.fromisoformat(at),
        EventKind(kind),
        target,
        address,
        message,
        before,
        after,
        status,
        tuple((name, value) for name, value in labels),
    )


SCHEMA_VERSION = 1

_SCHEMA = f"""
BEGIN;
CREATE TABLE last_event (only INTEGER PRIMARY KEY CHECK (only = 0), number INTEGER, at TEXT);
CREATE TABLE waiting (
    row INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT, since REAL, urgent INTEGER, event TEXT
);
CREATE INDEX waiting_service ON waiting (service, event);
CREATE TABLE standing (
    service TEXT, place TEXT, event TEXT, told REAL, UNIQUE (service, place)
);
CREATE INDEX standing_place ON standing (place);
CREATE TABLE messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT, made REAL, tried REAL, next_try REAL,
    attempts INTEGER DEFAULT 0, subject TEXT, body TEXT, status TEXT, events INTEGER
);
CREATE INDEX messages_due ON messages (service, next_try);
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
