"""`Remembering`: the history, and the notifications that its events become, as a part of a plan.

A reload opens what is new beside what is in force. Then the new history takes the visits, and waits
until the old one has written all that it has; the notifier goes on with the new one after the last
event of the old one. So nothing is lost, and nothing is told twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import UsageError
from halfshake.history.history import History
from halfshake.watch.notifications.notifier import Change, Notifier, open_outbox
from halfshake.watch.notifications.opened import (
    HistoryEvents,
    Services,
    opened_outbox,
    watched_keys,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from halfshake.watch.metrics.own_health import OwnHealth
    from halfshake.watch.notifications.notifier import Orders
    from halfshake.watch.notifications.outbox import Outbox
    from halfshake.watch.parts import Opened
    from halfshake.watch.settings.keys.document import History as HistoryKeys
    from halfshake.watch.settings.plan import Plan
    from halfshake.watch.sinks.opened import RunningSinks

log = logging.getLogger("halfshake.watch")


class Remembering:
    """The history in force, None where it is off; `use` is told of each that takes over.

    `sinks` are told of each event too.
    """

    def __init__(
        self,
        health: OwnHealth,
        environment: Mapping[str, str],
        sinks: RunningSinks,
        use: Callable[[History | None], None],
    ) -> None:
        self.history: History | None = None
        self._health = health
        self._environment = environment
        self._sinks = sinks
        self._use = use
        self._keys: HistoryKeys | None = None
        self._ended: History | None = None
        self._services = Services()
        self._notifier: Notifier | None = None
        self._outbox_path: Path | None = None

    @property
    def is_in_memory(self) -> bool:
        """Is there a history, and no file for it?"""
        keys = self._keys
        return keys is not None and keys.enabled and keys.file(self._environment) is None

    async def open(self, plan: Plan) -> Opened:
        """Open the history, the outbox and the services that a plan has new. Raises UsageError.

        At the start, a disk that cannot be written is no reason not to begin.
        """
        return await asyncio.to_thread(self._open, plan)

    def _open(self, plan: Plan) -> _OpenedMemory:
        keys, orders = plan.document.history, self._services.orders(plan.document.notify)
        if orders.services and not keys.enabled:
            raise UsageError("notify needs the history: take `enabled: false` out of `history`")
        history = self._other_history(keys, plan) if keys.enabled else None
        try:
            outbox = self._other_outbox(keys.outbox(self._environment), orders)
        except UsageError:
            if history is not None:
                history.abandon()
            raise
        return _OpenedMemory(self, plan, orders, history, outbox)

    def _other_history(self, keys: HistoryKeys, plan: Plan) -> History | None:
        file, before = keys.file(self._environment), self._keys
        if before is not None and before.enabled and before.file(self._environment) == file:
            return None
        history = History(
            file,
            self._health.history,
            keep_seconds=keys.keep,
            has_to_be_written=before is not None,
        )
        history.only(watched.labels for watched in plan.watched)
        history.on_event += [self._health.event, self._sinks.offer_event]
        return history

    def _other_outbox(self, path: Path | None, orders: Orders) -> Outbox | None:
        if self._notifier is not None:
            return None if path == self._outbox_path else opened_outbox(path)
        if not orders.services:
            return None
        is_start = self._keys is None
        return open_outbox(path, self._health.notifications) if is_start else opened_outbox(path)

    async def take(self, opened: _OpenedMemory) -> None:
        """Have this from now on; what was there before ends when it has written what it has."""
        keys, old = opened.plan.document.history, self.history
        self._services.take(opened.orders)
        is_start, self._keys = self._keys is None, keys
        self._outbox_path = keys.outbox(self._environment)
        new = opened.history
        begin = self._change_of_notifier(opened)
        if new is not None:
            self.history = new
            self._use(new)
            new.start(after=old or self._ended, continues=old is not None, then=begin)
            if not is_start:
                log.info("the history is kept in %s", keys.file(self._environment) or IN_MEMORY)
            return
        if old is not None and keys.enabled:
            old.keep(keys.keep)
        elif old is not None:
            self.history, self._ended = None, old
            self._use(None)
            old.end()
            self._health.history.writable(writable=False)
            log.info("the history is off")
        if begin is not None:
            await asyncio.to_thread(begin)

    def _change_of_notifier(self, opened: _OpenedMemory) -> Callable[[], None] | None:
        """What is to be done for the notifier, before the first event of a new history is told."""
        new, targets = opened.history, watched_keys(opened.plan.watched)
        running = self._notifier
        if running is not None:
            if new is not None:
                new.on_event.append(running.tell)
            running.keep_only(targets)
            events = None if new is None else HistoryEvents(new)
            change = Change(opened.orders, events, opened.outbox)
            return lambda: running.change(change, wait_seconds=HANDOVER_SECONDS)
        history = new or self.history
        if opened.outbox is None or history is None:
            return None
        notifier = self._notifier = Notifier(
            *opened.orders,
            HistoryEvents(history),
            opened.outbox,
            health=self._health.notifications,
            now=time.time,
        )
        self._health.notifications.stored(yes=opened.outbox.path is not None)
        # First it is told of what comes, then it asks for what has come: nothing falls between.
        history.on_event.append(notifier.tell)
        return lambda: notifier.start(targets)

    async def close_history(self, seconds_left: Callable[[], float]) -> None:
        """Write what was seen: the last events are for the sinks and the notifications."""
        history = self.history or self._ended
        if history is not None:
            await asyncio.to_thread(history.close, max(LEAST_SECONDS, seconds_left()))

    async def close_notifications(self, seconds_left: Callable[[], float]) -> None:
        """Keep what could not be sent."""
        if self._notifier is not None:
            await asyncio.to_thread(self._notifier.close, max(LEAST_SECONDS, seconds_left()))


class _OpenedMemory(NamedTuple):
    """What is new of a plan that is not in force yet; None for what stays."""

    remembering: Remembering
    plan: Plan
    orders: Orders
    history: History | None
    outbox: Outbox | None

    async def take_over(self) -> None:
        await self.remembering.take(self)

    async def give_up(self) -> None:
        if self.history is not None:
            self.history.abandon()
        if self.outbox is not None:
            self.outbox.close()


IN_MEMORY = "memory: history.path names a file for it"

# Readings that ended late leave no time: a moment they get.
LEAST_SECONDS = 0.5

# A new history does not tell its first event before the notifier knows of it; but if the outbox
# cannot be written, readings count more.
HANDOVER_SECONDS = 10.0
