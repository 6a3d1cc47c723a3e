"""Many targets at once: a bounded window moves over a stream of targets of any length.

Nothing is kept once a target's result is taken, so a run over a million targets needs no more
memory than one over a thousand.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable

Result = TypeVar("Result")
Wanted = TypeVar("Wanted")


async def read_each(
    targets: AsyncIterator[Wanted],
    read: Callable[[Wanted], Awaitable[Result]],
    take: Callable[[Result], None],
    *,
    window: int,
) -> None:
    """Read every target, at most `window` at the same time; `take` each result as it comes.

    The next target is asked for only when there is room for it. If `take` raises, the whole run
    ends, including running readings, and the exception is raised here.
    """
    room = asyncio.Semaphore(window)

    async def one(target: Wanted) -> None:
        try:
            take(await read(target))
        finally:
            room.release()

    try:
        async with asyncio.TaskGroup() as readings:
            async for target in targets:
                await room.acquire()
                readings.create_task(one(target))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def side_by_side(readings: Iterable[Coroutine[None, None, None]]) -> None:
    """Run all to their end; an exception in one ends the others, and is raised here."""
    try:
        async with asyncio.TaskGroup() as group:
            for reading in readings:
                group.create_task(reading)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


class Courtesy:
    """Limits the connections to one host, whatever else is going on."""

    def __init__(self, at_once: int = 2) -> None:
        self._at_once = at_once
        self._rooms: dict[str, asyncio.Semaphore] = {}
        self._guests: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """Wait for a free connection to this host, and hold it."""
        room = self._rooms.setdefault(host, asyncio.Semaphore(self._at_once))
        self._guests[host] += 1
        try:
            async with room:
                yield
        finally:
            self._guests[host] -= 1
            if not self._guests[host]:  # a run over a million hosts leaves none behind
                del self._guests[host], self._rooms[host]
