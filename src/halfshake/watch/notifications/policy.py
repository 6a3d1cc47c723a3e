"""`Policy`: what a service wants to hear of, and when; `Route`: which events go to which services.

Made of the configuration by `settings/keys/notify.py`. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from halfshake.watch.notifications.quiet_hours import quiet_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfshake.event import Event
    from halfshake.watch.notifications.quiet_hours import QuietWindow


class Policy(NamedTuple):
    """How one service is told. Durations are in seconds; `remind_seconds` None is never."""

    group_by: tuple[str, ...] = ()
    group_wait_seconds: float = 30.0
    remind_seconds: float | None = 86400.0
    recovery: bool = True
    quiet: tuple[QuietWindow, ...] = ()
    critical_breaks_through: bool = False
    give_up_seconds: float = 3 * 86400.0

    def quiet_until(self, now: float) -> float | None:
        """When the quiet ends, in seconds since 1970; None where it is not quiet."""
        if not self.quiet:
            return None
        end = quiet_until(self.quiet, datetime.fromtimestamp(now, UTC))
        return None if end is None else end.timestamp()


class Route(NamedTuple):
    """Events that match everything that is given go to `services`. Empty is: whatever it is.

    Targets and the values of labels are patterns: `*.corp.example`.
    """

    services: tuple[str, ...]
    targets: tuple[str, ...] = ()
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    kinds: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()

    def matches(self, event: Event) -> bool:
        """Is this an event for the route?"""
        own = dict(event.labels)
        return (
            (not self.kinds or event.kind.value in self.kinds)
            and (not self.statuses or event.status in self.statuses)
            and (not self.targets or _matches(event.target, self.targets))
            and all(_matches(own.get(name, ""), wanted) for name, wanted in self.labels)
        )


def receivers(
    event: Event,
    routes: Sequence[Route],
    policies: Mapping[str, Policy],
    standing: Mapping[str, str],
) -> tuple[str, ...]:
    """Which services hear of an event, each once.

    `standing` has the status of the same target that a service knows of, where that is not "ok".
    Who was told of a trouble is told when it changes or ends, whatever the routes say: otherwise a
    route for `critical` would never bring the recovery.
    """
    matching = [route.services for route in routes if route.matches(event)]
    routed = {name for names in matching for name in names} if routes else set(policies)
    changed = {name for name, status in standing.items() if status != event.status}
    return tuple(
        name
        for name, policy in policies.items()
        if (name in routed or name in changed)
        and (policy.recovery or event.status != "ok" or event.kind.value not in RECOVERIES)
    )


def _matches(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


RECOVERIES = frozenset({"status-changed", "came-back"})
"""What `recovery: false` leaves out, where the status is "ok" again."""
