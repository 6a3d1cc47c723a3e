"""A monitor and its listener, in this process; and an mTLS server to be read."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING, Any

from halfshake.commands.values.dogstatsd import dogstatsd_address, dogstatsd_client
from halfshake.commands.watching import opening
from halfshake.watch.metrics.exposition import Exposition
from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.monitor import Monitor
from halfshake.watch.parts import open_all
from halfshake.watch.remembering import Remembering
from halfshake.watch.settings.plan import load_plan
from halfshake.watch.sinks.opened import RunningSinks
from halfshake.watch.web.server import Server
from pki import Authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENTS = Authority.root("Client CA")


@contextlib.asynccontextmanager
async def mtls_server(
    directory: Path, *, authority: Authority = ROOT, beside: str | None = None, **issue: Any
) -> AsyncIterator[int]:
    """A server that demands a client certificate; its port.

    Under the name `beside` it shows another certificate.
    """
    chain, key = authority.issue(NAME, **issue).write(directory, "server")
    (directory / "ca.pem").write_bytes(ROOT.pem)
    (directory / "clients.pem").write_bytes(CLIENTS.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(directory / "clients.pem")
    if beside is not None:
        other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        other.load_cert_chain(*authority.issue(beside).write(directory, "beside"))

        def choose(connection: Any, name: str | None, _: ssl.SSLContext) -> None:
            if name == beside:
                connection.context = other

        context.sni_callback = choose

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    # A refused handshake is no news here.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@contextlib.asynccontextmanager
async def watching(
    directory: Path,
    text: str,
    *,
    scheduled: bool = False,
    remembering: bool = False,
    look_up: Any = None,
) -> AsyncIterator[Served]:
    """A monitor by this configuration, listening; where wanted, on schedule and with a history."""
    path = directory / "watch.yaml"
    path.write_text(f"listen: 127.0.0.1:0\n{text}")
    loop = asyncio.get_running_loop()

    def load() -> Any:
        return load_plan(path, opening(), {})

    monitor = Monitor(
        load(), load, OwnHealth(), Exposition(), clock=loop.time, now=lambda: 1_800_000_000
    )
    server = Server(monitor, look_up=look_up) if look_up else Server(monitor)
    sinks = RunningSinks(monitor.health, {}, open_dogstatsd)
    monitor.sinks, monitor.parts = sinks, (sinks, server)
    memory = Remembering(monitor.health, {}, sinks, monitor.remember_in)
    if remembering:
        monitor.parts = (*monitor.parts, memory)
    for part in await open_all(monitor.parts, monitor.plan):
        await part.take_over()
    schedule = asyncio.create_task(monitor.run()) if scheduled else None
    try:
        yield Served(monitor, server, path)
    finally:
        if schedule is not None:
            schedule.cancel()
        await monitor.finish(5)
        await server.stop()
        await memory.close_history(lambda: 10.0)
        await sinks.close(lambda: 5.0)
        await memory.close_notifications(lambda: 5.0)


def open_dogstatsd(address: str, environment: Mapping[str, str]) -> Any:
    """A client of Datadog's library, as `halfshake watch` has it."""
    return dogstatsd_client(dogstatsd_address(address, environment), environment)


class Served:
    """What runs."""

    def __init__(self, monitor: Monitor, server: Server, path: Path) -> None:
        self.monitor = monitor
        self.server = server
        self.path = path

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.server.address
