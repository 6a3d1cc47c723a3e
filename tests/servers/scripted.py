"""Servers that follow a script: on loopback, with asyncio, counting each byte."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator


class Connection:
    """The server's side of one connection; `sent_bytes` counts what the client accepted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.sent_bytes = 0

    async def client_hello(self) -> bytes:
        """Read the ClientHello; return the message without its record."""
        header = await self._reader.readexactly(5)
        return await self._reader.readexactly(int.from_bytes(header[3:], "big"))

    async def send(self, data: bytes) -> None:
        """Send; raises ConnectionError once the client has gone."""
        self._writer.write(data)
        await self._writer.drain()
        self.sent_bytes += len(data)

    async def until_the_client_leaves(self) -> None:
        """Read and send nothing."""
        while await self._reader.read(65536):
            pass

    async def reset(self) -> None:
        """End with an RST, after what was sent has arrived."""
        await asyncio.sleep(0.02)
        raw: socket.socket = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def finish(self) -> None:
        """Send a FIN and keep reading: closing with unread bytes would send a reset instead."""
        self._writer.write_eof()

    def abort(self) -> None:
        """End now, even if not everything was sent."""
        if self._writer.transport.get_write_buffer_size():
            self._writer.transport.abort()

    def close(self) -> None:
        """End; with a FIN if everything was read."""
        self._writer.close()


Script: TypeAlias = "Callable[[Connection], Awaitable[None]]"


@dataclass
class Listening:
    """A scripted server, and the connections it has had."""

    port: int
    connections: list[Connection] = field(default_factory=list)


@contextlib.asynccontextmanager
async def listening(script: Script) -> AsyncIterator[Listening]:
    """Serve in the running loop."""
    served = Listening(0)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        connection = Connection(reader, writer)
        served.connections.append(connection)
        # A client that has had enough, in the middle of the script or of a read.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await script(connection)
        connection.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        # A mistake in a script is the test's, and is raised here.
        await asyncio.gather(*tasks)
        # What the client did not take would be kept for it for ever.
        for connection in served.connections:
            connection.abort()
        await asyncio.sleep(0)


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[int]:
    """Serve in a thread, for a test that runs no loop; gives the port."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stop = asyncio.Event()
    ports: list[int] = []

    async def serve() -> None:
        async with listening(script) as served:
            ports.append(served.port)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(5)
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()


async def silence(connection: Connection) -> None:
    """Never answer."""
    await connection.until_the_client_leaves()


async def closes(connection: Connection) -> None:
    """Close after the ClientHello."""
    await connection.client_hello()


async def resets(connection: Connection) -> None:
    """Reset after the ClientHello."""
    await connection.client_hello()
    await connection.reset()


def says(*pieces: bytes) -> Script:
    """Answer the ClientHello with these bytes, then wait for the client to leave."""

    async def script(connection: Connection) -> None:
        await connection.client_hello()
        for piece in pieces:
            await connection.send(piece)
        await connection.until_the_client_leaves()

    return script


def says_and_closes(*pieces: bytes) -> Script:
    """Answer the ClientHello with these bytes, then close."""

    async def script(connection: Connection) -> None:
        await connection.client_hello()
        for piece in pieces:
            await connection.send(piece)

    return script


def drips(data: bytes, seconds: float = 1.0) -> Script:
    """Answer a byte at a time."""

    async def script(connection: Connection) -> None:
        await connection.client_hello()
        for at in range(len(data)):
            await connection.send(data[at : at + 1])
            await asyncio.sleep(seconds)

    return script


def without_end(piece: bytes, start: bytes = b"") -> Script:
    """Answer with the same bytes again and again, as long as the client takes them."""

    async def script(connection: Connection) -> None:
        await connection.client_hello()
        await connection.send(start)
        many = piece * max(1, 4096 // len(piece))
        while True:
            await connection.send(many)

    return script
