"""Waiting for a socket: on our loop, on somebody else's, through asyncio; with the same result."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from halfshake import event_loop
from halfshake.dial import readiness as module
from halfshake.dial.readiness import ThroughAsyncio, readiness
from halfshake.dial.tcp import Address, connect
from halfshake.errors import ConnectFailed, FailureReason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, TypeAlias

    Run: TypeAlias = Callable[[Coroutine[Any, Any, Any]], Any]


def run_through_asyncio(main: Coroutine[Any, Any, Any]) -> Any:
    """As on systems without epoll."""

    async def wrapped() -> Any:
        module._OF_LOOPS[asyncio.get_running_loop()] = ThroughAsyncio()
        return await main

    return asyncio.run(wrapped())


RUNS = (event_loop.run, asyncio.run, run_through_asyncio)
LOOPBACK = "127.0.0.1"


def open_descriptors() -> int:
    """How many this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def with_server(run: Run, use: Callable[[Address], Awaitable[bytes]]) -> bytes:
    """Run against a server that sends 70,000 bytes in two parts, and then FIN."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a" * 35_000)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"b" * 35_000)
        writer.close()

    async def use_it() -> bytes:
        server = await asyncio.start_server(serve, LOOPBACK, 0)
        async with server:
            return await use((socket.AF_INET, server.sockets[0].getsockname()))

    return bytes(run(use_it()))


@pytest.mark.parametrize("run", RUNS)
def test_everything_is_read_up_to_the_end(run: Run) -> None:
    """However the bytes come, and the end of the stream is seen."""

    async def read(address: Address) -> bytes:
        stream = await connect([address], asyncio.get_running_loop().time() + 5)
        received = b""
        while data := await stream.read():
            received += data
        stream.close()
        return received

    assert with_server(run, read) == b"a" * 35_000 + b"b" * 35_000


@pytest.mark.parametrize("run", RUNS)
def test_a_wait_can_be_given_up(run: Run) -> None:
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

    assert with_server(run, read) == b"b"


@pytest.mark.parametrize("run", RUNS)
def test_a_refused_connection_leaves_nothing(run: Run) -> None:
    """No descriptor, and no wait for one."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))  # bound and not listening: refused

        async def refused() -> tuple[FailureReason, int, int]:
            readiness()
            before = open_descriptors()
            with pytest.raises(ConnectFailed) as failed:
                await connect(
                    [(socket.AF_INET, taken.getsockname())], asyncio.get_running_loop().time() + 5
                )
            return failed.value.reason, before, open_descriptors()

        reason, before, after = run(refused())
    assert reason is FailureReason.connection_refused
    # What other tests left to the garbage collector may go meanwhile.
    assert after <= before


@pytest.mark.parametrize("run", RUNS)
def test_everything_is_written(run: Run) -> None:
    """Also what a server takes only piece by piece, and much later."""
    size = 8_000_000

    async def write() -> int:
        received = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.05)
            received.set_result(len(await reader.read(-1)))
            writer.close()

        server = await asyncio.start_server(serve, LOOPBACK, 0)
        async with server:
            address = (socket.AF_INET, server.sockets[0].getsockname())
            stream = await connect([address], asyncio.get_running_loop().time() + 5)
            await stream.write(bytes(size))
            stream.close()
            return int(await received)

    assert run(write()) == size


@pytest.mark.parametrize("run", RUNS)
def test_a_wait_for_nobody_disturbs_no_other(run: Run) -> None:
    """Hundreds at once, among them timers and the loop's own sockets; each gets its own bytes."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.read(100)
        await asyncio.sleep(0.001 * (data[0] % 3))
        writer.write(data)
        writer.close()

    async def visit(address: Address, number: int) -> bytes:
        stream = await connect([address], asyncio.get_running_loop().time() + 5)
        try:
            await stream.write(number.to_bytes(2, "big"))
            async with asyncio.timeout(0.0005 if number % 5 == 0 else 5):
                return await stream.read()
        except TimeoutError:
            return b""
        finally:
            stream.close()

    async def visit_all() -> list[bytes]:
        server = await asyncio.start_server(echo, LOOPBACK, 0, backlog=400)
        async with server:
            address = (socket.AF_INET, server.sockets[0].getsockname())
            return await asyncio.gather(*(visit(address, number) for number in range(400)))

    for number, got in enumerate(run(visit_all())):
        assert got == number.to_bytes(2, "big") or (got == b"" and number % 5 == 0)


@pytest.mark.parametrize("run", RUNS)
def test_a_closed_loop_keeps_no_descriptor(run: Run) -> None:
    """An Agent runs a loop for each round: their number does not grow."""

    async def ask() -> int:
        readiness()
        return open_descriptors()

    counts = [run(ask()) for _ in range(5)]
    assert counts[1:] == counts[1:2] * 4
