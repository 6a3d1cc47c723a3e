"""`Strip`: how many certificates expire week after week, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from halfshake.report.page.views import Weeks


class Column(NamedTuple):
    """One column: `x` and `width` in percent, `height` in pixels; `month` where one begins."""

    x: float
    width: float
    middle: float
    height: float
    expiring: int
    label: str
    month: str
    kind: str


def strip(weeks: Weeks) -> tuple[Column, ...]:
    """Draw the expired ones at the left, a gap, and then the weeks."""
    counts = [week.expiring for week in weeks.weeks]
    highest = max([weeks.expired, *counts, 1])
    slot = 100 / (len(counts) + 1.5)

    def column(place: float, count: int, label: str, month: str, kind: str) -> Column:
        # What is there shows, however high the others are.
        height = max(MOST_HEIGHT * count / highest, 2.0) if count else 0.0
        x, width = place * slot + slot * 0.1, slot * 0.8
        middle = round(x + width / 2, 2)
        return Column(
            round(x, 2), round(width, 2), middle, round(height, 1), count, label, month, kind
        )

    columns = [column(0, weeks.expired, "expired already", "past" if weeks.expired else "", "gone")]
    months = [week.begins_at.strftime("%b") for week in weeks.weeks]
    for number, week in enumerate(weeks.weeks):
        label = f"week of {week.begins_at.day} {week.begins_at.strftime('%b %Y')}"
        begins = number == 0 or months[number - 1] != months[number]
        # A month that has room for its name, before the next one begins.
        has_room = len(set(months[number : number + LEAST_WEEKS])) == 1
        shown = months[number] if begins and has_room else ""
        columns.append(column(number + 1.5, week.expiring, label, shown, "week"))
    return tuple(columns)


MOST_HEIGHT = 64.0
LEAST_WEEKS = 3
