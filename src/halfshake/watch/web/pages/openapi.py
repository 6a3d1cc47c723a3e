"""The OpenAPI document of `/api/v1`, made from the types of its answers."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic.json_schema import models_json_schema

from halfshake.event import EventKind
from halfshake.report.page.views import ORDERS, STATUSES
from halfshake.version import __version__
from halfshake.watch.web.pages import answers
from halfshake.watch.web.pages.asked import MOST_OFFSET, MOST_ROWS

if TYPE_CHECKING:
    from pydantic import BaseModel


@functools.cache
def openapi_document() -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    told: list[type[BaseModel]] = [answer for _, _, _, answer in _PATHS]
    told.append(answers.ErrorAnswer)
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (model, "serialization") for model in told
    ]
    _, schemas = models_json_schema([*models], ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Halfshake",
            "version": __version__,
            "description": "What the monitor has read. Everything can be read, nothing changed.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "../..", "description": "the monitor that serves this document"}],
        "paths": {
            path: {"get": _operation(path, summary, parameters, answer)}
            for path, summary, parameters, answer in _PATHS
        },
        "components": {"schemas": schemas["$defs"]},
    }


def _operation(
    path: str, summary: str, parameters: list[dict[str, Any]], answer: type[BaseModel]
) -> dict[str, Any]:
    responses = {
        "200": _response("what was asked for", answer),
        "503": _response("there is no history to ask", answers.ErrorAnswer),
    }
    if parameters:
        responses["400"] = _response("the query cannot be understood", answers.ErrorAnswer)
    if "{" in path:
        responses["404"] = _response("nothing is known of this target", answers.ErrorAnswer)
    words = re.sub(r"[^a-z]+", " ", path.removeprefix("/api/v1/")).split()
    return {
        "operationId": "_".join(["get", *words]),
        "summary": summary,
        "parameters": parameters,
        "responses": dict(sorted(responses.items())),
    }


def _response(description: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    shape = {"type": "string"} | schema
    return {"name": name, "in": "query", "description": description, "schema": shape}


def _whole(name: str, description: str, usual: int, least: int, most: int) -> dict[str, Any]:
    bounds = {"minimum": least, "maximum": most, "default": usual}
    return _parameter(name, description, type="integer", **bounds)


_PATHS: tuple[tuple[str, str, list[dict[str, Any]], type[BaseModel]], ...] = (
    (
        "/api/v1/endpoints",
        "Every endpoint, filtered and ordered",
        [
            _parameter(
                "search", "part of a target, an address, a subject or an issuer", maxLength=200
            ),
            _parameter("status", "only this status", enum=list(STATUSES)),
            _parameter("issuer", "only this issuer, as it is written in an answer"),
            _parameter("reason", "only where this code is a reason"),
            _parameter("label", "only with this label: NAME=VALUE", pattern="="),
            _parameter("order", "their order", enum=list(ORDERS), default="soonest"),
            _whole("offset", "how many to leave out at the beginning", 0, 0, MOST_OFFSET),
            _whole("limit", "how many at most", 100, 1, MOST_ROWS),
        ],
        answers.EndpointsAnswer,
    ),
    (
        "/api/v1/endpoints/{target}",
        "Everything about one target",
        [
            {
                "name": "target",
                "in": "path",
                "required": True,
                "description": "the target as the configuration names it, percent-encoded",
                "schema": {"type": "string"},
            }
        ],
        answers.TargetAnswer,
    ),
    (
        "/api/v1/events",
        "What changed",
        [
            _parameter("target", "only of this target"),
            _parameter("since", "only from this time on, RFC 3339", format="date-time"),
            _parameter(
                "kind",
                "only these kinds; may be given several times",
                type="array",
                items={"type": "string", "enum": [kind.value for kind in EventKind]},
            ),
            _whole("after", "only those that follow this number", 0, 0, MOST_OFFSET),
            _whole("limit", "how many at most; without `after` the latest", 100, 1, MOST_ROWS),
        ],
        answers.EventsAnswer,
    ),
    (
        "/api/v1/weeks",
        "How many certificates expire in each week",
        [_whole("weeks", "how many weeks", 26, 1, 104)],
        answers.WeeksAnswer,
    ),
    ("/api/v1/facets", "What the endpoints can be filtered by", [], answers.FacetsAnswer),
)
