"""`Dispatcher`: starts what is due, within bounds, and never the same target twice at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halfshake.watch.reader import VisitKind
    from halfshake.watch.schedule.timetable import Entry, Timetable
    from halfshake.watch.settings.watched import Watched


class ReadTarget(Protocol):
    """Reads a target and hands on what came of it; is nobody there?"""

    async def __call__(  # noqa: D102
        self, watched: Watched, kinds: Sequence[VisitKind]
    ) -> bool: ...


class Watcher(Protocol):
    """Is told how the schedule is kept."""

    def started(self, lag_seconds: float) -> None:
        """A target is read now, so much later than it should be."""

    def skipped(self, slots: int) -> None:
        """A target was under way for so long that it missed its next times."""


class Due(NamedTuple):
    """A target that is to be read, and since when."""

    entry: Entry
    kinds: tuple[VisitKind, ...]
    since: float


class Dispatcher:
    """Runs until it is stopped. The two bounds may be changed while it does."""

    def __init__(
        self,
        timetable: Timetable,
        read: ReadTarget,
        watcher: Watcher,
        *,
        concurrency: int,
        per_host: int,
        clock: Callable[[], float],
    ) -> None:
        self.timetable = timetable
        self.concurrency = concurrency
        self.per_host = per_host
        self._read = read
        self._watcher = watcher
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()
        self._hosts: dict[str, int] = {}
        # Those whose host is busy wait here, not in a place that others could use.
        self._parked: dict[str, deque[Due]] = {}
        self._ready: deque[Due] = deque()
        self._wake = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_due = 0.0

    @property
    def running(self) -> int:
        """How many targets are being read."""
        return len(self._running)

    async def run(self) -> None:
        """Start what is due, until cancelled; what is under way goes on."""
        try:
            while True:
                self._wake.clear()
                self._start_due()
                due = self.timetable.next_due()
                if due is not None and len(self._running) < self.concurrency:
                    self._set_alarm(due)
                await self._wake.wait()
        finally:
            if self._alarm is not None:
                self._alarm.cancel()

    def changed(self) -> None:
        """Look again: the timetable or a bound has changed."""
        self._wake.set()

    async def finish(self, timeout_seconds: float) -> None:
        """Wait for what is under way; what takes longer is given up."""
        if self._running:
            await asyncio.wait(self._running, timeout=timeout_seconds)
        left = list(self._running)
        for task in left:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*left, return_exceptions=True)

    def _set_alarm(self, due: float) -> None:
        """Wake up then, at the latest. An alarm that is set already is rarely too late."""
        if self._alarm is not None:
            if self._alarm_due <= due:
                return
            self._alarm.cancel()
        self._alarm_due = due
        within = max(0.0, due - self._clock())
        self._alarm = asyncio.get_running_loop().call_later(within, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._wake.set()

    def _start_due(self) -> None:
        now = self._clock()
        while len(self._running) < self.concurrency:
            if self._ready:
                due = self._ready.popleft()
            else:
                taken = self.timetable.take(now)
                if taken is None:
                    return
                entry, kinds = taken
                due = Due(entry, kinds, entry.due)
            host = due.entry.watched.target.host
            if due.entry.gone:
                continue
            visits = self._hosts.get(host, 0)
            if visits >= self.per_host:
                self._parked.setdefault(host, deque()).append(due)
                continue
            self._hosts[host] = visits + 1
            self._watcher.started(now - due.since)
            task = asyncio.create_task(self._one(due, host))
            self._running.add(task)
            task.add_done_callback(self._ended)

    async def _one(self, due: Due, host: str) -> None:
        dead = False
        try:
            dead = await self._read(due.entry.watched, due.kinds)
        finally:
            skipped = self.timetable.put_back(due.entry, due.kinds, self._clock(), dead=dead)
            if skipped:
                self._watcher.skipped(skipped)
            self._leave(host)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    def _leave(self, host: str) -> None:
        visits = self._hosts[host] - 1
        if visits:
            self._hosts[host] = visits
        else:
            del self._hosts[host]
        parked = self._parked.get(host)
        if parked:
            self._ready.append(parked.popleft())
            if not parked:
                del self._parked[host]
