"""The answers of `/api/v1`: what stands in them, and so what the OpenAPI document says.

What is not known is absent. Keys may be added, never renamed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from halfshake.event import Event, EventKind
from halfshake.report.page.result_document import Status
from halfshake.report.page.views import Facets, Row, Weeks
from halfshake.report.span_line import Span


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


Time = Annotated[AwareDatetime, PlainSerializer(_rfc3339, return_type=str)]


class Answer(BaseModel):
    """Any part of an answer."""

    model_config = ConfigDict(frozen=True)


class EndpointAnswer(Answer):
    """One endpoint: a target, or one address or face of it."""

    target: str
    address: str | None = None
    face: str | None = Field(default=None, description="absent for the usual reading")
    labels: dict[str, str] = {}
    status: Status
    reason: str | None = Field(default=None, description="the code of what is wrong most")
    subject: str | None = None
    issuer: str | None = None
    not_before: Time | None = None
    not_after: Time | None = None
    last_seen_at: Time | None = None


class EndpointsAnswer(Answer):
    """Some endpoints, and how many match in all."""

    total: int
    offset: int
    limit: int
    endpoints: list[EndpointAnswer]


class SpanAnswer(Answer):
    """How long one certificate was seen."""

    address: str | None = None
    face: str | None = None
    sha256: str
    subject: str | None = None
    issuer: str | None = None
    not_before: Time | None = None
    not_after: Time | None = None
    first_seen_at: Time
    last_seen_at: Time


class EventAnswer(Answer):
    """One change."""

    number: int
    at: Time
    kind: EventKind
    target: str
    address: str | None = None
    message: str
    before: str | None = None
    after: str | None = None
    status: Status
    labels: dict[str, str] = {}


class TargetAnswer(Answer):
    """Everything about one target: its last result documents, and its past."""

    target: str
    readings: list[dict[str, Any]] = Field(
        description="result documents, schema halfshake/1: docs/result-document.md"
    )
    spans: list[SpanAnswer]
    events: list[EventAnswer]


class EventsAnswer(Answer):
    """Changes in the order of their numbers; the next ones are asked for with after=LAST NUMBER."""

    events: list[EventAnswer]


class WeekAnswer(Answer):
    """One week."""

    begins_at: Time
    expiring: int


class WeeksAnswer(Answer):
    """How many endpoints have a certificate that has expired, or expires week after week."""

    expired: int
    weeks: list[WeekAnswer]


class FacetsAnswer(Answer):
    """What the endpoints can be filtered by, and how many there are of each."""

    statuses: dict[str, int]
    issuers: dict[str, int]
    reasons: dict[str, int]
    labels: dict[str, int] = Field(description="written NAME=VALUE")


class ErrorAnswer(Answer):
    """What is wrong with a request, and what to do."""

    code: str
    message: str


def endpoint_answer(row: Row) -> EndpointAnswer:
    """A row, as the API tells it."""
    told = row._asdict() | {"face": row.face or None, "labels": dict(row.labels)}
    return EndpointAnswer.model_validate(told)


def span_answer(span: Span) -> SpanAnswer:
    """A span, as the API tells it."""
    return SpanAnswer.model_validate(span._asdict() | {"face": span.face or None})


def event_answer(event: Event) -> EventAnswer:
    """An event, as the API tells it."""
    return EventAnswer.model_validate(event._asdict() | {"labels": dict(event.labels)})


def weeks_answer(weeks: Weeks) -> WeeksAnswer:
    """The strip of expiries, as the API tells it."""
    told = [WeekAnswer(begins_at=week.begins_at, expiring=week.expiring) for week in weeks.weeks]
    return WeeksAnswer(expired=weeks.expired, weeks=told)


def facets_answer(facets: Facets) -> FacetsAnswer:
    """The facets, as the API tells them."""
    return FacetsAnswer(
        statuses=dict(facets.statuses),
        issuers=dict(facets.issuers),
        reasons=dict(facets.reasons),
        labels=dict(facets.labels),
    )
