"""`/`, `/endpoints/TARGET` and what they need: pages for people, who look before they read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from halfshake.report.page.views import Overview
from halfshake.report.page.written import endpoint_page, missing_page, overview_page, style
from halfshake.watch.web.pages.asked import BadQuery, wanted_rows
from halfshake.watch.web.pages.endpoint import endpoint_of
from halfshake.watch.web.pages.served import sent
from halfshake.watch.web.pages.source import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from halfshake.report.page.views import Wanted
    from halfshake.watch.web.pages.source import Source


class HtmlPages:
    """Answers with pages; `source` says what is known, `now` gives the time."""

    def __init__(self, source: Source, now: Callable[[], datetime]) -> None:
        self._source = source
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.get("/", self._overview),
            web.get("/endpoints/{target:.+}", self._endpoint),
            web.get("/page.css", self._style),
            web.get("/icon.svg", self._icon),
        ]

    async def _overview(self, request: web.Request) -> web.Response:
        try:
            wanted = wanted_rows(request.query)
        except BadQuery as error:
            return sent(request, f"{error}\n", "text/plain", status=400)
        try:
            page = await asyncio.to_thread(self._written_overview, wanted)
        except Unavailable as error:
            return sent(request, f"{error}\n\n{PLACES}", "text/plain")
        return sent(request, page, "text/html")

    async def _endpoint(self, request: web.Request) -> web.Response:
        target = request.match_info["target"]
        try:
            page, status = await asyncio.to_thread(self._written_endpoint, target)
        except Unavailable as error:
            return sent(request, f"{error}\n", "text/plain", status=503)
        return sent(request, page, "text/html", status=status)

    def _written_overview(self, wanted: Wanted) -> str:
        now = self._now()
        rows = self._source.rows(wanted)
        return overview_page(
            Overview(
                now, wanted, self._source.facets(), self._source.weeks(now), rows.total, rows.rows
            )
        )

    def _written_endpoint(self, target: str) -> tuple[str, int]:
        now = self._now()
        page = endpoint_page(endpoint_of(self._source, target), now)
        return (page, 200) if page is not None else (missing_page(target, now), 404)

    async def _style(self, request: web.Request) -> web.Response:
        return sent(request, style(), "text/css")

    async def _icon(self, request: web.Request) -> web.Response:
        return sent(request, ICON, "image/svg+xml")


# Without a page, where else to look.
PLACES = """/metrics                          every target, for Prometheus
/probe?target=TARGET&module=NAME  one of them, now, as blackbox_exporter answers
/probe?target=TARGET&debug=true   what happened, in words
/-/healthy  /-/ready              is it running
"""
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26">'
    '<path fill="#2f87b5" d="M13 1a12 12 0 0 0 0 24z"/>'
    '<path fill="none" stroke="#2f87b5" stroke-width="2" stroke-dasharray="2.4 2.4" '
    'd="M13 2a11 11 0 0 1 0 22"/></svg>'
)
