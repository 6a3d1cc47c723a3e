"""Which endpoints one file tells of, out of many; and what it says of those that it leaves out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from halfshake.report.page import wording
from halfshake.report.page.rows import facets_of, ordered, weeks_of
from halfshake.report.page.views import Overview, Wanted
from halfshake.trust.status import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from halfshake.report.page.views import Row


class Selection(NamedTuple):
    """What is shown: the overview, the targets told of in full, and sentences about the rest."""

    overview: Overview
    targets: tuple[str, ...]
    left_out: tuple[str, ...]


def selected(rows: Sequence[Row], now: datetime, most: int) -> Selection:
    """Choose the `most` endpoints that need attention first; every one of them is counted."""
    worst_first = ordered(rows, "status")
    shown = ordered(worst_first[:most], "soonest")
    overview = Overview(
        now, Wanted(limit=most), facets_of(rows), weeks_of(rows, now), len(rows), shown
    )
    targets = tuple(dict.fromkeys(row.target for row in shown))
    return Selection(overview, targets, tuple(_left_out(worst_first[most:], now)))


def _left_out(rows: Sequence[Row], now: datetime) -> list[str]:
    if not rows:
        return []
    counts = Counter(row.status for row in rows)
    which = ", ".join(
        f"{counts[status]:,} {wording.STATUS_WORDS[status]}"
        for status in WORST_FIRST
        if counts[status]
    )
    verb = "endpoint is" if len(rows) == 1 else "endpoints are"
    sentences = [f"{len(rows):,} {verb} counted above, but not listed here: {which}."]
    ends = [row.not_after for row in rows if row.not_after is not None]
    if ends:
        sentences.append(f"The first of their certificates {_dies(min(ends), now)}.")
    return sentences


def _dies(not_after: datetime, now: datetime) -> str:
    verb = "expired" if not_after < now else "expires"
    return f"{verb} {wording.relative(not_after, now)}, on {wording.day(not_after)}"
