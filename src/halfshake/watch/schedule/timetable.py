"""`Timetable`: which target is due when. Pure: the time is passed in, nothing is read here.

Each kind of visit of a target has a grid of its own: every `interval`, at an offset by the hash of
the target's labels. So 100,000 targets never fire at once, a restart changes no one's time, and a
slot that was missed is left out instead of made up for. Times are of a clock that never jumps and
stands still while the machine sleeps: after a night in suspend the schedule goes on where it was.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from halfshake.watch.reader import VisitKind
    from halfshake.watch.settings.watched import Watched


class Entry:
    """One target's place in the timetable.

    `dues` are the times of its next visits, in the order of its intervals, `due` is the first of
    them; a target under way is not in the heap, so that it never overlaps with itself. `share` is
    where in an interval its slots are. `dead` counts how often in a row nobody was there.
    """

    __slots__ = ("dead", "due", "dues", "gone", "running", "share", "watched")

    def __init__(self, watched: Watched, dues: list[float], share: float) -> None:
        self.watched = watched
        self.dues = dues
        self.due = math.inf
        self.share = share
        self.dead = 0
        self.running = False
        self.gone = False


class Timetable:
    """Every target, in the order in which they are due."""

    def __init__(self, *, max_backoff_seconds: float) -> None:
        self.max_backoff_seconds = max_backoff_seconds
        self._entries: dict[str, Entry] = {}
        self._heap: list[tuple[float, int, Entry]] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self._entries)

    def replace(self, watched: Iterable[Watched], now: float) -> list[Watched]:
        """Watch these from now on; gives those that are watched no longer.

        A target that stays keeps its times, also while it is under way.
        """
        wanted = {each.labels: each for each in watched}
        vanished = [label for label in self._entries if label not in wanted]
        gone = []
        for labels in vanished:
            entry = self._entries.pop(labels)
            entry.gone = True
            gone.append(entry.watched)
        new = [labels for labels in wanted if labels not in self._entries]
        for labels, each in wanted.items():
            entry_or_none = self._entries.get(labels)
            if entry_or_none is not None:
                self._keep(entry_or_none, each, now)
        for labels in new:
            each = wanted[labels]
            # A few targets are read at once after the start; many take one interval for it.
            within = len(new) / FIRST_READINGS_A_SECOND
            share = share_of(labels)
            intervals = each.settings.intervals.values()
            dues = [now + share * min(interval, within) for interval in intervals]
            entry = self._entries[labels] = Entry(each, dues, share)
            self._push(entry)
        return gone

    def _keep(self, entry: Entry, watched: Watched, now: float) -> None:
        before, after = entry.watched.settings.intervals, watched.settings.intervals
        entry.watched = watched
        if before == after:
            return
        dues = dict(zip(before, entry.dues, strict=True))
        entry.dues = [
            dues[kind] if before.get(kind) == interval else _slot(entry.share, interval, now)
            for kind, interval in after.items()
        ]
        if not entry.running:
            self._push(entry)

    def has(self, labels: str) -> bool:
        """Is this target still watched."""
        return labels in self._entries

    def wants(self, labels: str, kind: VisitKind) -> bool:
        """Is this kind of visit still made to this target."""
        entry = self._entries.get(labels)
        return entry is not None and kind in entry.watched.settings.intervals

    def next_due(self) -> float | None:
        """When the next visit is due; None for an empty timetable."""
        while self._heap:
            due, _, entry = self._heap[0]
            if not _is_stale(due, entry):
                return due
            heapq.heappop(self._heap)
        return None

    def take(self, now: float) -> tuple[Entry, tuple[VisitKind, ...]] | None:
        """Take the target that has been due for longest, with the visits that are due."""
        due = self.next_due()
        if due is None or due > now:
            return None
        entry = heapq.heappop(self._heap)[2]
        entry.running = True
        dues = zip(entry.watched.settings.intervals, entry.dues, strict=True)
        return entry, tuple([kind for kind, when in dues if when <= now])

    def put_back(
        self, entry: Entry, kinds: Collection[VisitKind], now: float, *, dead: bool
    ) -> int:
        """Say when these visits are due again; gives how many slots were missed.

        After some readings in which nobody was there the time between two of them doubles.
        """
        entry.running = False
        entry.dead = entry.dead + 1 if dead else 0
        skipped = 0
        # Of a kind that a new configuration does not ask for any more there is no interval.
        for place, (kind, interval) in enumerate(entry.watched.settings.intervals.items()):
            if kind not in kinds:
                continue
            before = entry.dues[place]
            slot = _slot(entry.share, interval, now)
            skipped += max(0, math.floor((slot - before) / interval + SLACK) - 1)
            pause = self._backoff(entry.dead, interval)
            if pause > interval:
                slot = _slot(entry.share, interval, now + pause - interval)
            entry.dues[place] = slot
        if not entry.gone:
            self._push(entry)
        return skipped

    def _backoff(self, dead: int, interval: float) -> float:
        doublings = max(0, dead - PATIENCE)
        longest = max(interval, self.max_backoff_seconds)
        return min(longest, interval * 2.0 ** min(doublings, 30))

    def _push(self, entry: Entry) -> None:
        self._number += 1
        entry.due = min(entry.dues)
        heapq.heappush(self._heap, (entry.due, self._number, entry))


def next_slot(labels: str, interval: float, after: float) -> float:
    """The next time of a target's own grid, later than `after`."""
    return _slot(share_of(labels), interval, after)


def _slot(share: float, interval: float, after: float) -> float:
    offset = share * interval
    return (math.floor((after - offset) / interval) + 1) * interval + offset


def _is_stale(due: float, entry: Entry) -> bool:
    return entry.gone or entry.running or due != entry.due


def share_of(labels: str) -> float:
    """Between 0 and 1, the same for the same labels in every run."""
    digest = hashlib.blake2b(labels.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


# After a start, before everyone has found the grid.
FIRST_READINGS_A_SECOND = 100

# One lost packet or one restart is no dead host.
PATIENCE = 2

# Of floating point: two slots an interval apart may be told a hair less.
SLACK = 1e-6
