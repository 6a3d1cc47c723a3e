"""Moments as the tables have them: whole milliseconds since 1970, UTC; NULL for none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def to_milliseconds(moment: datetime | None) -> int | None:
    """From a datetime (aware)."""
    return None if moment is None else (moment - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(number: int | None) -> datetime | None:
    """To a datetime (aware, UTC)."""
    return None if number is None else EPOCH + timedelta(milliseconds=number)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
