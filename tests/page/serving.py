"""The monitor's pages over a real history, on a free port of loopback."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

from aiohttp import web

from halfshake.history.database import open_memory
from halfshake.history.tables.writer import Writer
from halfshake.watch.web.pages.api import Api
from halfshake.watch.web.pages.feeds import Feeds
from halfshake.watch.web.pages.html import HtmlPages
from halfshake.watch.web.pages.past import PastSource
from page.estate import NOW, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from halfshake.history.visit import Visit


@contextlib.contextmanager
def source_of(visits: Iterable[Visit]) -> Iterator[PastSource]:
    """A history in memory that these visits were written to."""
    database = open_memory()
    with database.transaction():
        record(Writer(database), list(visits))
    try:
        yield PastSource(lambda: database.address, lambda *_: None)
    finally:
        database.close()


@contextlib.asynccontextmanager
async def serving(source: PastSource) -> AsyncIterator[str]:
    """Serve the pages; where they are."""
    application = web.Application()
    for pages in (
        HtmlPages(source, lambda: NOW),
        Api(source, lambda: NOW),
        Feeds(source, lambda: NOW),
    ):
        application.add_routes(pages.routes())
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def serving_aside(source: PastSource) -> Iterator[str]:
    """The same from a thread, for a browser that is driven in this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = serving(source)

    def done(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)

    try:
        yield done(context.__aenter__())
        done(context.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
