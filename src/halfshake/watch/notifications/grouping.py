"""Which of the waiting events go out now, and in which messages; which reminders are due. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.event import Event
    from halfshake.watch.notifications.policy import Policy


class Waiting(NamedTuple):
    """An event that a service has not been told of, since when, and whether quiet hours count."""

    event: Event
    since: float
    urgent: bool = False


class Batch(NamedTuple):
    """Events for one message; `held` says that quiet hours kept them back."""

    events: tuple[Event, ...]
    held: bool = False


class Standing(NamedTuple):
    """The last event of a target that is not in order, and when the service last heard of it.

    `told` is None while that event is still waiting; for one that was given up it is when it came.
    """

    event: Event
    told: float | None


class Ready(NamedTuple):
    """What goes out now, and when to look again; None where nothing waits."""

    batches: tuple[Batch, ...]
    look_again: float | None


def ready(waiting: Sequence[Waiting], policy: Policy, now: float) -> Ready:
    """Make batches of what has waited long enough, in the order in which it came.

    A clock that was set back makes nothing wait for longer: what seems to come from the future is
    due at once.
    """
    quiet_end = policy.quiet_until(now)
    held: list[Event] = []
    groups: dict[tuple[str, ...], list[Waiting]] = {}
    times: list[float] = []
    for each in waiting:
        if each.urgent:
            groups.setdefault(("urgent", *_group(each.event, policy)), []).append(each)
        elif quiet_end is not None:
            times.append(quiet_end)
        elif policy.quiet_until(each.since) is not None:
            held.append(each.event)
        else:
            groups.setdefault(("", *_group(each.event, policy)), []).append(each)
    batches = [Batch(tuple(held), held=True)] if held else []
    for group in groups.values():
        first = min(each.since for each in group)
        if first <= now < first + policy.group_wait_seconds:
            times.append(first + policy.group_wait_seconds)
        else:
            batches.append(Batch(tuple(each.event for each in group)))
    return Ready(tuple(batches), min(times, default=None))


def breaks_through(event: Event, policy: Policy, standing: Standing | None) -> bool:
    """Do quiet hours not count for this event?

    Who was told of something critical at night is told at night how it went on.
    """
    if not policy.critical_breaks_through:
        return False
    told = standing is not None and standing.told is not None
    return event.status == "critical" or (
        told and standing is not None and standing.event.status == "critical"
    )


def reminders(standing: Sequence[Standing], policy: Policy, now: float) -> tuple[Event, ...]:
    """What a service is to be reminded of now, all in one message.

    As soon as one is due, those that would follow before long come with it.
    """
    every = policy.remind_seconds
    if every is None:
        return ()
    known = [each for each in standing if each.told is not None]
    if policy.quiet_until(now) is not None:
        known = [
            each
            for each in known
            if policy.critical_breaks_through and each.event.status == "critical"
        ]
    ages = [now - each.told for each in known if each.told is not None]
    if not any(age >= every for age in ages):
        return ()
    return tuple(each.event for each, age in zip(known, ages, strict=True) if age >= every / 2)


def _group(event: Event, policy: Policy) -> tuple[str, ...]:
    own = {
        **dict(event.labels),
        "target": event.target,
        "kind": event.kind.value,
        "status": event.status,
    }
    return tuple(own.get(name, "") for name in policy.group_by)
