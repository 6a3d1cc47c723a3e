"""`Addresses`: which faces and addresses a target has, and whether they show the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.history.facts import certificate_of
from halfshake.history.tables.events import Source
from halfshake.history.tables.moments import to_milliseconds
from halfshake.history.twins import Shown, agreed, diverged, moved, parted
from halfshake.history.visit import FACES
from halfshake.observation import Observation
from halfshake.trust.status import Status, worst_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.event import Event
    from halfshake.history.changes import Certificate
    from halfshake.history.database import Database
    from halfshake.history.tables.events import EventTable
    from halfshake.history.visit import Reading, Visit


class Addresses:
    """Compares the faces of one visit with each other, and with those of the visits before."""

    def __init__(self, database: Database, events: EventTable) -> None:
        self._execute = database.execute
        self._events = events

    def known(self, endpoint: int) -> set[str]:
        """The addresses that the target's name leads to, as far as was seen."""
        rows = self._execute(
            "SELECT DISTINCT face_address FROM views WHERE endpoint = ? AND kind = ?"
            " AND gone_at IS NULL AND face_address IS NOT NULL",
            (endpoint, FACES),
        )
        return {row[0] for row in rows}

    def take(
        self, endpoint: int, visit: Visit, readings: Sequence[Reading], before: set[str]
    ) -> list[Event]:
        """Take a whole visit of every face, whose views are written already.

        `before` are the addresses that were known until then.
        """
        self._miss(endpoint, readings)
        after = self.known(endpoint)
        events = []
        if before:
            source = _source(endpoint, visit, readings)
            for address, change in moved(sorted(after - before), sorted(before - after)):
                events.append(self._events.add(change, source, address))
        groups: dict[str, list[Reading]] = {}
        for reading in readings:
            face = reading.result.face
            if face is not None and face.address is not None:
                groups.setdefault(face._replace(address=None).label, []).append(reading)
        for label, group in groups.items():
            events += self._compared(endpoint, visit, label, group)
        return events

    def ask_only(self, endpoint: int, kinds: Sequence[str], at: int) -> None:
        """What is asked no longer is no longer known."""
        marks = ", ".join("?" * len(kinds))
        gone = self._execute(
            f"UPDATE views SET gone_at = ? WHERE endpoint = ? AND gone_at IS NULL"
            f" AND kind NOT IN ({marks})",
            (at, endpoint, *kinds),
        )
        if gone.rowcount and FACES not in kinds:
            self._execute("DELETE FROM twins WHERE endpoint = ? AND face <> ''", (endpoint,))

    def set_diverged(self, endpoint: int, face: str, *, diverged: bool) -> bool:
        """Remember whether they differ; does that change what holds for the whole target?"""
        rows: dict[str, tuple[bool, int]] = {
            name: (bool(differ), visits)
            for name, differ, visits in self._execute(
                "SELECT face, diverged, differing FROM twins WHERE endpoint = ?", (endpoint,)
            )
        }
        first = face != BY_TURNS and face not in rows
        before = any(differ for differ, _ in rows.values())
        visits = rows.get(face, (False, 0))[1] + 1 if diverged else 0
        told = diverged and (first or face == BY_TURNS or visits >= DIVERGED_AFTER_VISITS)
        news = {face: (told, visits)}
        if face != BY_TURNS and not diverged and rows.get(BY_TURNS, (False, 0))[0]:
            # Who looked at each address knows better than who came by one of them.
            news[BY_TURNS] = (False, 0)
            self._execute("UPDATE views SET flips = 0 WHERE endpoint = ?", (endpoint,))
        for name, row in news.items():
            if rows.get(name) != row:
                self._execute(
                    "INSERT OR REPLACE INTO twins (endpoint, face, diverged, differing)"
                    " VALUES (?, ?, ?, ?)",
                    (endpoint, name, *row),
                )
        after = any(differ for differ, _ in (rows | news).values())
        return not first and before != after

    def _compared(
        self, endpoint: int, visit: Visit, label: str, group: Sequence[Reading]
    ) -> list[Event]:
        by_address: dict[str, Certificate] = {}
        failed = set()
        for reading in group:
            face = reading.result.face
            assert face is not None
            assert face.address is not None
            if isinstance(reading.result, Observation):
                by_address[face.address] = certificate_of(reading.result.end_entity)
            else:
                failed.add(face.address)
        shown = Shown(by_address, frozenset(failed))
        differ = diverged(shown)
        if differ is None or not self.set_diverged(
            endpoint, f"addresses {label}".rstrip(), diverged=differ
        ):
            return []
        change = parted(shown) if differ else agreed(next(iter(by_address.values())))
        lagging = [address for address, each in by_address.items() if each.sha256 == change.before]
        address = lagging[0] if len(lagging) == 1 else None
        return [self._events.add(change, _source(endpoint, visit, group), address)]

    def _miss(self, endpoint: int, readings: Sequence[Reading]) -> None:
        """Count the visits that a face was not part of; after some it is gone."""
        at = _at(readings)
        seen = {each.result.face.label for each in readings if each.result.face}
        rows = self._execute(
            "SELECT id, face, missing FROM views"
            " WHERE endpoint = ? AND kind = ? AND gone_at IS NULL",
            (endpoint, FACES),
        ).fetchall()
        for number, face, missing in rows:
            if face not in seen:
                gone_at = at if missing + 1 >= GONE_AFTER_VISITS else None
                self._execute(
                    "UPDATE views SET missing = missing + 1, gone_at = ? WHERE id = ?",
                    (gone_at, number),
                )
            elif missing:
                self._execute("UPDATE views SET missing = 0 WHERE id = ?", (number,))


def _source(endpoint: int, visit: Visit, readings: Sequence[Reading]) -> Source:
    worst = worst_status(Status(reading.status) for reading in readings)
    return Source(endpoint, None, visit.target, visit.tags, worst.value, _at(readings))


def _at(readings: Sequence[Reading]) -> int:
    at = to_milliseconds(max(reading.result.observed_at for reading in readings))
    assert at is not None
    return at


# The row of the usual reading, where one address shows two certificates by turns.
BY_TURNS = ""

# A visit in the midst of a rolling renewal sees what nobody needs to be told.
DIVERGED_AFTER_VISITS = 2

# A resolver that answers with some of the addresses only is no news.
GONE_AFTER_VISITS = 2
