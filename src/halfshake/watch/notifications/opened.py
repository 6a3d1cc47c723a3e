"""From what the configuration says of `notify` to what a notifier needs, opened."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.history.queries import Past
from halfshake.watch.notifications.apprise_service import AppriseService
from halfshake.watch.notifications.notifier import Orders
from halfshake.watch.notifications.outbox import Outbox, target_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from halfshake.event import Event
    from halfshake.history.history import History
    from halfshake.watch.settings.keys.notify import Notify
    from halfshake.watch.settings.watched import Watched


class Services:
    """The services in force: one whose URL stays the same is the same one after a reload."""

    def __init__(self) -> None:
        self._known: dict[str, AppriseService] = {}

    def orders(self, notify: Notify) -> Orders:
        """Open what is new. Raises UsageError where a URL is none, or apprise is missing."""
        services = []
        for name, service in notify.services.items():
            url, known = service.secret_url(), self._known.get(name)
            is_same = known is not None and known.url == url
            services.append(known if known is not None and is_same else AppriseService(name, url))
        return Orders(services, notify.routing(), notify.policies())

    def take(self, orders: Orders) -> None:
        """These are in force now."""
        self._known = {
            each.name: each for each in orders.services if isinstance(each, AppriseService)
        }


def opened_outbox(path: Path | None) -> Outbox:
    """Open another outbox than the one in force. Raises UsageError where it cannot be written."""
    try:
        return Outbox(path)
    except (sqlite3.Error, OSError) as error:
        raise UsageError(f"the outbox {path} of `notify` cannot be written: {error}") from error


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
