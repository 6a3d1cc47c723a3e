"""A span of the history as one line of JSON, schema "halfshake-span/1": docs/history.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.report.handshake_fields import known
from halfshake.report.json_text import json_line, time_text

if TYPE_CHECKING:
    from datetime import datetime


class Span(NamedTuple):
    """From when to when a certificate was shown; `address` is where it was seen first.

    `face` is "" for the usual reading. `is_open` is True where it is known to be shown now.
    """

    address: str | None
    face: str
    sha256: str
    subject: str | None
    issuer: str | None
    not_before: datetime | None
    not_after: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    is_open: bool = False


def span_line(target: str, span: Span) -> str:
    """Render a span; what is not known is absent."""
    document: dict[str, Any] = {
        "schema": "halfshake-span/1",
        "target": target,
        "face": span.face or None,
        "address": span.address,
        "sha256": span.sha256,
        "subject": span.subject,
        "issuer": span.issuer,
        "not_before": time_text(span.not_before),
        "not_after": time_text(span.not_after),
        "first_seen_at": time_text(span.first_seen_at),
        "last_seen_at": time_text(span.last_seen_at),
        "shown_now": span.is_open,
    }
    return json_line(known(document))
