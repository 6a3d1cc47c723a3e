"""Quiet hours: when a service is to be left alone, by the clocks of a time zone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo


class QuietWindow(NamedTuple):
    """One window. `end` is on the next day where it is not after `begin`; None is midnight.

    `days` are those on which the window begins: 0 is Monday.
    """

    time_zone: ZoneInfo
    begin: time
    end: time | None
    days: frozenset[int]

    def end_around(self, moment: datetime) -> datetime | None:
        """When the quiet ends that holds at this moment; None where it does not hold."""
        local_day = moment.astimezone(self.time_zone).date()
        for day in (local_day - timedelta(days=1), local_day):
            if day.weekday() not in self.days:
                continue
            over_night = self.end is None or self.end <= self.begin
            last_day = day + timedelta(days=1) if over_night else day
            begin = datetime.combine(day, self.begin, self.time_zone).astimezone(UTC)
            end = datetime.combine(last_day, self.end or time(), self.time_zone).astimezone(UTC)
            if begin <= moment < end:
                return end
        return None


def quiet_until(windows: Sequence[QuietWindow], moment: datetime) -> datetime | None:
    """When the quiet ends that holds at this moment, over windows that follow one another.

    None where it is not quiet. Raises NoEnd where it would be quiet for more than MAX_DAYS.
    """
    until: datetime | None = None
    at = moment
    while True:
        end = max((e for w in windows if (e := w.end_around(at)) is not None), default=None)
        if end is None:
            return until
        until = at = end
        if at - moment > timedelta(days=MAX_DAYS):
            raise NoEnd


class NoEnd(ValueError):
    """These quiet hours leave no time in which anything could be sent."""


MAX_DAYS = 14
"""More than the longest holiday that a week's pattern can give: seven days."""
