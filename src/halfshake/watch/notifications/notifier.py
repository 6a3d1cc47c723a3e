"""`Notifier`: the desk's thread, a courier for each service, and how they begin and end.

The history hands over each event once, after it was written. At the start it is asked for those
that came after the last one that was taken: so a crash in between loses and doubles nothing. A new
configuration stands in the same queue as the events (`Change`): what came before is told by the old
one, what comes after by the new one.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from halfshake.history.database import HistoryUnusable
from halfshake.watch.notifications.courier import Courier, Patience
from halfshake.watch.notifications.desk import Desk
from halfshake.watch.notifications.outbox import Outbox, target_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from halfshake.event import Event
    from halfshake.watch.metrics.notification_health import NotificationHealth
    from halfshake.watch.notifications.courier import Service
    from halfshake.watch.notifications.policy import Policy, Route

log = logging.getLogger("halfshake.watch")


class EventSource(Protocol):
    """The history, as far as it is needed at the start."""

    def events_after(self, number: int) -> Iterable[Event]:
        """The events with higher numbers, in order."""

    def newest(self) -> Event | None:
        """The last event; None where there is none."""


class Orders(NamedTuple):
    """Who is told of what, and how."""

    services: Sequence[Service]
    routes: Sequence[Route]
    policies: Mapping[str, Policy]


class Change(NamedTuple):
    """What is new: orders; another history; another outbox, opened, to go on in; or None of it.

    `done` is set when it counts.
    """

    orders: Orders | None = None
    source: EventSource | None = None
    outbox: Outbox | None = None
    done: threading.Event | None = None


class Notifier:
    """Tells services of events, from `start` to `close`."""

    def __init__(
        self,
        services: Sequence[Service],
        routes: Sequence[Route],
        policies: Mapping[str, Policy],
        source: EventSource,
        outbox: Outbox,
        *,
        health: NotificationHealth,
        now: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        self._source = source
        self._outbox = outbox
        self._health = health
        self._now = now
        self._patience = patience or Patience()
        self._couriers: dict[str, Courier] = {}
        # They may still be sending what they were sending when they were replaced.
        self._replaced: list[Courier] = []
        self._take_orders(Orders(services, routes, policies))
        self._watched: set[tuple[str, str]] | None = None
        # The targets to which the outbox was last brought.
        self._kept_to: set[tuple[str, str]] | None = None
        self._handed_in: deque[Event | Change] = deque()
        # The last event that was taken from the history itself: it may be handed in as well.
        self._found: Event | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def start(self, targets: set[tuple[str, str]]) -> None:
        """Begin, before the first reading. `targets` are those that are watched (`target_key`)."""
        self._watched = targets
        self._handed_in.appendleft(Change(source=self._source))
        self._try_turn()
        for courier in self._couriers.values():
            courier.start()
        self._thread.start()

    def change(self, change: Change, *, wait_seconds: float) -> None:
        """Take what is new, after all events that were handed in before; wait for it so long."""
        done = threading.Event()
        self._handed_in.append(change._replace(done=done))
        self._wake.set()
        done.wait(wait_seconds)

    def keep_only(self, targets: set[tuple[str, str]]) -> None:
        """Remind nobody of targets that are not watched now. Returns at once."""
        self._watched = targets
        self._wake.set()

    def tell(self, event: Event) -> None:
        """Take a new event. Returns at once; one thread calls, in the order of the history."""
        self._handed_in.append(event)
        self._wake.set()

    def close(self, timeout_seconds: float) -> None:
        """Stop within this time; what was not sent stays in the outbox."""
        until = time.monotonic() + timeout_seconds
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_seconds)
        couriers = [*self._couriers.values(), *self._replaced]
        for courier in couriers:
            courier.stop()
        for courier in couriers:
            courier.join(max(0.0, until - time.monotonic()))
        # A late answer of a service still has to be written: then the process' end closes the file.
        if not self._thread.is_alive() and not any(courier.is_busy for courier in couriers):
            self._outbox.close()

    def turn(self) -> None:
        """Take what is new, and make the messages whose time has come. Raises sqlite3.Error."""
        now, watched = self._now(), self._watched
        while self._handed_in:
            # It leaves the queue only when it is written: a full disk delays it, and no more.
            item = self._handed_in[0]
            if isinstance(item, Change):
                self._apply(item)
                if item.done is not None:
                    item.done.set()
            elif not self._was_found(item):
                self._desk.take(item, now)
                if watched is not None and target_key(item.target, item.labels) not in watched:
                    self._kept_to = None  # the last of a target that is gone
            self._handed_in.popleft()
        # Of a service that nobody has any more, nothing is kept; but without any, all is kept.
        if self._names and watched is not None and watched is not self._kept_to:
            self._outbox.keep_only(self._names, watched)
            self._kept_to = watched
        done = self._desk.turn(now)
        for name in done.told:
            self._couriers[name].wake()
        for name, events in done.given_up.items():
            self._health.given_up(name, events)
        for name in self._names:
            self._health.pending(name, self._outbox.pending(name))

    def _apply(self, change: Change) -> None:
        """Go on by a change; where a part of it fails, all of it is tried again."""
        if change.outbox is not None and self._outbox.path != change.outbox.path:
            self._outbox.move_to(change.outbox)
            self._health.stored(yes=self._outbox.path is not None)
        if change.orders is not None:
            self._take_orders(change.orders)
            for courier in self._couriers.values():
                courier.start()
            self._kept_to = None
        if change.source is not None:
            self._source = change.source
            self._catch_up()

    def _take_orders(self, orders: Orders) -> None:
        names = [service.name for service in orders.services]
        self._health.begin(names)
        before, self._couriers = self._couriers, {}
        for service in orders.services:
            give_up = orders.policies[service.name].give_up_seconds
            patience = self._patience._replace(give_up=give_up)
            old = before.get(service.name)
            if old is not None and old.service is service:
                old.patience = patience
                self._couriers[service.name] = before.pop(service.name)
                continue
            if old is not None:
                old.stop()
            else:  # it was away for a while
                replaced = {each.service.name: each for each in self._replaced}
                old = replaced.get(service.name)
            self._couriers[service.name] = Courier(
                service, self._outbox, self._health, now=self._now, patience=patience, after=old
            )
        for name, old in before.items():
            old.stop()
            if name not in names:
                self._health.end(name)
        self._replaced = [each for each in (*self._replaced, *before.values()) if each.is_busy]
        self._names = names
        self._desk = Desk(self._outbox, orders.routes, orders.policies)

    def _was_found(self, event: Event) -> bool:
        """Was it taken from the history already?"""
        found = self._found
        return found is not None and event.number <= found.number and event.at <= found.at

    def _catch_up(self) -> None:
        """Take what is new in the history since the last one that was taken."""
        newest = self._source.newest()
        self._find_place(newest)
        last = self._outbox.last_event()
        for event in self._source.events_after(last[0] if last else 0):
            if newest is not None and event.number <= newest.number:
                self._desk.take(event, self._now())
        self._found = newest

    def _find_place(self, newest: Event | None) -> None:
        """Find out which events are new; of another history than last time, only later ones."""
        here = (newest.number, newest.at.isoformat()) if newest else (0, "")
        last = self._outbox.last_event()
        if last is None:
            # Notifications are new here: the past is no news.
            self._outbox.begin_after(*here)
            return
        number, at = last
        if here[0] < number:
            self._outbox.begin_after(*here)
            return
        same = next(iter(self._source.events_after(number - 1)), None) if number else None
        if same is not None and same.number == number and at and same.at.isoformat() != at:
            self._outbox.begin_after(*here)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            # Once more at the end, for what came last.
            stopping = self._stopping.is_set()
            self._wake.clear()
            self._try_turn()
            if not stopping and not self._stopping.is_set():
                self._wake.wait(LOOK_EVERY_SECONDS)

    def _try_turn(self) -> None:
        try:
            self.turn()
            self._failing = False
        except (sqlite3.Error, OSError, HistoryUnusable) as error:
            if not self._failing:
                log.warning("notify: the outbox fails, it is tried again: %s", error)
            self._failing = True


def open_outbox(path: Path | None, health: NotificationHealth) -> Outbox:
    """Open the file; where that cannot be, keep all in memory, and say so."""
    if path is not None:
        try:
            outbox = Outbox(path)
        except (sqlite3.Error, OSError) as error:
            log.warning(
                "notify: %s cannot be used (%s): what is not sent is lost when the monitor stops",
                path,
                error,
            )
        else:
            health.stored(yes=True)
            return outbox
    health.stored(yes=False)
    return Outbox(None)


LOOK_EVERY_SECONDS = 1.0
