"""An event as one line of JSON ("halfshake-event/1"); docs/result-document.md has the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfshake.report.handshake_fields import known
from halfshake.report.json_text import json_line, time_text

if TYPE_CHECKING:
    from halfshake.event import Event


def event_line(event: Event) -> str:
    """Render an event; what is not known is absent."""
    document: dict[str, Any] = {
        "schema": "halfshake-event/1",
        "number": event.number,
        "at": time_text(event.at),
        "kind": event.kind.value,
        "target": event.target,
        "address": event.address,
        "message": event.message,
        "before": event.before,
        "after": event.after,
        "status": event.status,
        "labels": dict(event.labels) or None,
    }
    return json_line(known(document))
