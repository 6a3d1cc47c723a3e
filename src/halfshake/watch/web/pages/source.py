"""`Source`: what the pages ask of whoever keeps the past, in the views that a page is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from halfshake.event import Event
    from halfshake.report.page.views import Facets, Row, Wanted, Weeks
    from halfshake.report.span_line import Span


class Unavailable(Exception):
    """Nothing can be asked now; the text says why."""


class Rows(NamedTuple):
    """Some rows, and how many there are in all."""

    total: int
    rows: Sequence[Row]


class Source(Protocol):
    """Answers from one moment each. Its methods may block, and are called in threads."""

    def rows(self, wanted: Wanted) -> Rows:
        """The rows that a reader wants."""

    def facets(self) -> Facets:
        """What the rows can be filtered by."""

    def weeks(self, now: datetime, weeks: int = 26) -> Weeks:
        """The expiries of the coming weeks."""

    def documents(self, target: str) -> Iterable[dict[str, Any]]:
        """The last result documents of a target."""

    def spans(self, target: str) -> Sequence[Span]:
        """Which certificate a target has shown when."""

    def events(
        self,
        *,
        target: str | None = None,
        since: datetime | None = None,
        kinds: Sequence[str] = (),
        after_number: int = 0,
        limit: int = 1000,
    ) -> Sequence[Event]:
        """What changed, in the order of the numbers; of too many the latest.

        With `after_number` those that follow it.
        """
