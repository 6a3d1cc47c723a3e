"""`Tally`: what a scan adds up to. Tallies of shards are merged, so they come from anywhere.

Nothing here grows with the number of targets: where there could be any number of different things,
the most frequent are kept, and the rest is counted together.
"""

from __future__ import annotations

import bisect
import functools
import heapq
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from halfshake.scan.reader import Seen


class Tally:
    """Counts results. `at` is the time of the scan: weeks are counted from there."""

    def __init__(self, at: datetime) -> None:
        self._at = at.timestamp()
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
        self.soonest: list[tuple[int, str, str]] = []
        self.stopped: list[str] = []
        self.asking: list[str] = []

    def add(self, seen: Seen) -> None:
        """Count one entry."""
        counts = self.counts
        counts["outcomes"][seen.outcome.value] += 1
        if seen.status:
            counts["statuses"][seen.status] += 1
        if seen.reason:
            counts["reasons"][seen.reason] += 1
        if seen.issuer:
            counts["issuers"][seen.issuer] += 1
        for code in seen.findings:
            counts["findings"][code] += 1
        if seen.version:
            self._add_asking(seen)
        if seen.not_after is not None:
            counts["weeks"][self._week(seen.not_after)] += 1
            if seen.not_after >= self._at:
                self._note_soonest((seen.not_after, seen.target, seen.subject))

    def _add_asking(self, seen: Seen) -> None:
        asking = self.counts["client_auth"]
        self.counts["versions"][seen.version] += 1
        asking[_ASKS[seen.requested]] += 1
        if seen.requested and len(self.asking) < MOST_NAMED:
            self.asking.append(seen.target)
        if seen.stopped:
            asking["stopped"] += 1
            if len(self.stopped) < MOST_NAMED:
                self.stopped.append(seen.target)

    def merge(self, saved: dict[str, Any]) -> None:
        """Add another tally, as `saved()` gave it."""
        for name, counted in saved["counts"].items():
            self.counts[name].update(counted)
            self._trim(name)
        for moment, target, subject in saved["soonest"]:
            self._note_soonest((moment, target, subject))
        self.stopped = [*self.stopped, *saved["stopped"]][:MOST_NAMED]
        self.asking = [*self.asking, *saved["asking"]][:MOST_NAMED]

    def saved(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "counts": {name: dict(counted) for name, counted in self.counts.items() if counted},
            "soonest": self.soonest,
            "stopped": self.stopped,
            "asking": self.asking,
        }

    def _note_soonest(self, leaf: tuple[int, str, str]) -> None:
        if len(self.soonest) == MOST_NAMED:
            if leaf >= self.soonest[-1]:
                return
            self.soonest.pop()
        bisect.insort(self.soonest, leaf)

    def _trim(self, name: str) -> None:
        counted = self.counts[name]
        if len(counted) <= MOST_KINDS:
            return
        kept = dict(heapq.nlargest(MOST_KINDS // 2, counted.items(), key=lambda item: item[1]))
        rest = counted.total() - sum(kept.values())
        self.counts[name] = Counter(kept)
        self.counts[name][OTHERS] += rest

    def _week(self, moment: int) -> str:
        """The Monday of the week in which it ends; one word for what is past or far away."""
        left = moment - self._at
        if left < 0:
            return EXPIRED
        if left > WEEKS_COUNTED * WEEK_SECONDS:
            return LATER
        return _monday((moment - FIRST_MONDAY) // WEEK_SECONDS)


@functools.lru_cache(maxsize=1024)
def _monday(week: int) -> str:
    return datetime.fromtimestamp(FIRST_MONDAY + week * WEEK_SECONDS, UTC).date().isoformat()


COUNTED = (
    "outcomes",
    "statuses",
    "reasons",
    "versions",
    "issuers",
    "findings",
    "client_auth",
    "weeks",
)

EXPIRED, LATER, OTHERS = "expired", "later", "others"
WEEKS_COUNTED = 104
WEEK_SECONDS = 7 * 86400
FIRST_MONDAY = 4 * 86400  # 1970-01-05, in seconds since 1970

_ASKS = {True: "yes", False: "no", None: "unknown"}

# Issuers are chosen by servers: a farm of self-signed certificates has as many as servers.
MOST_KINDS = 2000
MOST_NAMED = 20
