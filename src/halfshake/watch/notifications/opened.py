"""From what the configuration says of `notify` to a notifier that runs beside a history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.history.queries import Past
from halfshake.watch.notifications.apprise_service import AppriseService
from halfshake.watch.notifications.notifier import Notifier, open_outbox
from halfshake.watch.notifications.outbox import target_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from halfshake.event import Event
    from halfshake.history.history import History
    from halfshake.watch.metrics.notification_health import NotificationHealth
    from halfshake.watch.settings.keys.notify import Notify
    from halfshake.watch.settings.watched import Watched


def open_notifier(
    notify: Notify,
    history: History | None,
    outbox: Path | None,
    health: NotificationHealth,
    watched: Iterable[Watched],
) -> Notifier | None:
    """Start it, before the history does; None where nobody is to be told.

    `outbox` is its file, None for memory. Raises UsageError where it cannot be.
    """
    if not notify.services:
        return None
    if history is None:
        raise UsageError("notify needs the history: take `enabled: false` out of `history`")
    services = [
        AppriseService(name, service.secret_url()) for name, service in notify.services.items()
    ]
    health.begin([service.name for service in services])
    notifier = Notifier(
        services,
        notify.routing(),
        notify.policies(),
        HistoryEvents(history),
        open_outbox(outbox, health),
        health=health,
        now=time.time,
    )
    notifier.start(watched_keys(watched))
    history.on_event.append(notifier.tell)
    return notifier


def watched_keys(watched: Iterable[Watched]) -> set[tuple[str, str]]:
    """What tells the targets apart that are watched now."""
    return {target_key(each.name, each.tags) for each in watched}


class HistoryEvents:
    """The events that a history has, for the start."""

    def __init__(self, history: History) -> None:
        self._address = history.address

    def events_after(self, number: int) -> Iterator[Event]:
        """The events with higher numbers, in order."""
        past = Past(self._address)
        try:
            while events := past.events(after_number=number):
                yield from events
                number = events[-1].number
        finally:
            past.close()

    def newest(self) -> Event | None:
        """The last event; None where there is none."""
        past = Past(self._address)
        try:
            return next(iter(past.events(limit=1)), None)
        finally:
            past.close()
