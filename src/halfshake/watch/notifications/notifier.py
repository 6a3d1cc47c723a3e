"""`Notifier`: the desk's thread, a courier for each service, and how they begin and end.

The history hands over each event once, after it was written. At the start it is asked for those
that came after the last one that was taken: so a crash in between loses and doubles nothing.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

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
        self._names = [service.name for service in services]
        self._source = source
        self._outbox = outbox
        self._health = health
        self._now = now
        self._desk = Desk(outbox, routes, policies)
        patience = patience or Patience()
        self._couriers = {
            service.name: Courier(
                service,
                outbox,
                health,
                now=now,
                patience=patience._replace(give_up=policies[service.name].give_up_seconds),
            )
            for service in services
        }
        self._watched: set[tuple[str, str]] | None = None
        # The targets to which the outbox was last brought.
        self._kept_to: set[tuple[str, str]] | None = None
        self._handed_in: deque[Event] = deque()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def start(self, targets: set[tuple[str, str]]) -> None:
        """Begin, before the first reading. `targets` are those that are watched (`target_key`)."""
        self._catch_up()
        self._outbox.keep_only(self._names, targets)
        self._watched = self._kept_to = targets
        for courier in self._couriers.values():
            courier.start()
        self._thread.start()

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
        couriers = self._couriers.values()
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
            event = self._handed_in[0]
            self._desk.take(event, now)
            self._handed_in.popleft()
            if watched is not None and target_key(event.target, event.labels) not in watched:
                self._kept_to = None  # the last of a target that is gone
        if watched is not None and watched is not self._kept_to:
            self._outbox.keep_only(self._names, watched)
            self._kept_to = watched
        done = self._desk.turn(now)
        for name in done.told:
            self._couriers[name].wake()
        for name, events in done.given_up.items():
            self._health.given_up(name, events)
        for name in self._names:
            self._health.pending(name, self._outbox.pending(name))

    def _catch_up(self) -> None:
        """Take what is new in the history since the last one that was taken."""
        self._find_place()
        last = self._outbox.last_event()
        for event in self._source.events_after(last[0] if last else 0):
            self._desk.take(event, self._now())

    def _find_place(self) -> None:
        """Find out which events are new; of another history than last time, only later ones."""
        newest = self._source.newest()
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
            try:
                self.turn()
                self._failing = False
            except (sqlite3.Error, OSError) as error:
                if not self._failing:
                    log.warning("notify: the outbox fails, it is tried again: %s", error)
                self._failing = True
            if not stopping and not self._stopping.is_set():
                self._wake.wait(LOOK_EVERY_SECONDS)


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
