"""`Desk`: takes events from the history, and puts messages into the outbox when their time comes.

    history -> route -> waiting -> group, quiet hours -> messages -> a courier for each service
                           standing -> reminders /

It never sends, so no service can hold it up. Time is passed in. After a crash at any moment it goes
on where the outbox says: the number of the last event is written together with what came of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from halfshake.watch.notifications.grouping import breaks_through, ready, reminders
from halfshake.watch.notifications.outbox import Taken
from halfshake.watch.notifications.policy import receivers
from halfshake.watch.notifications.wording import message_of, reminder_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfshake.event import Event
    from halfshake.watch.notifications.outbox import Outbox
    from halfshake.watch.notifications.policy import Policy, Route


class Turn(NamedTuple):
    """What came of one turn: for which services there are messages, what was given up."""

    told: tuple[str, ...]
    given_up: Mapping[str, int]


class Desk:
    """Decides for all services of one configuration."""

    def __init__(
        self, outbox: Outbox, routes: Sequence[Route], policies: Mapping[str, Policy]
    ) -> None:
        self._outbox = outbox
        self._routes = routes
        self._policies = policies
        # When there is something to do for a service; unknown after a start.
        self._look_again: dict[str, float] = dict.fromkeys(policies, -math.inf)
        self._last_turn = -math.inf

    def take(self, event: Event, now: float) -> None:
        """Take the next event, for all who are to hear of it."""
        standing = self._outbox.standing_of(event)
        known = {name: each.event.status for name, each in standing.items()}
        names = receivers(event, self._routes, self._policies, known)
        taken = [
            Taken(name, breaks_through(event, self._policies[name], standing.get(name)))
            for name in names
        ]
        self._outbox.take(event, taken, now)
        for name in names:
            self._look_again[name] = -math.inf

    def turn(self, now: float) -> Turn:
        """Make the messages whose time has come."""
        if now < self._last_turn:
            self._outbox.set_clock(now)
            self._look_again = dict.fromkeys(self._policies, -math.inf)
        self._last_turn = now
        told, given_up = [], {}
        for name, policy in self._policies.items():
            if self._tell(name, policy, now) or self._remind(name, policy, now):
                told.append(name)
            dropped = self._outbox.drop_waiting(name, now - policy.give_up_seconds)
            if dropped:
                given_up[name] = dropped
        return Turn(tuple(told), given_up)

    def _tell(self, name: str, policy: Policy, now: float) -> bool:
        if now < self._look_again[name]:
            return False
        told = False
        answer = ready(self._outbox.waiting(name), policy, now)
        # A service that takes nothing gets few messages, but each with more in it.
        room = MAX_MESSAGES - self._outbox.messages(name)
        for batch in answer.batches[: max(0, room)]:
            self._outbox.put(name, message_of(batch), batch.events, now)
            told = True
        if len(answer.batches) > room:
            self._look_again[name] = now
        else:
            self._look_again[name] = math.inf if answer.look_again is None else answer.look_again
        return told

    def _remind(self, name: str, policy: Policy, now: float) -> bool:
        if policy.remind_seconds is None or self._outbox.messages(name):
            return False
        # Thousands may stand, and a turn comes every second: mostly it is enough to ask for one.
        first = self._outbox.first_told(name)
        if first is None or now - first < policy.remind_seconds:
            return False
        due = reminders(self._outbox.standing(name), policy, now)
        if due:
            self._outbox.put(name, reminder_of(due), due, now)
        return bool(due)


MAX_MESSAGES = 5
"""How many messages may wait for one service before later events are put together."""
