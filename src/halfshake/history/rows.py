"""What `Past` answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.report.span_line import Span

if TYPE_CHECKING:
    from datetime import datetime


class EndpointRow(NamedTuple):
    """One view of a target: its usual reading, or a face.

    `key` is unique. `address` is what was dialled last, `face` is "" or says which face:
    "192.0.2.7, RSA". `status` counts the second visit in. The dates, `issuer` and `subject` are
    those of the certificate that was read last; `failure` is the code of a failure if the last
    reading failed.
    `reason` is that code, or the code of the worst finding that is at least a warning.
    """

    key: int
    target: str
    address: str | None
    face: str
    labels: tuple[tuple[str, str], ...]
    status: str
    not_before: datetime | None
    not_after: datetime | None
    issuer: str | None
    subject: str | None
    reason: str | None
    failure: str | None
    last_seen_at: datetime | None
    first_seen_at: datetime


class EndpointPage(NamedTuple):
    """Some rows, and how many there are in all."""

    total: int
    rows: list[EndpointRow]


class Facets(NamedTuple):
    """What can be filtered by, with how many rows there are of each: the most frequent first.

    `labels` are as a filter takes them: "team=payments".
    """

    issuers: list[tuple[str, int]]
    reasons: list[tuple[str, int]]
    labels: list[tuple[str, int]]
    statuses: list[tuple[str, int]]


class Waiting(NamedTuple):
    """A certificate that was issued and is not served: what `expect_file` holds, since when."""

    face: str
    sha256: str
    since: datetime


__all__ = ["EndpointPage", "EndpointRow", "Facets", "Span", "Waiting"]
