"""`/api/v1`: what the pages show, as JSON; `/api/v1/openapi.json` says what it looks like."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from aiohttp import web

from halfshake.watch.web.pages import answers
from halfshake.watch.web.pages.asked import BadQuery, wanted_events, wanted_rows, wanted_weeks
from halfshake.watch.web.pages.openapi import openapi_document
from halfshake.watch.web.pages.served import sent
from halfshake.watch.web.pages.source import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pydantic import BaseModel

    from halfshake.watch.web.pages.source import Source


class Api:
    """Answers with JSON; `source` says what is known, `now` gives the time."""

    def __init__(self, source: Source, now: Callable[[], datetime]) -> None:
        self._source = source
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """Where the answers are."""
        return [
            web.get("/api/v1/endpoints", self._endpoints),
            web.get("/api/v1/endpoints/{target:.+}", self._endpoint),
            web.get("/api/v1/events", self._events),
            web.get("/api/v1/weeks", self._weeks),
            web.get("/api/v1/facets", self._facets),
            web.get("/api/v1/openapi.json", self._openapi),
        ]

    async def _endpoints(self, request: web.Request) -> web.Response:
        return await _answered(request, lambda: self._told_endpoints(request))

    async def _endpoint(self, request: web.Request) -> web.Response:
        return await _answered(request, lambda: self._told_target(request.match_info["target"]))

    async def _events(self, request: web.Request) -> web.Response:
        return await _answered(request, lambda: self._told_events(request))

    async def _weeks(self, request: web.Request) -> web.Response:
        def told() -> BaseModel:
            weeks = wanted_weeks(request.query)
            return answers.weeks_answer(self._source.weeks(self._now(), weeks))

        return await _answered(request, told)

    async def _facets(self, request: web.Request) -> web.Response:
        return await _answered(request, lambda: answers.facets_answer(self._source.facets()))

    async def _openapi(self, request: web.Request) -> web.Response:
        return sent(request, json.dumps(openapi_document(), indent=1), "application/json")

    def _told_endpoints(self, request: web.Request) -> BaseModel:
        wanted = wanted_rows(request.query)
        rows = self._source.rows(wanted)
        return answers.EndpointsAnswer(
            total=rows.total,
            offset=wanted.offset,
            limit=wanted.limit,
            endpoints=[answers.endpoint_answer(row) for row in rows.rows],
        )

    def _told_target(self, target: str) -> BaseModel:
        readings = list(self._source.documents(target))
        if not readings:
            raise _NotKnown
        events = self._source.events(target=target, limit=MOST_EVENTS)
        return answers.TargetAnswer(
            target=target,
            readings=readings,
            spans=[answers.span_answer(span) for span in self._source.spans(target)],
            events=[answers.event_answer(event) for event in events],
        )

    def _told_events(self, request: web.Request) -> BaseModel:
        events = self._source.events(**wanted_events(request.query)._asdict())
        return answers.EventsAnswer(events=[answers.event_answer(event) for event in events])


class _NotKnown(Exception):
    pass


async def _answered(request: web.Request, tell: Callable[[], BaseModel]) -> web.Response:
    """Ask in a thread, and answer; a mistake in the request is an answer too."""
    try:
        text, status = await asyncio.to_thread(lambda: _text(tell())), 200
    except BadQuery as error:
        text, status = _text(answers.ErrorAnswer(code="bad-query", message=f"{error}")), 400
    except _NotKnown:
        message = "nothing is known of this target: it is not watched, or was not read yet"
        text, status = _text(answers.ErrorAnswer(code="target-not-known", message=message)), 404
    except Unavailable as error:
        text, status = _text(answers.ErrorAnswer(code="no-history", message=f"{error}")), 503
    return sent(request, text, "application/json", status=status)


def _text(answer: BaseModel) -> str:
    return answer.model_dump_json(exclude_none=True)


MOST_EVENTS = 1_000
