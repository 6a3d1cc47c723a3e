"""`Past`: what the history knows, for those who show it. It reads through a connection of its own.

A Past may be used by several threads; its answers are from one moment each.
"""

from __future__ import annotations

import json
import threading
import weakref
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from halfshake.event import Event, EventKind
from halfshake.history.database import open_to_read
from halfshake.history.rows import EndpointPage, EndpointRow, Facets, Span, Waiting
from halfshake.history.tables.documents import whole
from halfshake.history.tables.moments import from_milliseconds, to_milliseconds
from halfshake.trust.status import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Past:
    """Answers from a history. `address` is a History's. Raises HistoryUnusable."""

    def __init__(self, address: str) -> None:
        self._connection = open_to_read(address)
        # Several threads may ask one: who lets go of it last closes it. The process' end need not.
        weakref.finalize(self, self._connection.close).atexit = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def endpoints(
        self,
        *,
        search: str = "",
        status: str | None = None,
        issuer: str | None = None,
        reason: str | None = None,
        label: str | None = None,
        order: str = "soonest",
        offset: int = 0,
        limit: int = 100,
    ) -> EndpointPage:
        """Every view of every target that is watched, filtered.

        `search` is part of a target, an address, a name in a certificate, a subject or an issuer.
        `label` is "team=payments". `order` is one of ORDERS: "soonest" puts what dies first at the
        top, "failures" what cannot be read.
        """
        where, values = _filters(search, status, issuer, reason, label)
        of_certificate = search or issuer is not None
        counted = _JOINED if of_certificate else _LEAST_JOINED
        total = self._all(f"SELECT count(*) {counted} WHERE {where}", values)[0][0]
        rows = self._all(
            f"SELECT {_ROW} {_JOINED} WHERE {where}"
            f" ORDER BY {ORDERS[order]}, v.id LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return EndpointPage(total, self._with_labels(rows))

    def endpoint(self, target: str) -> list[dict[str, Any]]:
        """The last result documents of a target, of every view: the usual reading first."""
        return list(self._documents("AND e.target = ?", (target,)))

    def documents(self) -> Iterator[dict[str, Any]]:
        """The last result documents of every target that is watched."""
        return self._documents("", ())

    def spans(self, target: str) -> list[Span]:
        """Which certificate was shown from when to when, the first one first."""
        rows = self._all(
            "SELECT s.address, v.face, c.sha256, c.subject, c.issuer, c.not_before, c.not_after,"
            " s.first_seen_at, CASE WHEN v.span = s.id THEN ifnull(n.at, s.last_seen_at)"
            " ELSE s.last_seen_at END, v.span IS s.id AND v.gone_at IS NULL"
            " FROM endpoints e JOIN spans s ON s.endpoint = e.id"
            " JOIN certificates c ON c.id = s.certificate JOIN views v ON v.id = s.view"
            " LEFT JOIN seen n ON n.view = v.id"
            " WHERE e.target = ? ORDER BY s.first_seen_at, s.id",
            (target,),
        )
        return [
            Span(
                address, face, sha256.hex(), subject, issuer, from_milliseconds(not_before),
                from_milliseconds(not_after), _moment(first), _moment(last), bool(is_open),
            )
            for address, face, sha256, subject, issuer, not_before, not_after, first, last, is_open
            in rows
        ]  # fmt: skip

    def knows(self, target: str) -> bool:
        """Has a target of this name ever been watched?"""
        return bool(self._all("SELECT 1 FROM endpoints WHERE target = ? LIMIT 1", (target,)))

    def waiting(self, target: str) -> list[Waiting]:
        """Which certificates were issued for a target and are not served."""
        rows = self._all(
            "SELECT v.face, v.awaited_sha256, v.awaited_since FROM endpoints e"
            " JOIN views v ON v.endpoint = e.id WHERE e.target = ?"
            " AND v.awaited_sha256 IS NOT NULL AND v.gone_at IS NULL ORDER BY v.id",
            (target,),
        )
        return [Waiting(face, sha256.hex(), _moment(since)) for face, sha256, since in rows]

    def events(
        self,
        *,
        target: str | None = None,
        since: datetime | None = None,
        kinds: Sequence[EventKind | str] = (),
        after_number: int = 0,
        limit: int = 1000,
    ) -> list[Event]:
        """What changed, in the order of the numbers.

        With `since` or without: if there are more than `limit`, the latest of them; with
        `after_number` the ones that follow it.
        """
        conditions = ["number > ?"]
        values: list[Any] = [after_number]
        filters: list[tuple[str, Any]] = [
            ("target = ?", target),
            ("at >= ?", to_milliseconds(since)),
        ]
        for condition, value in filters:
            if value is not None:
                conditions.append(condition)
                values.append(value)
        if kinds:
            conditions.append(f"kind IN ({', '.join('?' * len(kinds))})")
            values += [str(kind) for kind in kinds]
        direction = "ASC" if after_number else "DESC"
        rows = self._all(
            "SELECT number, at, kind, target, address, message, before, after, status, tags"
            f" FROM events WHERE {' AND '.join(conditions)} ORDER BY number {direction} LIMIT ?",
            [*values, limit],
        )
        return sorted(_event(row) for row in rows)

    def weeks(self, now: datetime, weeks: int = 26) -> list[tuple[datetime, int]]:
        """How many certificates that are shown now expire in each week, from this Monday on.

        A certificate that many targets show counts for each of them.
        """
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        monday = day - timedelta(days=day.weekday())
        first = to_milliseconds(monday)
        counted = dict(
            self._all(
                "SELECT (v.not_after - ?) / ?, count(*) FROM views v"
                " JOIN endpoints e ON e.id = v.endpoint WHERE v.not_after >= ? AND v.not_after < ?"
                f" AND {_SHOWN} GROUP BY 1",
                (first, _WEEK, first, (first or 0) + weeks * _WEEK),
            )
        )
        return [(monday + timedelta(weeks=week), counted.get(week, 0)) for week in range(weeks)]

    def expired(self, now: datetime) -> int:
        """How many certificates that are shown now had expired by `now`, as `weeks` counts them."""
        found = self._all(
            f"SELECT count(*) {_LEAST_JOINED} WHERE v.not_after < ? AND {_SHOWN}",
            (to_milliseconds(now),),
        )
        count: int = found[0][0]
        return count

    def facets(self) -> Facets:
        """What the endpoints can be filtered by."""
        shown = f"FROM views v JOIN endpoints e ON e.id = v.endpoint {{}} WHERE {_SHOWN}"
        ordered = "GROUP BY 1 ORDER BY 2 DESC, 1"
        issuer = "JOIN certificates c ON c.id = v.certificate"
        return Facets(
            issuers=self._all(
                "SELECT c.issuer, count(*) "
                f"{shown.format(issuer)} AND c.issuer IS NOT NULL {ordered}"
            ),
            reasons=self._all(
                "SELECT r.code, count(*) "
                f"{shown.format('JOIN reasons r ON r.view = v.id')} {ordered}"
            ),
            labels=self._all(
                "SELECT t.name || '=' || t.value, count(*) "
                f"{shown.format('JOIN tags t ON t.endpoint = e.id')} {ordered}"
            ),
            statuses=self._all(f"SELECT v.shown_status, count(*) {shown.format('')} {ordered}"),
        )

    def _documents(self, condition: str, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
        rows = self._all(
            "SELECT v.id FROM views v JOIN endpoints e ON e.id = v.endpoint"
            f" WHERE e.gone_at IS NULL AND v.gone_at IS NULL {condition} ORDER BY e.id, v.id",
            values,
        )
        for (view,) in rows:
            found = self._all("SELECT chain, body FROM documents WHERE view = ?", (view,))
            for chain, body in found:
                yield whole(body, [self._certificate(number) for number in json.loads(chain)])

    def _certificate(self, number: int) -> bytes:
        body: bytes = self._all("SELECT body FROM certificates WHERE id = ?", (number,))[0][0]
        return body

    def _with_labels(self, rows: Sequence[tuple[Any, ...]]) -> list[EndpointRow]:
        endpoints = {row[1] for row in rows}
        labels: dict[int, list[tuple[str, str]]] = {}
        for endpoint, name, value in self._all(
            "SELECT endpoint, name, value FROM tags WHERE endpoint IN"
            " (SELECT value FROM json_each(?)) ORDER BY endpoint, name",
            (json.dumps(list(endpoints)),),
        ):
            labels.setdefault(endpoint, []).append((name, value))
        return [
            EndpointRow(
                key, target, address, face, tuple(labels.get(endpoint, ())), status,
                from_milliseconds(not_before), from_milliseconds(not_after), issuer, subject,
                reason, failure, from_milliseconds(last), _moment(first),
            )
            for key, endpoint, target, address, face, status, not_before, not_after, issuer,
            subject, reason, failure, last, first in rows
        ]  # fmt: skip

    def _all(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _filters(
    search: str, status: str | None, issuer: str | None, reason: str | None, label: str | None
) -> tuple[str, list[Any]]:
    conditions, values = [_SHOWN], []
    if status is not None:
        conditions.append("v.shown_status = ?")
        values.append(status)
    if issuer is not None:
        conditions.append("c.issuer = ?")
        values.append(issuer)
    if reason is not None:
        conditions.append("v.id IN (SELECT view FROM reasons WHERE code = ?)")
        values.append(reason)
    if label is not None:
        name, _, value = label.partition("=")
        conditions.append("e.id IN (SELECT endpoint FROM tags WHERE name = ? AND value = ?)")
        values += [name, value]
    if search:
        escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        searched = ("e.target", "v.address", "v.face", "c.names", "c.subject", "c.issuer")
        either = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in searched)
        conditions.append(f"({either})")
        values += [f"%{escaped}%"] * len(searched)
    return " AND ".join(conditions), values


def _event(row: tuple[Any, ...]) -> Event:
    number, at, kind, target, address, message, before, after, status, tags = row
    labels = tuple((name, value) for name, value in json.loads(tags))
    return Event(
        number,
        _moment(at),
        EventKind(kind),
        target,
        address,
        message,
        before,
        after,
        status,
        labels,
    )


def _moment(number: int) -> datetime:
    moment = from_milliseconds(number)
    assert moment is not None
    return moment


_BY_STATUS = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(WORST_FIRST))
ORDERS = {
    "soonest": "v.not_after IS NULL, v.not_after",
    "latest": "v.not_after DESC",
    "target": "e.target, v.face",
    "status": f"CASE v.shown_status {_BY_STATUS} END, v.not_after IS NULL, v.not_after",
    "failures": "v.failure IS NULL, v.failing_since, v.not_after IS NULL, v.not_after",
    "issuer": "c.issuer IS NULL, c.issuer, v.not_after",
}

# The second visit has no row of its own: its status counts for the usual reading.
_SHOWN = "v.gone_at IS NULL AND e.gone_at IS NULL AND v.kind <> 'enforcement'"
_LEAST_JOINED = "FROM views v JOIN endpoints e ON e.id = v.endpoint"
_JOINED = f"{_LEAST_JOINED} LEFT JOIN certificates c ON c.id = v.certificate"
_ROW = (
    "v.id, e.id, e.target, v.address, v.face, v.shown_status, c.not_before, c.not_after, c.issuer,"
    " c.subject, (SELECT code FROM reasons r WHERE r.view = v.id ORDER BY position LIMIT 1),"
    " v.failure, (SELECT at FROM seen n WHERE n.view = v.id), v.first_seen_at"
)
_WEEK = 7 * 86400 * 1000
