"""`Axis`: a stretch of time from the left edge of a picture to its right edge."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Tick(NamedTuple):
    """A mark on the axis: where, in percent of the width, and what it says."""

    x: float
    label: str


class Axis(NamedTuple):
    """From `begins` to `ends`; `now` is where today's line stands."""

    begins: datetime
    ends: datetime
    now: datetime

    def x(self, moment: datetime) -> float:
        """Where a moment stands, in percent of the width; a moment outside stands at the edge."""
        share = (moment - self.begins) / (self.ends - self.begins)
        return round(100 * min(1.0, max(0.0, share)), 2)

    @property
    def today(self) -> float:
        """Where today's line stands."""
        return self.x(self.now)

    def ticks(self, most: int = 8) -> tuple[Tick, ...]:
        """Round dates, at most so many, and none at the edges, where a label has no room."""
        for step in _STEPS:
            dates = list(step.dates(self.begins, self.ends))
            if len(dates) <= most:
                break
        ticks = (Tick(self.x(date), date.strftime(step.format)) for date in dates)
        return tuple(tick for tick in ticks if 3 < tick.x < 95)


def axis_of_expiries(
    moments: Iterable[datetime | None], now: datetime, most: timedelta, share: float = 1.0
) -> Axis:
    """An axis on which the next expiries can be told apart: some past, and the future up to `most`.

    At least this share of the moments is on it. What lasts longer goes over the right edge: one of
    a year would squeeze all that end this week.
    """
    known = sorted(moment for moment in moments if moment is not None)
    latest = known[max(0, math.ceil(len(known) * share) - 1)] if known else now
    ahead = min(max(latest - now, LEAST_AHEAD), most) * 1.04
    return Axis(now - ahead * 0.3, now + ahead, now)


def axis_of_past(moments: Iterable[datetime], now: datetime) -> Axis:
    """An axis from the earliest moment to now, with a little room on both sides."""
    earliest = min(moments, default=now)
    whole = max(now - earliest, timedelta(hours=1))
    return Axis(now - whole * 1.03, now + whole * 0.03, now)


class _Step(NamedTuple):
    months: int
    days: int
    hours: int
    format: str

    def dates(self, begins: datetime, ends: datetime) -> Iterator[datetime]:
        """Every round date of this step between the two; stops where there are far too many."""
        date = begins.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.months:
            first = (date.month - 1) // self.months * self.months + 1 if self.months < 12 else 1
            date = date.replace(day=1, month=first)
        count = 0
        while date <= ends and count < MANY:
            if date >= begins:
                yield date
                count += 1
            date = self._next(date)

    def _next(self, date: datetime) -> datetime:
        if not self.months:
            return date + timedelta(days=self.days, hours=self.hours)
        month = date.month - 1 + self.months
        return date.replace(year=date.year + month // 12, month=month % 12 + 1)


LEAST_AHEAD = timedelta(days=14)
# No picture has room for as many dates.
MANY = 40
_STEPS = (
    _Step(0, 0, 1, "%H:%M"),
    _Step(0, 0, 6, "%-d %b %H:%M"),
    _Step(0, 1, 0, "%-d %b"),
    _Step(0, 7, 0, "%-d %b"),
    _Step(0, 14, 0, "%-d %b"),
    _Step(1, 0, 0, "%b %Y"),
    _Step(3, 0, 0, "%b %Y"),
    _Step(6, 0, 0, "%b %Y"),
    _Step(12, 0, 0, "%Y"),
    _Step(60, 0, 0, "%Y"),
)
