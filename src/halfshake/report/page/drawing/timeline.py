"""`Timeline`: which certificate was seen when, at each address or face, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.report.page.drawing.axis import axis_of_past
from halfshake.report.page.views import place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from halfshake.event import Event
    from halfshake.report.page.drawing.axis import Axis
    from halfshake.report.span_line import Span


class Seen(NamedTuple):
    """One certificate's stretch; `shade` is 0 to 3, and the same for the same certificate."""

    x: float
    width: float
    shade: int
    label: str


class Lane(NamedTuple):
    """One address or face, and what was seen there."""

    name: str
    seen: tuple[Seen, ...]


class Mark(NamedTuple):
    """An event on the axis."""

    x: float
    kind: str


class Timeline(NamedTuple):
    """The lanes from the top, and the events below them."""

    axis: Axis
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]


def timeline(spans: Sequence[Span], events: Sequence[Event], now: datetime) -> Timeline | None:
    """Place what is known; None where there is nothing to see."""
    if not spans:
        return None
    first = min(span.first_seen_at for span in spans)
    axis = axis_of_past([first], now)
    shades: dict[str, int] = {}
    for span in sorted(spans, key=lambda each: each.first_seen_at):
        shades.setdefault(span.sha256, len(shades) % SHADES)
    lanes: dict[str, list[Seen]] = {}
    for span in sorted(spans, key=lambda each: (each.address or "", each.face, each.first_seen_at)):
        name = place(span.address, span.face)
        x = axis.x(span.first_seen_at)
        width = max(round(axis.x(span.last_seen_at) - x, 2), LEAST_WIDTH)
        lane = lanes.setdefault(name, [])
        lane.append(Seen(x, width, shades[span.sha256], span.sha256[:8]))
    marks = tuple(Mark(axis.x(event.at), event.kind.value) for event in events if event.at >= first)
    return Timeline(axis, tuple(Lane(name, tuple(seen)) for name, seen in lanes.items()), marks)


SHADES = 4
LEAST_WIDTH = 0.4
