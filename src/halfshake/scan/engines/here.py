"""`Here`: reads shards in this process; one window of readings moves over all of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halfshake.reading.many import read_each
from halfshake.reading.window import raised_window
from halfshake.scan.shards import ShardDone, checksum
from halfshake.scan.summary.tally import Tally

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from halfshake.scan.reader import Answer, Job, Reader
    from halfshake.scan.shards import Shard
    from halfshake.scan.sources.entries import Entry


class Here:
    """The engine of one process; call it within a running loop. Raises UsageError."""

    def __init__(self, job: Job, take: Callable[[ShardDone], None]) -> None:
        self._reader = job.open()
        self._take = take
        self._window = raised_window(job.window)
        self._submitted: asyncio.Queue[Shard | None] = asyncio.Queue(maxsize=1)
        self._stopped = asyncio.Event()
        self._open = 0
        self._closed = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def submit(self, shard: Shard) -> None:
        """Take a shard, when there is room for it."""
        putting = asyncio.ensure_future(self._submitted.put(shard))
        try:
            await asyncio.wait([putting, self._task], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not putting.done():
                putting.cancel()
        if self._task.done():
            self._task.result()

    async def finish(self, *, stopped: bool) -> None:
        """Wait for everything that was submitted; if `stopped`, begin no further reading."""
        if stopped:
            self._stopped.set()
            self._closed.set()
        # A queue that is full has the shard that comes first; nobody waits for it if stopped.
        while not self._task.done():
            try:
                self._submitted.put_nowait(None)
                break
            except asyncio.QueueFull:
                await asyncio.sleep(POLL_SECONDS)
        await asyncio.wait([self._task])  # who gives up waiting does not end the readings
        self._task.result()

    def close(self) -> None:
        """Let go of everything, at once."""
        self._task.cancel()

    async def _run(self) -> None:
        await read_each(self._entries(), self._read, self._taken, window=self._window)

    async def _entries(self) -> AsyncIterator[tuple[_Open, Entry]]:
        while (shard := await self._submitted.get()) is not None and not self._stopped.is_set():
            # The results of a shard are kept until its last entry is read: a slow one in each of
            # many shards must not keep all their results.
            while self._open > MOST_OPEN_ENTRIES + self._window and not self._stopped.is_set():
                self._closed.clear()
                await self._closed.wait()
            this = _Open(shard, Tally(datetime.now(UTC)))
            self._open += this.size
            for entry in shard.entries:
                if self._stopped.is_set():
                    break
                this.begun += 1
                this.check += checksum(entry)
                yield this, entry
            this.is_begun = True
            self._end(this)

    async def _read(self, wanted: tuple[_Open, Entry]) -> tuple[_Open, Answer]:
        this, entry = wanted
        return this, await self._reader.read(entry)

    def _taken(self, result: tuple[_Open, Answer]) -> None:
        this, answer = result
        this.read += 1
        if answer.line:
            this.lines.append(answer.line)
        this.tally.add(answer.seen)
        self._end(this)

    def _end(self, this: _Open) -> None:
        """Hand a shard on if its last entry is read."""
        if not this.is_begun or this.read < this.begun:
            return
        self._open -= this.size
        self._closed.set()
        if this.begun:
            self._take(this.done(self._reader))


class _Open:
    """A shard that is being read."""

    def __init__(self, shard: Shard, tally: Tally) -> None:
        self.first, self.size, self.tally = shard.first, len(shard.entries), tally
        self.begun, self.read, self.check = 0, 0, 0
        self.is_begun = False
        self.lines: list[str] = []

    def done(self, reader: Reader) -> ShardDone:
        """What became of it."""
        return ShardDone(
            self.first,
            self.begun,
            self.check,
            reader.encode(self.lines),
            len(self.lines),
            self.tally.saved(),
        )


# Some 12 MB of results that wait for the others of their shards.
MOST_OPEN_ENTRIES = 4096
POLL_SECONDS = 0.05
