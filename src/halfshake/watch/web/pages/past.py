"""`PastSource`: the monitor's history as a `Source`, in the views that a page is made of."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from halfshake.history.database import HistoryUnusable
from halfshake.history.queries import Past
from halfshake.report.page.views import Facets, Row, Week, Weeks
from halfshake.watch.web.pages.source import Rows, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from halfshake.event import Event
    from halfshake.history.rows import EndpointRow
    from halfshake.report.page.views import Wanted
    from halfshake.report.span_line import Span


class PastSource:
    """Asks the history.

    `address` says where it is now, None where none is kept: it moves when a disk is full.
    `thresholds` says of a target, a notBefore and a notAfter when a warning is due, and when it is
    critical.
    """

    def __init__(
        self,
        address: Callable[[], str | None],
        thresholds: Callable[[str, datetime, datetime], tuple[datetime, datetime] | None],
    ) -> None:
        self._address = address
        self._thresholds = thresholds
        self._opened: tuple[str, Past] | None = None
        self._opening = threading.Lock()

    def rows(self, wanted: Wanted) -> Rows:
        """The rows that a reader wants."""
        with self._past() as past:
            page = past.endpoints(
                search=wanted.search,
                status=wanted.status or None,
                issuer=wanted.issuer or None,
                reason=wanted.reason or None,
                label=wanted.label or None,
                order=wanted.order,
                offset=wanted.offset,
                limit=wanted.limit,
            )
        return Rows(page.total, [self._row(row) for row in page.rows])

    def facets(self) -> Facets:
        """What the rows can be filtered by."""
        with self._past() as past:
            found = past.facets()
        return Facets(
            dict(found.statuses), dict(found.issuers), dict(found.reasons), dict(found.labels)
        )

    def weeks(self, now: datetime, weeks: int = 26) -> Weeks:
        """The expiries of the coming weeks; what has expired already is counted apart."""
        with self._past() as past:
            counted = past.weeks(now, weeks)
            monday = counted[0][0]
            expired, before_monday = past.expired(now), past.expired(monday)
        counts = [Week(begins, count) for begins, count in counted]
        gone = expired - before_monday
        counts[0] = counts[0]._replace(expiring=max(0, counts[0].expiring - gone))
        return Weeks(expired, tuple(counts))

    def documents(self, target: str) -> Iterable[dict[str, Any]]:
        """The last result documents of a target."""
        with self._past() as past:
            return past.endpoint(target)

    def spans(self, target: str) -> Sequence[Span]:
        """Which certificate a target has shown when."""
        with self._past() as past:
            return past.spans(target)

    def events(self, **wanted: Any) -> Sequence[Event]:
        """What changed."""
        with self._past() as past:
            return past.events(**wanted)

    def _row(self, row: EndpointRow) -> Row:
        bands = None
        if row.not_before is not None and row.not_after is not None:
            bands = self._thresholds(row.target, row.not_before, row.not_after)
        warning_at, critical_at = bands or (None, None)
        return Row(
            row.target, row.address, row.face, row.labels, row.status, row.not_before,
            row.not_after, row.issuer, row.subject, row.reason, row.last_seen_at, warning_at,
            critical_at,
        )  # fmt: skip

    @contextlib.contextmanager
    def _past(self) -> Iterator[Past]:
        """The history, open; one that has moved is opened anew. Raises Unavailable."""
        address = self._address()
        if address is None:
            raise Unavailable("the monitor keeps no history: set history.enabled to true")
        try:
            with self._opening:
                if self._opened is None or self._opened[0] != address:
                    # Another thread may still read the one before: it is closed with its last user.
                    self._opened = address, Past(address)
                past = self._opened[1]
            yield past
        except (HistoryUnusable, sqlite3.Error) as error:
            raise Unavailable(f"the history cannot be read now: {error}") from error
