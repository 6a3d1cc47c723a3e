"""`/calendar.ics` and `/events.atom`: what dies and what changed, for the programs of people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from halfshake.report.page.feeds.atom import atom
from halfshake.report.page.feeds.calendar import calendar, expiries
from halfshake.report.page.links import ServedLinks
from halfshake.watch.web.pages.asked import MOST_ROWS, BadQuery, wanted_rows
from halfshake.watch.web.pages.served import sent
from halfshake.watch.web.pages.source import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from halfshake.report.page.views import Row, Wanted
    from halfshake.watch.web.pages.source import Source


class Feeds:
    """Answers with the calendar and the feed; `now` gives the time."""

    def __init__(self, source: Source, now: Callable[[], datetime]) -> None:
        self._source = source
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.get("/calendar.ics", self._calendar),
            web.get("/events.atom", self._atom),
        ]

    async def _calendar(self, request: web.Request) -> web.Response:
        try:
            wanted = wanted_rows(request.query, usual_limit=MOST_ROWS)
        except BadQuery as error:
            return sent(request, f"{error}\n", "text/plain", status=400)
        try:
            text = await asyncio.to_thread(self._written_calendar, wanted)
        except Unavailable as error:
            return sent(request, f"{error}\n", "text/plain", status=503)
        return sent(request, text, "text/calendar")

    async def _atom(self, request: web.Request) -> web.Response:
        home = str(request.url.origin().with_path("/"))
        try:
            text = await asyncio.to_thread(self._written_atom, home)
        except Unavailable as error:
            return sent(request, f"{error}\n", "text/plain", status=503)
        return sent(request, text, "application/atom+xml")

    def _written_calendar(self, wanted: Wanted) -> str:
        # The stamp is of the day: what has not changed is not sent again.
        today = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        return calendar(expiries(self._rows(wanted)), today)

    def _rows(self, wanted: Wanted) -> Iterator[Row]:
        while found := self._source.rows(wanted).rows:
            yield from found
            wanted = wanted._replace(offset=wanted.offset + len(found))

    def _written_atom(self, home: str) -> str:
        events = self._source.events(limit=MOST_ENTRIES)
        links = ServedLinks()
        return atom(
            events,
            home=home,
            feed=f"{home}events.atom",
            link=lambda target: f"{home}{links.endpoint(target)}",
            now=self._now(),
        )


MOST_ENTRIES = 100
