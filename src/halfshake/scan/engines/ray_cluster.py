"""`RayCluster`: shards as tasks of Ray. A task gets its targets, and gives back encoded results.

Nothing is kept in the cluster: results go into the ledger of the process that started the scan, and
the journal alone knows what is done. So a node may vanish (Ray runs its tasks elsewhere), and so
may the whole cluster (`--resume` goes on, with another one). No file system is shared; Halfshake,
and the files that its options name, are installed on every node.
"""

from __future__ import annotations

import asyncio
import functools
import os
import pickle
from typing import TYPE_CHECKING, Any

from halfshake import event_loop
from halfshake.errors import UsageError
from halfshake.scan.engines.engine import WorkerLost
from halfshake.scan.engines.here import Here

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.scan.reader import Job
    from halfshake.scan.shards import Shard, ShardDone


class RayCluster:
    """The engine of a cluster; at most `at_once` shards are there. Raises UsageError."""

    def __init__(
        self, job: Job, address: str | None, at_once: int, take: Callable[[ShardDone], None]
    ) -> None:
        # Before the import: Ray reads it then. Nobody is told that this scan runs.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        try:
            import ray  # noqa: PLC0415 - an extra
        except ImportError:
            raise UsageError("--engine ray needs Ray: pip install 'halfshake[ray]'") from None
        self._ray: Any = ray
        self._is_mine = not ray.is_initialized()
        if self._is_mine:
            # A local cluster of its own has as many places as there are shards at once.
            places = {} if address else {"num_cpus": at_once, "include_dashboard": False}
            try:
                ray.init(address=address, log_to_driver=False, logging_level="error", **places)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise UsageError(f"--ray-address {address}: {error}") from error
        # A task costs a core as long as it reads. A worker that dies costs no shard: Ray runs it
        # again, on another node if it has to.
        options = {"max_retries": RETRIES, "num_cpus": 1, "scheduling_strategy": "SPREAD"}
        self._read: Any = ray.remote(**options)(read_shard)
        self._job = ray.put(pickle.dumps(job))
        self._take = take
        self._room = asyncio.Semaphore(at_once)
        self._running: dict[asyncio.Task[None], Any] = {}
        self._problem: BaseException | None = None

    async def submit(self, shard: Shard) -> None:
        """Take a shard, when there is room for it."""
        await self._room.acquire()
        if self._problem is not None:
            raise self._problem
        reference = self._read.remote(self._job, shard)
        task = asyncio.create_task(self._wait_for(reference, shard))
        self._running[task] = reference
        task.add_done_callback(self._ended)

    async def finish(self, *, stopped: bool) -> None:
        """Wait for everything that was submitted; if `stopped`, leave what runs undone."""
        if stopped:
            for task, reference in list(self._running.items()):
                self._ray.cancel(reference, force=True)
                task.cancel()
        while self._running:
            await asyncio.wait(list(self._running))
            await asyncio.sleep(0)
        if self._problem is not None:
            raise self._problem

    def close(self) -> None:
        """Let go of the cluster; one of this machine's own ends."""
        for task in self._running:
            task.cancel()
        if self._is_mine:
            self._ray.shutdown()

    async def _wait_for(self, reference: Any, shard: Shard) -> None:
        errors = self._ray.exceptions
        try:
            done = await asyncio.wrap_future(reference.future())
        except errors.RayTaskError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, UsageError) else error from None
        except errors.RayError as error:
            sentence = str(error).splitlines()[0]
            raise WorkerLost(
                f"the cluster did not read the targets from number {shard.first + 1} on: "
                f"{sentence}; what was read before stands, and --resume goes on"
            ) from error
        self._take(done)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if not task.cancelled() and task.exception() is not None:
            self._problem = self._problem or task.exception()
        self._room.release()


def read_shard(job: bytes, shard: Shard) -> ShardDone:
    """Read one shard: the same again gives results for the same targets, and changes nothing."""
    return event_loop.run(_read(_job(job), shard))


@functools.lru_cache(maxsize=1)
def _job(job: bytes) -> Job:
    """A worker reads many shards: it opens one reader, and loads its trust store once."""
    opened: Job = pickle.loads(job)  # noqa: S301 - made by the process that started the scan
    reader = opened.open()
    return opened._replace(opening=lambda _options, _shares: reader)


async def _read(job: Job, shard: Shard) -> ShardDone:
    results: list[ShardDone] = []
    engine = Here(job, results.append)
    await engine.submit(shard)
    await engine.finish(stopped=False)
    return results[0]


# Nodes of a cluster come and go; a shard that ends its worker so often is no accident.
RETRIES = 5
