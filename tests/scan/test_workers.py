"""The engine of several processes: what it is told at awkward moments."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from halfshake.errors import UsageError
from halfshake.scan.engines.worker import Told
from halfshake.scan.engines.workers import Workers, _Worker
from halfshake.scan.reader import Job
from halfshake.scan.shards import Shard
from halfshake.scan.sources.entries import Entry
from scan.excluding import opening

if TYPE_CHECKING:
    from halfshake.scan.shards import ShardDone

JOB = Job(opening, {}, 10)


@pytest.mark.timeout(120)
async def test_stopped_while_a_shard_is_on_its_way() -> None:
    """A long shard and the last word do not mix in the pipe: the worker understands both."""
    wants, ended = asyncio.Event(), asyncio.Event()
    worker = _Worker(JOB, lambda _, __: wants.set(), lambda _: ended.set())
    process = worker._process
    assert process.pid is not None
    try:
        async with asyncio.timeout(60):
            await wants.wait()
            os.kill(process.pid, signal.SIGSTOP)  # it reads nothing, and a pipe holds little
            shard = Shard(0, tuple(Entry(f"host-{number}.example") for number in range(300_000)))
            sending = asyncio.create_task(worker.send(shard))
            await asyncio.sleep(1)
            stopping = asyncio.create_task(worker.send(Told.stop))
            await asyncio.sleep(0.2)
            os.kill(process.pid, signal.SIGCONT)
            await asyncio.gather(sending, stopping)
            await ended.wait()
        asyncio.get_running_loop().remove_reader(worker._connection.fileno())
        await asyncio.to_thread(process.join, 20)
        assert process.exitcode == 0
    finally:
        worker.close()


@pytest.mark.timeout(120)
async def test_the_last_shard_cannot_be_written() -> None:
    """Nobody waits at that moment, and still the scan does not end as if all were well."""

    def take(_: ShardDone) -> None:
        raise UsageError("the disk is full")

    workers = Workers(JOB, 1, take)
    try:
        async with asyncio.timeout(60):
            await workers.submit(Shard(0, (Entry("a.example.com"),)))
            while workers._workers[0].shards:  # noqa: ASYNC110 - nobody tells a test
                await asyncio.sleep(0.01)
            # It has ended before anybody looks.
            workers.close()
            with pytest.raises(UsageError, match="the disk is full"):
                await workers.finish(stopped=False)
    finally:
        workers.close()
