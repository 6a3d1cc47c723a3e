"""`Bar`: one certificate from notBefore to notAfter, with the bands in which it needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.trust.policy import Policy

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.report.page.drawing.axis import Axis


class Band(NamedTuple):
    """A stretch of a bar, in percent of the width.

    `kind` is "past" for what is over, "good", "warning" or "critical" for what is left, and "gone"
    for the time since a certificate has expired.
    """

    kind: str
    x: float
    width: float


class Bar(NamedTuple):
    """The bands from left to right; `ends_x` is None where the end is not in the picture."""

    bands: tuple[Band, ...]
    begins_before: bool
    ends_x: float | None


def bar(
    axis: Axis,
    not_before: datetime | None,
    not_after: datetime | None,
    warning_at: datetime | None = None,
    critical_at: datetime | None = None,
) -> Bar | None:
    """Place a certificate on the axis; None where its dates are not known.

    Without thresholds of their own the bands are those of the default policy.
    """
    if not_before is None or not_after is None or not_after < not_before:
        return None
    lifetime, usual = not_after - not_before, Policy()
    if warning_at is None:
        warning_at = not_after - usual.warning_left(lifetime)
    if critical_at is None:
        critical_at = not_after - usual.critical_left(lifetime)
    critical_at = min(max(critical_at, not_before), not_after)
    warning_at = min(max(warning_at, not_before), critical_at)
    turns = (
        ("good", not_before, warning_at),
        ("warning", warning_at, critical_at),
        ("critical", critical_at, not_after),
    )
    bands = [_band(axis, "past", not_before, min(not_after, axis.now))]
    bands += [_band(axis, kind, max(begins, axis.now), ends) for kind, begins, ends in turns]
    bands.append(_band(axis, "gone", not_after, axis.now))
    return Bar(
        tuple(band for band in bands if band.width > 0),
        not_before < axis.begins,
        axis.x(not_after) if axis.begins <= not_after <= axis.ends else None,
    )


def _band(axis: Axis, kind: str, begins: datetime, ends: datetime) -> Band:
    x = axis.x(begins)
    return Band(kind, x, round(axis.x(ends) - x, 2))
