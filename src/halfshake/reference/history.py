"""The events of the history as a table, from their guide."""

from __future__ import annotations

from halfshake.history.event_guide import EVENT_GUIDES


def events_table() -> str:
    """One row for each kind of event."""
    rows = [
        f"| `{kind.value}` | {guide.meaning} | {guide.before_after} |"
        for kind, guide in EVENT_GUIDES.items()
    ]
    return "\n".join(["| kind | what happened | `before`, `after` |", "| --- | --- | --- |", *rows])
