"""Waiting for a socket: through epoll and through asyncio, with the same result."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from halfshake.dial import readiness as module
from halfshake.dial.readiness import Readiness, ThroughAsyncio, ThroughEpoll, readiness
from halfshake.dial.tcp import Address, connect
from halfshake.errors import ConnectFailed, FailureReason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

KINDS = (lambda: ThroughEpoll(asyncio.get_running_loop()), ThroughAsyncio)
LOOPBACK = "127.0.0.1"


def open_descriptors() -> int:
    """How many this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def with_server(kind: Callable[[], Readiness], use: Callable[[Address], Awaitable[bytes]]) -> bytes:
    """Run against a server that sends 70,000 bytes in two parts, and then FIN."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a" * 35_000)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"b" * 35_000)
        writer.close()

    async def run() -> bytes:
        module._OF_LOOPS[asyncio.get_running_loop()] = kind()
        server = await asyncio.start_server(serve, LOOPBACK, 0)
        async with server:
            return await use((socket.AF_INET, server.sockets[0].getsockname()))

    return asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_read_up_to_the_end(kind: Callable[[], Readiness]) -> None:
    """However the bytes come, and the end of the stream is seen."""

    async def read(address: Address) -> bytes:
        stream = await connect([address], asyncio.get_running_loop().time() + 5)
        received = b""
        while data := await stream.read():
            received += data
        stream.close()
        return received

    assert with_server(kind, read) == b"a" * 35_000 + b"b" * 35_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_wait_can_be_given_up(kind: Callable[[], Readiness]) -> None:
    """And the next one on the same socket still gets what comes."""

    async def read(address: Address) -> bytes:
        stream = await connect([address], asyncio.get_running_loop().time() + 5)
        received = await stream.read()
        while len(received) < 35_000:
            received += await stream.read()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await stream.read()
        received = await stream.read()
        stream.close()
        return received[:1]

    assert with_server(kind, read) == b"b"


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_connection_leaves_nothing(kind: Callable[[], Readiness]) -> None:
    """No descriptor, and no wait for one."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))  # bound and not listening: refused

        async def run() -> tuple[FailureReason, int, int]:
            module._OF_LOOPS[asyncio.get_running_loop()] = kind()
            before = open_descriptors()
            with pytest.raises(ConnectFailed) as failed:
                await connect(
                    [(socket.AF_INET, taken.getsockname())], asyncio.get_running_loop().time() + 5
                )
            return failed.value.reason, before, open_descriptors()

        reason, before, after = asyncio.run(run())
    assert reason is FailureReason.connection_refused
    # What other tests left to the garbage collector may go meanwhile.
    assert after <= before


def test_a_closed_loop_keeps_no_descriptor() -> None:
    """An Agent runs a loop for each round: their number does not grow."""

    async def ask() -> int:
        readiness()
        return open_descriptors()

    counts = [asyncio.run(ask()) for _ in range(5)]
    assert counts[1:] == counts[1:2] * 4
