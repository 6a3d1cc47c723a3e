"""`Server`: the listener and its pages. What the pages say is for their own files."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST

from halfshake.dial.tcp import resolve
from halfshake.watch.metrics.kept_text import HEADER, GzipStream, block
from halfshake.watch.web.doorkeeper import Doorkeeper
from halfshake.watch.web.listener import open_listener, url_of
from halfshake.watch.web.pages.api import Api
from halfshake.watch.web.pages.feeds import Feeds
from halfshake.watch.web.pages.html import HtmlPages
from halfshake.watch.web.pages.past import PastSource
from halfshake.watch.web.probe_page import LookUp, ProbePage

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from halfshake.watch.metrics.kept_text import Block
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
        application.on_response_prepare.append(self._doorkeeper.add_headers)
        probe = ProbePage(monitor, look_up=look_up)
        source = PastSource(self._history, self._thresholds)
        for pages in (HtmlPages(source, _now), Api(source, _now), Feeds(source, _now)):
            application.add_routes(pages.routes())
        application.add_routes(
            [
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
        text = self._blocks(openmetrics=openmetrics)
        async for piece in _gzipped(text) if compress else _plain(text):
            if piece:
                await response.write(piece)
        await response.write_eof()
        return response

    async def _blocks(self, *, openmetrics: bool) -> AsyncIterator[list[Block]]:
        async for blocks in self._monitor.exposition.blocks():
            yield blocks
        yield [block(self._monitor.health.text(openmetrics=openmetrics))]

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.Response(text="Halfshake is watching.\n")

    async def _reload(self, _request: web.Request) -> web.Response:
        if not self._monitor.plan.document.web.reload:
            raise web.HTTPForbidden(text="reloading by HTTP is off: set web.reload to true\n")
        problem = await self._monitor.reload()
        if problem:
            raise web.HTTPInternalServerError(text=f"{problem}\n")
        return web.Response(text="the configuration was read again\n")

    def _history(self) -> str | None:
        history = self._monitor.history
        return None if history is None else history.address

    def _thresholds(
        self, name: str, not_before: datetime, not_after: datetime
    ) -> tuple[datetime, datetime] | None:
        watched = self._monitor.find(name)
        return watched.settings.reader.thresholds(not_before, not_after) if watched else None


def _now() -> datetime:
    return datetime.now(UTC)


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


async def _plain(text: AsyncIterator[list[Block]]) -> AsyncIterator[bytes]:
    async for blocks in text:
        yield b"".join([each.text() for each in blocks])


async def _gzipped(text: AsyncIterator[list[Block]]) -> AsyncIterator[bytes]:
    stream = GzipStream()
    yield HEADER
    async for blocks in text:
        yield b"".join([stream.add(each) for each in blocks])
    yield stream.end()


CLOSING_SECONDS = 2.0
LOOK_EVERY_SECONDS = 2.0
