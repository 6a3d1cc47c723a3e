"""`/calendar.ics` and `/events.atom`: what dies and what changed, for the programs of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from halfshake.report.page.feeds.atom import atom
from halfshake.report.page.feeds.calendar import calendar, expiries
from halfshake.report.page.links import ServedLinks
from halfshake.report.page.result_document import ResultDocument
from halfshake.watch.web.pages.served import asked_aside, sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

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
        text = await asked_aside(self._written_calendar)
        return sent(request, text, "text/calendar")

    async def _atom(self, request: web.Request) -> web.Response:
        home = str(request.url.origin().with_path("/"))
        text = await asked_aside(lambda: self._written_atom(home))
        return sent(request, text, "application/atom+xml")

    def _written_calendar(self) -> str:
        read = (ResultDocument.model_validate(each) for each in self._source.documents())
        return calendar(expiries(read), self._now().replace(hour=0, minute=0, second=0))

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
