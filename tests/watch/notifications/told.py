"""Events, and services that take or refuse what the test says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halfshake.event import Event, EventKind
from halfshake.watch.notifications.courier import NotSent

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

    from halfshake.watch.notifications.wording import Message

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC).timestamp()  # a Wednesday


def event(
    number: int,
    target: str = "api.example.com",
    status: str = "critical",
    kind: EventKind = EventKind.status_changed,
    **more: object,
) -> Event:
    """An event; its message has its number, to be found again in what a service got."""
    fields: dict[str, object] = {
        "number": number,
        "at": datetime.fromtimestamp(NOON + number, UTC),
        "kind": kind,
        "target": target,
        "address": None,
        "message": f"change no. {number}.",
        "before": None,
        "after": None,
        "status": status,
    }
    return Event(**(fields | more))  # type: ignore[arg-type]


class History:
    """The events that were written."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.written = list(events)

    def events_after(self, number: int) -> list[Event]:
        """As `Past` answers."""
        return [each for each in self.written if each.number > number]

    def newest(self) -> Event | None:
        """The last one."""
        return self.written[-1] if self.written else None


class Recorder:
    """A service that keeps what it takes; it refuses while `broken` is set, hangs at `hang`."""

    def __init__(self, name: str = "chat") -> None:
        self.name = name
        self.taken: list[Message] = []
        self.broken = False
        self.hang: threading.Event | None = None
        self.tries = 0

    def send(self, message: Message) -> None:
        """Take it, or not."""
        self.tries += 1
        if self.hang is not None:
            self.hang.wait(20)
        if self.broken:
            raise NotSent("it is broken")
        self.taken.append(message)

    @property
    def text(self) -> str:
        """All bodies."""
        return "\n".join(message.body for message in self.taken)


class Counted:
    """What the couriers counted."""

    def __init__(self) -> None:
        self.sent_messages = self.failures = self.given_up_events = 0

    def sent(self, _: str) -> None:
        """One more."""
        self.sent_messages += 1

    def attempt_failed(self, _: str) -> None:
        """One more."""
        self.failures += 1

    def given_up(self, _: str, events: int) -> None:
        """So many more."""
        self.given_up_events += events
