"""`Server`: the listener and its pages. What the pages say is for their own files."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import zlib
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST

from halfshake.dial.tcp import resolve
from halfshake.version import __version__
from halfshake.watch.web.doorkeeper import Doorkeeper
from halfshake.watch.web.listener import open_listener, url_of
from halfshake.watch.web.probe_page import LookUp, ProbePage

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from halfshake.watch.monitor import Monitor
    from halfshake.watch.parts import Opened
    from halfshake.watch.settings.plan import Plan

log = logging.getLogger("halfshake.watch")


class Server:
    """Listens from the first `open` until `stop`; `address` is where. `look_up` is the resolver."""

    def __init__(self, monitor: Monitor, *, look_up: LookUp = resolve) -> None:
        self._monitor = monitor
        self._doorkeeper = Doorkeeper(None)
        application = web.Application(middlewares=[self._doorkeeper.middleware])
        probe = ProbePage(monitor, look_up=look_up)
        application.add_routes(
            [
                web.get("/", self._landing),
                web.get("/metrics", self._metrics),
                web.get("/probe", probe.answer),
                web.get("/-/healthy", self._healthy),
                web.get("/-/ready", self._healthy),
                web.post("/-/reload", self._reload),
                web.put("/-/reload", self._reload),
            ]
        )
        self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=CLOSING_SECONDS
        )
        self._site: web.SockSite | None = None
        self._listener: socket.socket | None = None
        self._listen = ""
        self._looking: asyncio.Task[None] | None = None
        self.address = ""

    async def open(self, plan: Plan) -> Opened:
        """Open the listener that a plan wants, if it is another one. Raises UsageError."""
        web_config, door = plan.document.web.config_file, None
        if web_config != self._doorkeeper.path:
            door = Doorkeeper(web_config)
            await asyncio.to_thread(door.load)
        listen, listener = plan.document.listen, None
        if self._listener is None or listen != self._listen:
            listener = open_listener(listen, beside=self._listener)
        return _OpenedListener(self, listen, listener, door)

    async def stop(self) -> None:
        """Close the listener; requests under way get a moment."""
        if self._looking is not None:
            self._looking.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._runner.cleanup(), CLOSING_SECONDS)
        if self._listener is not None:
            self._listener.close()

    async def take(
        self, listen: str, listener: socket.socket | None, door: Doorkeeper | None
    ) -> None:
        """Listen with these from now on: None for what stays. For the plan that is in force."""
        had_tls = self._doorkeeper.tls
        if door is not None:
            self._doorkeeper.take(door)
        if listener is None and self._doorkeeper.tls is had_tls:
            return
        if self._looking is None:
            await self._runner.setup()
            self._looking = asyncio.create_task(self._look_at_web_config())
        before, old = self._site, self._listener
        self._listen, self._listener = listen, listener or old
        await self._open_site()
        if before is not None:
            await before.stop()
            log.info("listening on %s now", self.address)
        if old is not None and old is not self._listener:
            old.close()

    async def _open_site(self) -> None:
        assert self._listener is not None
        # Of a duplicate: the site closes its socket when it stops, and the listener stays.
        self._site = web.SockSite(
            self._runner,
            self._listener.dup(),
            ssl_context=self._doorkeeper.tls,
        )
        await self._site.start()
        self.address = url_of(self._listener, tls=self._doorkeeper.tls is not None)

    async def _look_at_web_config(self) -> None:
        """Take a web configuration that has changed; a certificate is renewed without a restart."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            tls = self._doorkeeper.tls
            if not await asyncio.to_thread(self._doorkeeper.reload_if_changed):
                continue
            if self._doorkeeper.tls is not tls and self._site is not None:
                await self._site.stop()
                await self._open_site()

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        openmetrics = "application/openmetrics-text" in request.headers.get("Accept", "")
        response = web.StreamResponse()
        response.headers["Content-Type"] = (
            CONTENT_TYPE_LATEST if openmetrics else CONTENT_TYPE_PLAIN_0_0_4
        )
        compress = "gzip" in request.headers.get("Accept-Encoding", "")
        if compress:
            response.headers["Content-Encoding"] = "gzip"
        await response.prepare(request)
        text = self._text(openmetrics=openmetrics)
        async for piece in _gzipped(text) if compress else text:
            if piece:
                await response.write(piece)
        await response.write_eof()
        return response

    async def _text(self, *, openmetrics: bool) -> AsyncIterator[bytes]:
        async for piece in self._monitor.exposition.text():
            yield piece
        yield self._monitor.health.text(openmetrics=openmetrics)

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.Response(text="Halfshake is watching.\n")

    async def _reload(self, _request: web.Request) -> web.Response:
        if not self._monitor.plan.document.web.reload:
            raise web.HTTPForbidden(text="reloading by HTTP is off: set web.reload to true\n")
        problem = await self._monitor.reload()
        if problem:
            raise web.HTTPInternalServerError(text=f"{problem}\n")
        return web.Response(text="the configuration was read again\n")

    async def _landing(self, _request: web.Request) -> web.Response:
        targets = len(self._monitor.plan.watched)
        return web.Response(text=_LANDING.format(version=__version__, targets=targets))


class _OpenedListener:
    """A listener beside the one in force, and who may come in by it."""

    def __init__(
        self, server: Server, listen: str, listener: socket.socket | None, door: Doorkeeper | None
    ) -> None:
        self._server = server
        self._listen = listen
        self._listener = listener
        self._door = door

    async def take_over(self) -> None:
        """Answer here from now on, and close the old listener."""
        await self._server.take(self._listen, self._listener, self._door)

    async def give_up(self) -> None:
        """Close it again."""
        if self._listener is not None:
            self._listener.close()


async def _gzipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    # Level 1: the text repeats itself so much that more effort gains little.
    compressor = zlib.compressobj(1, wbits=31)
    loop = asyncio.get_running_loop()
    async for piece in pieces:
        # In a thread: it lets go of the interpreter, and readings go on.
        yield await loop.run_in_executor(None, compressor.compress, piece)
    yield compressor.flush()


CLOSING_SECONDS = 2.0
LOOK_EVERY_SECONDS = 2.0

_LANDING = """Halfshake {version} watches {targets} targets.

/metrics                          all of them, for Prometheus
/probe?target=TARGET&module=NAME  one of them, now, as blackbox_exporter answers
/probe?target=TARGET&debug=true   what happened, in words
/-/healthy  /-/ready              is it running
"""
