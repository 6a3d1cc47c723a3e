"""`Workers`: processes on this machine that read shards; those of one that dies are done again."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
from collections import Counter
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.scan.engines.engine import WorkerLost
from halfshake.scan.engines.worker import Told, Want, serve
from halfshake.scan.shards import ShardDone

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.scan.reader import Job
    from halfshake.scan.shards import Shard


class Workers:
    """The engine of several processes; call it within a running loop."""

    def __init__(self, job: Job, count: int, take: Callable[[ShardDone], None]) -> None:
        self._job, self._take = job, take
        self._again: list[Shard] = []
        self._deaths: Counter[int] = Counter()
        self._early_deaths = 0
        self._changed = asyncio.Event()
        self._problem: Exception | None = None
        self._stopped = False
        self._workers = [_Worker(job, self._told, self._lost) for _ in range(count)]

    async def submit(self, shard: Shard) -> None:
        """Take a shard, when there is room for it."""
        while self._again:
            worker = await self._free()
            if self._again:
                await worker.send(self._again.pop())
        await (await self._free()).send(shard)

    async def finish(self, *, stopped: bool) -> None:
        """Wait for everything that was submitted; if `stopped`, begin no further reading."""
        self._stopped = stopped
        if not stopped:
            while self._again or any(worker.shards for worker in self._workers):
                if self._again:
                    worker = await self._free()
                    await worker.send(self._again.pop())
                else:
                    await self._change()
        for worker in self._workers:
            await worker.send(Told.stop if stopped else Told.end)
        while any(worker.is_alive for worker in self._workers):
            await self._change()
        if self._problem is not None:  # nobody was waiting when it came
            raise self._problem

    def close(self) -> None:
        """End the processes at once."""
        self._stopped = True
        for worker in self._workers:
            worker.close()

    async def _free(self) -> _Worker:
        while True:
            free = [worker for worker in self._workers if worker.wants > 0]
            if free:
                return min(free, key=lambda worker: len(worker.shards))
            await self._change()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
        if self._problem is not None:
            raise self._problem

    def _told(self, worker: _Worker, message: object) -> None:
        self._changed.set()
        match message:
            case Want():
                worker.wants += 1
                worker.has_begun, self._early_deaths = True, 0
            case ShardDone():
                worker.shards.pop(message.first)
                try:
                    self._take(message)
                except Exception as error:  # noqa: BLE001 - raised where somebody waits
                    self._problem = error
            case str():
                self._problem = UsageError(message)

    def _lost(self, worker: _Worker) -> None:
        self._changed.set()
        worker.close()
        if self._stopped or self._problem is not None:
            return
        if not worker.shards and worker.is_ended:
            return
        self._early_deaths += not worker.has_begun
        if self._early_deaths >= MOST_DEATHS:
            self._problem = WorkerLost("worker processes end before they begin to read")
            return
        for first, shard in worker.shards.items():
            self._deaths[first] += 1
            if self._deaths[first] >= MOST_DEATHS:
                self._problem = WorkerLost(
                    f"the targets from number {first + 1} on ended {MOST_DEATHS} workers, which "
                    "is a bug in Halfshake, or memory that ran out: see the system's log; the "
                    "others stand, and --resume goes on"
                )
                return
            self._again.append(shard)
        self._workers.remove(worker)
        self._workers.append(_Worker(self._job, self._told, self._lost))


class _Worker:
    """One process; `shards` are those that it has, `wants` how many more it will take."""

    def __init__(
        self,
        job: Job,
        told: Callable[[_Worker, object], None],
        lost: Callable[[_Worker], None],
    ) -> None:
        # A forked process would share the loop's descriptors.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, job), daemon=True)
        self._process.start()
        theirs.close()
        self._told, self._lost = told, lost
        self._sending = threading.Lock()
        self.shards: dict[int, Shard] = {}
        self.wants = 0
        self.is_alive, self.has_begun, self.is_ended = True, False, False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._connection.fileno(), self._hear)

    async def send(self, message: Shard | Told) -> None:
        """Send a shard, or the last word. A worker that is dead is not an error here."""
        if isinstance(message, Told):
            self.is_ended = True
        else:
            self.wants -= 1
            self.shards[message.first] = message
        # It may be writing to us at this moment, and not read before we have read.
        await asyncio.to_thread(self._send, message)

    def close(self) -> None:
        """End it."""
        if self.is_alive:
            self.is_alive = False
            self._loop.remove_reader(self._connection.fileno())
            self._process.kill()
            self._process.join()
            self._connection.close()
        self.wants = 0

    def _send(self, message: Shard | Told) -> None:
        # Who waited for the message before may have given up: it is still on its way.
        with self._sending, contextlib.suppress(OSError, ValueError):  # dead: who hears finds out
            self._connection.send(message)

    def _hear(self) -> None:
        try:
            message = self._connection.recv()
        except (EOFError, OSError):
            self._lost(self)
        else:
            self._told(self, message)


# A shard may be unlucky twice.
MOST_DEATHS = 3
