"""When certificates begin and end: who is within its dates, and until when nothing changes."""

from __future__ import annotations

import bisect
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def live_first(certificates: Iterable[bytes], now: datetime) -> tuple[bytes, ...]:
    """Certificates in their order, except that those that are valid at `now` come first."""
    return tuple(sorted(certificates, key=lambda der: not dates_hold(der, now)))


def dates_hold(der: bytes, now: datetime) -> bool:
    """Is a certificate within its dates at `now`? Unreadable dates pass: OpenSSL judges them.

    OpenSSL counts the second of notAfter as past.
    """
    not_before, not_after = validity(der)
    if not_before is not None and now < not_before:
        return False
    return not_after is None or now < not_after


def date_boundaries(certificates: Iterable[bytes]) -> set[datetime]:
    """The moments at which one of the certificates becomes valid or expires, for any client.

    To OpenSSL it expires as the second of notAfter begins, to Go and Java one tick of their clocks
    later, and to those that follow RFC 5280 4.1.2.5 when that second ends.
    """
    boundaries: set[datetime] = set()
    for der in certificates:
        not_before, not_after = validity(der)
        if not_before is not None:
            boundaries.add(not_before)
        if not_after is not None:
            boundaries.add(not_after)
            if not_after < _LAST_SECOND:
                boundaries.update(not_after + later for later in _LATER)
    return boundaries


class Period(NamedTuple):
    """From `start` on, up to but without `end`; None is without limit."""

    start: datetime | None
    end: datetime | None

    def includes(self, moment: datetime) -> bool:
        """Is the moment in it."""
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment < self.end
        )

    def within(self, start: datetime, end: datetime) -> Period:
        """The part of it that lies between two moments."""
        return Period(
            start if self.start is None else max(self.start, start),
            end if self.end is None else min(self.end, end),
        )


def unchanged_period(
    certificates: Iterable[bytes], anchor_boundaries: Sequence[datetime], now: datetime
) -> Period:
    """The period around `now` in which none of the certificates, nor an anchor, starts or ends.

    `anchor_boundaries` are the trust store's, in order.
    """
    start: datetime | None = None
    end: datetime | None = None
    own = sorted(date_boundaries(certificates))
    for boundaries in (own, anchor_boundaries):
        at = bisect.bisect_right(boundaries, now)
        if at > 0 and (start is None or boundaries[at - 1] > start):
            start = boundaries[at - 1]
        if at < len(boundaries) and (end is None or boundaries[at] < end):
            end = boundaries[at]
    return Period(start, end)


_LATER = (timedelta(microseconds=1), timedelta(milliseconds=1), timedelta(seconds=1))
_LAST_SECOND = datetime.max.replace(microsecond=0, tzinfo=UTC)
