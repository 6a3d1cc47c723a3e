"""`Remembering`: the history, and the notifications that its events become, beside a plan.

Both are opened once. A reload keeps them to the new plan's targets; new settings of their own are
in force after a restart, and the log says so.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from halfshake.history.history import History
from halfshake.watch.notifications.opened import open_notifier, watched_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halfshake.watch.metrics.own_health import OwnHealth
    from halfshake.watch.parts import Opened
    from halfshake.watch.settings.plan import Plan
    from halfshake.watch.sinks.opened import RunningSinks

log = logging.getLogger("halfshake.watch")


class Remembering:
    """Opens the history and the notifier of the first plan; `history` is None where it is off.

    `sinks` are told of each event too. Raises UsageError where the file is of no use, and where
    nobody can be notified.
    """

    def __init__(
        self, plan: Plan, health: OwnHealth, environment: Mapping[str, str], sinks: RunningSinks
    ) -> None:
        settings = plan.document.history
        self._settings = settings, plan.document.notify
        self.history: History | None = None
        if settings.enabled:
            path = settings.file(environment)
            self.history = History(path, health.history, keep_seconds=settings.keep)
            self.history.only(watched.labels for watched in plan.watched)
            self.history.on_event += [health.event, sinks.offer_event]
        self.in_memory = settings.enabled and settings.file(environment) is None
        self._notifier = open_notifier(
            plan.document.notify,
            self.history,
            settings.outbox(environment),
            health.notifications,
            plan.watched,
        )
        if self.history is not None:
            self.history.start()

    async def open(self, plan: Plan) -> Opened:
        """Nothing is opened anew."""
        return _KeptTo(self, plan)

    def keep_to(self, plan: Plan) -> None:
        """Forget what was to be told of targets that are gone."""
        if (plan.document.history, plan.document.notify) != self._settings:
            log.warning("new settings of `history` and `notify` are in force after a restart")
        if self._notifier is not None:
            self._notifier.keep_only(watched_keys(plan.watched))

    async def close_history(self, seconds_left: Callable[[], float]) -> None:
        """Write what was seen: the last events are for the sinks and the notifications."""
        if self.history is not None:
            await asyncio.to_thread(self.history.close, max(LEAST_SECONDS, seconds_left()))

    async def close_notifications(self, seconds_left: Callable[[], float]) -> None:
        """Keep what could not be sent."""
        if self._notifier is not None:
            await asyncio.to_thread(self._notifier.close, max(LEAST_SECONDS, seconds_left()))


class _KeptTo:
    """A plan that is not in force yet."""

    def __init__(self, remembering: Remembering, plan: Plan) -> None:
        self._remembering = remembering
        self._plan = plan

    async def take_over(self) -> None:
        self._remembering.keep_to(self._plan)

    async def give_up(self) -> None:
        """Nothing was opened."""


# Readings that ended late leave no time: a moment they get.
LEAST_SECONDS = 0.5
