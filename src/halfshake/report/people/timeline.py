"""The history for people: which certificates were shown, and what changed, the latest last."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from rich.text import Text

from halfshake.report.people.console import STATUS_STYLES, console_for, printable
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import TextIO

    from halfshake.event import Event
    from halfshake.report.span_line import Span


class Timeline:
    """Prints spans and events to a stream."""

    def __init__(self, stream: TextIO) -> None:
        self._console = console_for(stream)

    def spans(self, target: str, spans: Sequence[Span]) -> None:
        """Print from when to when each certificate was shown."""
        self._line(("CERTIFICATES", "bold"), f"  {target}")
        before: dict[str, set[str]] = {}
        for span in spans:
            shown = before.setdefault(span.face, set())
            # What was there when the watch began says nothing about when it came.
            lag = _lag(span) if shown and span.sha256 not in shown else ""
            shown.add(span.sha256)
            until = "now" if span.is_open else _time(span.last_seen_at)
            where = f" ({span.face})" if span.face else ""
            expires = f"{span.not_after:%Y-%m-%d}" if span.not_after else "unknown"
            self._line(
                (f"  {_time(span.first_seen_at)} to {until:<16}", "dim"),
                f"  expires {expires}  {span.sha256[:12]}  "
                f"{span.issuer or 'unreadable'}{where}{lag}",
            )

    def waiting(self, sha256: str, since: datetime, face: str) -> None:
        """Print that a certificate was issued and is not served."""
        where = f" ({face})" if face else ""
        self._line(
            ("  not served", "bold yellow"),
            f"{where}: {sha256[:12]}, which expect_file holds since {_time(since)}",
        )

    def events(self, events: Sequence[Event], *, with_target: bool) -> None:
        """Print what changed."""
        self._line(("EVENTS", "bold"), "" if events else "  none")
        width = max((len(event.kind) for event in events), default=0)
        for event in events:
            whose = f"{event.target}" if with_target else ""
            if event.address is not None and event.address not in event.message:
                whose = f"{whose} at {event.address}".strip()
            sentence = f"{whose}: {event.message}" if whose else event.message
            self._line(
                (f"  {_time(event.at)}  ", "dim"),
                (f"{event.kind.value:<{width}}  ", STATUS_STYLES[Status(event.status)]),
                sentence,
            )

    def _line(self, *parts: str | tuple[str, str]) -> None:
        safe = [
            printable(part) if isinstance(part, str) else (printable(part[0]), part[1])
            for part in parts
        ]
        self._console.print(Text.assemble(*safe))


def _lag(span: Span) -> str:
    """How long after its beginning it was first seen, where that is a day or more."""
    if span.not_before is None:
        return ""
    days = (span.first_seen_at - span.not_before).days
    return f"  first seen {days} d after its notBefore" if days >= 1 else ""


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
