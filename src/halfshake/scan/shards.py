"""`Shard`: consecutive entries of the input, the unit of work; and which of them are done.

A shard is read whole or not at all; its place in the input is its identity. So an engine may do one
again as often as it likes.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from halfshake.scan.sources.entries import Entry


class Shard(NamedTuple):
    """Entries of the input, from the one with the number `first` on."""

    first: int
    entries: tuple[Entry, ...]


class Stream(Protocol):
    """Where entries come from; always the same ones."""

    def entries(self, on_wait: Callable[[], None]) -> AsyncIterator[Entry]:
        """Yield them; call `on_wait` before a pipe is waited for."""


class ShardDone(NamedTuple):
    """What became of a shard, or of its first `size` entries if the scan was stopped.

    `check` is a sum over these entries (`checksum`); `data` are the results as they stand in the
    output, `lines` of them; `tally` is `Tally.saved()`.
    """

    first: int
    size: int
    check: int
    data: bytes
    lines: int
    tally: dict[str, Any]


def checksum(entry: Entry) -> int:
    """A number for an entry; those of several are added up."""
    return zlib.crc32(f"{entry.text}\t{entry.server_name or ''}".encode("utf-8", "replace"))


class Span(NamedTuple):
    """Consecutive entries that are done: from `first` to the one before `end`."""

    first: int
    end: int
    check: int


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same in order, as few as there can be. Raises ValueError if two of them overlap."""
    found: list[Span] = []
    for span in sorted(spans):
        if not found or found[-1].end < span.first:
            found.append(span)
        elif found[-1].end == span.first:
            found[-1] = Span(found[-1].first, span.end, found[-1].check + span.check)
        else:
            raise ValueError(f"the entry {span.first} is there twice")
    return found


class Shards:
    """Cuts a stream into shards of at most `size`, and leaves out what is `done`.

    A shard is not kept back while its input waits: a pipe may give a line an hour.
    """

    def __init__(self, stream: Stream, done: list[Span], *, size: int) -> None:
        self._stream, self._size = stream, size
        self._done = deque(done)
        self._ready: asyncio.Queue[Shard | None] = asyncio.Queue()
        self._first = 0
        self._gathered: list[Entry] = []
        self._room = asyncio.Event()
        self.seen = 0

    async def __aiter__(self) -> AsyncIterator[Shard]:
        """Yield shard after shard. Raises UsageError if what is done does not fit to the input."""
        cutting = asyncio.create_task(self._cut())
        try:
            while (shard := await self._ready.get()) is not None:
                self._room.set()
                yield shard
            await cutting
        finally:
            cutting.cancel()

    async def _cut(self) -> None:
        check = 0
        try:
            async for entry in self._stream.entries(self._flush):
                number, self.seen = self.seen, self.seen + 1
                if not self._done or number < self._done[0].first:
                    if not self._gathered:
                        self._first = number
                    self._gathered.append(entry)
                    if len(self._gathered) >= self._size:
                        await self._flush_and_wait()
                    continue
                check += checksum(entry)
                if number + 1 == self._done[0].end:
                    self._flush()
                    span = self._done.popleft()
                    if check != span.check:
                        raise _other_input(span.first)
                    check = 0
            if self._done:
                raise _other_input(self.seen)
            self._flush()
        finally:
            self._ready.put_nowait(None)

    def _flush(self) -> None:
        if self._gathered:
            self._ready.put_nowait(Shard(self._first, tuple(self._gathered)))
            self._gathered = []

    async def _flush_and_wait(self) -> None:
        self._flush()
        while self._ready.qsize() >= AHEAD:
            self._room.clear()
            await self._room.wait()


def _other_input(number: int) -> UsageError:
    return UsageError(
        f"the input is not the one that this scan began with: target {number + 1} has changed; "
        "scan it into another output, or without --resume"
    )


# Shards that are cut before somebody wants them.
AHEAD = 2
