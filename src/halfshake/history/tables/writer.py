"""`Writer`: puts what was seen into the tables, and finds the events, within one transaction.

Visit -> for each reading: the view as it was -> changes.py -> the view as it is, and events
      -> for the faces together: addresses.py
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from halfshake.history.changes import after_failure, after_reading
from halfshake.history.facts import (
    awaited_of,
    certificate_of,
    digest_of,
    facts_of,
    failure_of,
    is_our_mistake,
    reasons_of,
)
from halfshake.history.tables.addresses import BY_TURNS, Addresses
from halfshake.history.tables.documents import document_text, packed
from halfshake.history.tables.events import EventTable, Source, Told, address_of
from halfshake.history.tables.moments import from_milliseconds, to_milliseconds
from halfshake.history.tables.spans import SpanTable
from halfshake.history.tables.views import View, ViewTable
from halfshake.history.twins import agreed, by_turns
from halfshake.history.visit import FACES, SECOND, USUAL
from halfshake.observation import Observation
from halfshake.trust.status import Status, worst_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from halfshake.event import Event
    from halfshake.history.changes import Change, Outcome
    from halfshake.history.database import Database
    from halfshake.history.visit import Reading, Visit


class Writer:
    """Writes to one database. Its methods belong into a transaction; all raise sqlite3.Error."""

    def __init__(self, database: Database) -> None:
        self._execute = database.execute
        self._views = ViewTable(database)
        self._spans = SpanTable(database)
        self._events = EventTable(database)
        self._addresses = Addresses(database, self._events)

    def take(self, visit: Visit, unchanged_at: int | None) -> list[Event]:
        """Write one visit; the events that it brought.

        `unchanged_at` is when the usual reading last showed what is already written.
        """
        readings = [reading for reading in visit.readings if not is_our_mistake(reading)]
        unresolved = visit.kind == FACES and any(each.result.face is None for each in readings)
        if not readings or unresolved:
            return []  # nothing is known of any view
        at = _at(readings[0])
        endpoint = self._endpoint(visit, at)
        events: list[Event] = []
        before = self._addresses.known(endpoint) if visit.kind == FACES else set()
        for reading in readings:
            events += self._reading(endpoint, visit, reading, unchanged_at)
        if visit.kind == FACES:
            events += self._addresses.take(endpoint, visit, readings, before)
        elif visit.kind == USUAL:
            self._addresses.ask_only(endpoint, visit.kinds, at)
        if SECOND in visit.kinds:
            self._show_status(endpoint)
        return events

    def unchanged(self, seen: Mapping[str, int]) -> None:
        """Move when the usual readings of these targets were last seen, in milliseconds."""
        self._execute(
            "INSERT OR REPLACE INTO seen (view, at) SELECT v.id, j.value FROM json_each(?) j"
            " JOIN endpoints e ON e.labels = j.key JOIN views v ON v.endpoint = e.id"
            " AND v.face = ''",
            (json.dumps(seen),),
        )

    def gone(self, labels: str, at: int) -> None:
        """A target left the configuration."""
        self._execute(
            "UPDATE endpoints SET gone_at = ? WHERE labels = ? AND gone_at IS NULL", (at, labels)
        )

    def only(self, labels: Iterable[str], at: int) -> None:
        """All targets but these have left the configuration."""
        self._execute(
            "UPDATE endpoints SET gone_at = ? WHERE gone_at IS NULL AND labels NOT IN"
            " (SELECT value FROM json_each(?))",
            (at, json.dumps(list(labels))),
        )

    def _endpoint(self, visit: Visit, at: int) -> int:
        row = self._execute(
            "SELECT id, gone_at FROM endpoints WHERE labels = ?", (visit.labels,)
        ).fetchone()
        if row is not None:
            if row[1] is not None:
                self._execute("UPDATE endpoints SET gone_at = NULL WHERE id = ?", (row[0],))
            number: int = row[0]
            return number
        cursor = self._execute(
            "INSERT INTO endpoints (labels, target, first_seen_at) VALUES (?, ?, ?)",
            (visit.labels, visit.target, at),
        )
        assert cursor.lastrowid is not None
        for name, value in visit.tags:
            self._execute(
                "INSERT INTO tags (endpoint, name, value) VALUES (?, ?, ?)",
                (cursor.lastrowid, name, value),
            )
        return cursor.lastrowid

    def _reading(
        self, endpoint: int, visit: Visit, reading: Reading, unchanged_at: int | None
    ) -> list[Event]:
        second, at = visit.kind == SECOND, _at(reading)
        label = SECOND_FACE if second else reading.result.face.label if reading.result.face else ""
        view = self._views.load(endpoint, label)
        if label == "" and unchanged_at is not None and view.known.read_at is not None:
            latest = max(unchanged_at, to_milliseconds(view.known.read_at) or 0)
            view = view._replace(known=view.known._replace(read_at=from_milliseconds(latest)))
        digest = digest_of(reading)
        if _is_quiet(view, reading, digest, at):
            if failure_of(reading) is None:
                self._execute("UPDATE seen SET at = ? WHERE view = ?", (at, view.id))
            return []
        if view.id is None:
            face_address = reading.result.face.address if reading.result.face else None
            number = self._views.insert(endpoint, visit.kind, label, face_address, at)
            view = view._replace(id=number)
        told = Told(self._events, self._spans, endpoint, view.id, reading.result.face)
        changes: list[Change]
        if isinstance(reading.result, Observation):
            awaited = awaited_of(reading, view.awaited)
            facts = facts_of(reading, reading.result, view.awaited)
            outcome = after_reading(view.known, facts, told, only_clients=second)
            changes = [*outcome.changes, *self._by_turns(endpoint, view, outcome, second=second)]
            view = self._shown(endpoint, view, reading.result, outcome, second=second)
            view = view._replace(awaited=awaited)
        else:
            reason = reading.result.reason.value
            outcome = after_failure(
                view.known, reading.result.observed_at, reason, told, only_clients=second
            )
            changes = outcome.changes
            view = view._replace(known=outcome.known)
        self._views.save(view._replace(digest=digest), reading.status)
        self._document(view, reading, digest, at)
        source = Source(endpoint, view.id, visit.target, visit.tags, reading.status, at)
        return [
            self._events.add(change, source, address_of(change, visit, reading))
            for change in changes
        ]

    def _by_turns(
        self, endpoint: int, view: View, outcome: Outcome, *, second: bool
    ) -> list[Change]:
        if outcome.by_turns is None or second or outcome.known.certificate is None:
            return []
        if not self._addresses.set_diverged(endpoint, BY_TURNS, diverged=outcome.by_turns):
            return []
        shown = outcome.known.certificate
        return [by_turns(view.known.certificate, shown) if outcome.by_turns else agreed(shown)]

    def _shown(
        self,
        endpoint: int,
        view: View,
        observation: Observation,
        outcome: Outcome,
        *,
        second: bool,
    ) -> View:
        """The view after a reading: its certificate, the span that it belongs to."""
        at = to_milliseconds(observation.observed_at)
        assert at is not None
        assert view.id is not None
        before, known = view.known, outcome.known
        certificate = view.certificate
        span = view.span
        if before.certificate != certificate_of(observation.end_entity) or certificate is None:
            certificate = self._views.certificate(observation.end_entity, observation.observed_at)
            if span is not None:
                self._spans.close(span, to_milliseconds(before.read_at) or at)
            if not second:  # it sees what the usual reading sees
                # What comes and goes by turns makes no new span each time.
                anew = outcome.by_turns is not True
                span = self._spans.open(
                    endpoint, view.id, certificate, observation.address, at, anew=anew
                )
        self._execute("INSERT OR REPLACE INTO seen (view, at) VALUES (?, ?)", (view.id, at))
        return view._replace(known=known, certificate=certificate, span=span)

    def _document(self, view: View, reading: Reading, digest: bytes, at: int) -> None:
        chain = [
            self._views.certificate(certificate, reading.result.observed_at)
            for certificate in reading.result.chain
        ]
        self._execute(
            "INSERT OR REPLACE INTO documents (view, written_at, chain, body) VALUES (?, ?, ?, ?)",
            (view.id, at, json.dumps(chain), packed(document_text(reading))),
        )
        if digest != view.digest:
            self._execute("DELETE FROM reasons WHERE view = ?", (view.id,))
            for position, code in enumerate(reasons_of(reading)):
                self._execute(
                    "INSERT INTO reasons (view, code, position) VALUES (?, ?, ?)",
                    (view.id, code, position),
                )

    def _show_status(self, endpoint: int) -> None:
        """What the second visit says counts for the usual reading too."""
        rows = self._execute(
            "SELECT id, face, status FROM views WHERE endpoint = ? AND face IN ('', ?)"
            " AND gone_at IS NULL",
            (endpoint, SECOND_FACE),
        ).fetchall()
        worst = worst_status(Status(row[2]) for row in rows)
        self._execute(
            "UPDATE views SET shown_status = ? WHERE endpoint = ? AND face = ''"
            " AND shown_status <> ?",
            (worst.value, endpoint, worst.value),
        )


def _is_quiet(view: View, reading: Reading, digest: bytes, at: int) -> bool:
    """Is everything written already that this reading says?"""
    known = view.known
    if view.id is None or view.gone or view.digest != digest:
        return False
    if at - view.written_at > REWRITE_MILLISECONDS or known.flips:
        return False
    if failure_of(reading) is not None:
        return known.dark_told or (known.read_at is None and known.failures > 1)
    return not known.failures


def _at(reading: Reading) -> int:
    at = to_milliseconds(reading.result.observed_at)
    assert at is not None
    return at


SECOND_FACE = "second visit"

# How old a document may be that says the same as the last one: its dates count down.
REWRITE_MILLISECONDS = 6 * 3600 * 1000
