"""`serve()`: one worker process. It asks for shards as it has room, and tells what became of them.

It ends with its parent, however that ends: the pipe between them closes.
"""

from __future__ import annotations

import asyncio
import os
import signal
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from halfshake import event_loop
from halfshake.errors import UsageError
from halfshake.scan.engines.here import Here

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from halfshake.scan.reader import Job
    from halfshake.scan.shards import Shard


class Told(Enum):
    """The last word of a parent: nothing more comes; or begin nothing more."""

    end = "end"
    stop = "stop"


class Want(NamedTuple):
    """The worker takes one more shard."""


def serve(connection: Connection, job: Job) -> None:
    """Read shards until told otherwise."""
    # Ctrl-C in a terminal reaches every process: the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    event_loop.run(_serve(connection, job))


async def _serve(connection: Connection, job: Job) -> None:
    try:
        engine = Here(job, connection.send)
    except UsageError as error:
        connection.send(str(error))
        return
    told: asyncio.Queue[Shard | Told] = asyncio.Queue()
    stopping: asyncio.Task[None] | None = None

    def hear() -> None:
        nonlocal stopping
        try:
            message = connection.recv()
        except (EOFError, OSError):
            os._exit(1)  # the parent is gone, and nobody wants the results
        if message is Told.stop:
            stopping = asyncio.create_task(engine.finish(stopped=True))
        told.put_nowait(message)

    asyncio.get_running_loop().add_reader(connection.fileno(), hear)
    for _ in range(WANTED):
        connection.send(Want())
    while not isinstance(message := await told.get(), Told):
        if stopping is None:
            await engine.submit(message)
            connection.send(Want())
    if stopping is None:
        await engine.finish(stopped=False)
    else:
        await stopping


# Shards that are under way to a worker, so that it does not wait for them.
WANTED = 2
