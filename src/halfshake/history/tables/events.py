"""`EventTable`: keeps events; `Told`: what the history knows around one view, for `changes.py`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from halfshake.event import Event, EventKind
from halfshake.history.tables.moments import from_milliseconds, to_milliseconds
from halfshake.history.tables.text import storable
from halfshake.history.visit import FACES

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.history.changes import Change
    from halfshake.history.database import Database
    from halfshake.history.tables.spans import SpanTable
    from halfshake.history.visit import Reading, Visit
    from halfshake.observation import Face


class Source(NamedTuple):
    """Where an event comes from; `view` is None for what several show together."""

    endpoint: int
    view: int | None
    target: str
    tags: tuple[tuple[str, str], ...]
    status: str
    at: int


class EventTable:
    """Adds events to the table, and looks for those that were told."""

    def __init__(self, database: Database) -> None:
        self._execute = database.execute

    def add(self, change: Change, source: Source, address: str | None) -> Event:
        """Keep an event; it has its number from now on."""
        cursor = self._execute(
            "INSERT INTO events (at, kind, endpoint, view, target, address, message, before, after,"
            " status, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                source.at, change.kind.value, source.endpoint, source.view, source.target, address,
                change.message, storable(change.before), storable(change.after), source.status,
                json.dumps(source.tags),
            ),
        )  # fmt: skip
        assert cursor.lastrowid is not None
        moment = from_milliseconds(source.at)
        assert moment is not None
        return Event(
            number=cursor.lastrowid,
            at=moment,
            kind=change.kind,
            target=source.target,
            address=address,
            message=change.message,
            before=storable(change.before),
            after=storable(change.after),
            status=source.status,
            labels=source.tags,
        )

    def told_by_others(
        self, change: Change, endpoint: int, view: int | None, since: datetime
    ) -> bool:
        """Has another view of the endpoint told the same since then?"""
        row = self._execute(
            "SELECT 1 FROM events WHERE endpoint = ? AND kind = ? AND at > ?"
            " AND view IS NOT ? AND ((before IS ? AND after IS ?) OR (? AND at > ?)) LIMIT 1",
            (
                endpoint, change.kind.value, to_milliseconds(since - SLACK), view,
                storable(change.before), storable(change.after),
                # What the first visit sees as a request, the second may see as what becomes of it.
                change.kind is EventKind.client_auth_changed, to_milliseconds(since - ONE_VISIT),
            ),
        ).fetchone()  # fmt: skip
        return row is not None

    def dark_elsewhere(self, endpoint: int, view: int | None, address: str | None) -> bool:
        """Does the usual reading fail, or has another face of this address told that it does?"""
        row = self._execute(
            "SELECT 1 FROM views WHERE endpoint = ? AND id IS NOT ? AND gone_at IS NULL"
            " AND ((face = '' AND failures > 0) OR (face_address = ? AND dark_told)) LIMIT 1",
            (endpoint, view, address),
        ).fetchone()
        return row is not None


class Told:
    """What is known around one view."""

    def __init__(
        self,
        events: EventTable,
        spans: SpanTable,
        endpoint: int,
        view: int | None,
        face: Face | None,
    ) -> None:
        self._events, self._spans = events, spans
        self._endpoint, self._view = endpoint, view
        self._address = face.address if face else None

    def shown_here(self, sha256: str) -> bool:
        """Has this view shown the certificate before?"""
        return self._spans.shown_by_view(self._view, sha256)

    def shown_by_target(self, sha256: str) -> bool:
        """Has any view of the target shown it before?"""
        return self._spans.shown_by_endpoint(self._endpoint, sha256)

    def told(self, change: Change, since: datetime) -> bool:
        """Has another view told the same change since then?"""
        return self._events.told_by_others(change, self._endpoint, self._view, since)

    def dark_elsewhere(self) -> bool:
        """Does the usual reading fail, or has another face of this address told that it does?"""
        return self._events.dark_elsewhere(self._endpoint, self._view, self._address)


def address_of(change: Change, visit: Visit, reading: Reading) -> str | None:
    """The address that changed; None where the target is read at one."""
    face = reading.result.face
    if face is not None and face.address is not None:
        return face.address
    dialled = reading.result.address
    if FACES not in visit.kinds or dialled is None or change.kind in _OF_ONE_ADDRESS:
        return None
    return dialled.rpartition(":")[0].strip("[]")


# How long a visit may take: its second connection may see what its first one did not.
ONE_VISIT = timedelta(seconds=10)

_OF_ONE_ADDRESS = {EventKind.went_dark, EventKind.came_back}

# Two views may look at the same moment: the one that looked just before a change may be written
# just after it was told.
SLACK = timedelta(seconds=60)
