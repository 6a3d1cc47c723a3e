"""The text of a message: one subject, a line for each event, and what to do. Pure, plain text.

Nothing here is secret, and every text that comes from outside goes through `harmless`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from halfshake.event import EventKind
from halfshake.report.harmless import harmless
from halfshake.trust.status import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from halfshake.event import Event
    from halfshake.watch.notifications.grouping import Batch


class Message(NamedTuple):
    """What a service is sent. `status` is the worst of its lines; `events` counts what it tells."""

    subject: str
    body: str
    status: str
    events: int


def message_of(batch: Batch) -> Message:
    """Tell of events. What was held back is told a line for each target, with its last event."""
    lines = _last_of_each(batch.events) if batch.held else [(each, 0) for each in batch.events]
    lines.sort(key=lambda line: WORST_FIRST.index(_status(line[0])))
    body = ["Held back in quiet hours:", ""] if batch.held else []
    body += [_line(event, before) for event, before in lines[:MAX_LINES]]
    if len(lines) > MAX_LINES:
        body.append(f"... and {len(lines) - MAX_LINES} more: `halfshake history` lists them.")
    body += _advice([event for event, _ in lines])
    told = [event for event, _ in lines]
    return Message(_subject(told), "\n".join(body), _worst(told), len(batch.events))


def reminder_of(events: Sequence[Event]) -> Message:
    """Say what is still not in order."""
    ordered = sorted(events, key=lambda event: WORST_FIRST.index(_status(event)))
    body = [f"{_line(event, 0)} (since {_time(event)})" for event in ordered[:MAX_LINES]]
    if len(ordered) > MAX_LINES:
        body.append(f"... and {len(ordered) - MAX_LINES} more.")
    body += _advice(ordered)
    subject = f"Halfshake: still {_subject(ordered).removeprefix('Halfshake: ')}"
    return Message(subject, "\n".join(body), _worst(ordered), 0)


def test_message(service: str) -> Message:
    """Say that messages arrive."""
    body = (
        f"This is a test of the service {harmless(service)} in the configuration of Halfshake.\n"
        "If you can read it, messages about certificates arrive here. Nothing is wrong."
    )
    return Message("Halfshake: a test message", body, "ok", 0)


def _subject(events: Sequence[Event]) -> str:
    first = events[0]
    if len(events) == 1:
        what = f"{_status(first)}: {harmless(first.target, 120)} {_HEADLINES[first.kind]}"
    elif len({event.target for event in events}) == 1:
        what = f"{_worst(events)}: {harmless(first.target, 120)} has {len(events)} changes"
    else:
        counted = Counter(_status(event) for event in events)
        counts = ", ".join(f"{counted[name]} {name}" for name in WORST_FIRST if counted[name])
        names = list(dict.fromkeys(event.target for event in events))
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        what = f"{counts}: {harmless(names[0], 120)}{more}"
    return f"Halfshake: {what}"


def _line(event: Event, before: int) -> str:
    where = harmless(event.target, 200)
    if event.address:
        where += f" at {harmless(event.address, 100)}"
    labels = ", ".join(f"{name}={harmless(value, 60)}" for name, value in event.labels)
    line = f"- {_status(event)}: {where}: {harmless(event.message)}"
    if labels:
        line += f" [{labels}]"
    if before:
        line += f" ({before} earlier change{'s' if before > 1 else ''} of it left out)"
    return line


def _last_of_each(events: Iterable[Event]) -> list[tuple[Event, int]]:
    last: dict[object, tuple[Event, int]] = {}
    for event in events:
        place = (event.target, event.labels, event.address)
        before = last.pop(place, None)
        last[place] = (event, before[1] + 1 if before else 0)
    return list(last.values())


def _advice(events: Sequence[Event]) -> list[str]:
    sentences = dict.fromkeys(
        _ADVICE[event.kind] for event in events if event.kind in _ADVICE and event.status != "ok"
    )
    if not sentences:
        return []
    return ["", "What to do:", *(f"- {sentence}" for sentence in sentences)]


def _worst(events: Sequence[Event]) -> str:
    return min((_status(event) for event in events), key=WORST_FIRST.index)


def _status(event: Event) -> str:
    return event.status if event.status in WORST_FIRST else "unknown"


def _time(event: Event) -> str:
    return f"{event.at:%Y-%m-%d %H:%M} UTC"


MAX_LINES = 30
"""More than a chat shows at once; a rack that dies takes hundreds of endpoints with it."""

_HEADLINES = {
    EventKind.renewed: "has a new certificate",
    EventKind.rolled_back: "shows an older certificate again",
    EventKind.issuer_changed: "has another issuer",
    EventKind.key_reused: "was renewed with its old key",
    EventKind.client_auth_changed: "treats clients without a certificate differently",
    EventKind.client_cas_changed: "names other client CAs",
    EventKind.trust_changed: "is judged differently by your trust store",
    EventKind.status_changed: "has another status",
    EventKind.went_dark: "cannot be read",
    EventKind.came_back: "can be read again",
    EventKind.address_appeared: "has a new address",
    EventKind.address_vanished: "has lost an address",
    EventKind.twins_diverged: "shows different certificates at its addresses",
    EventKind.twins_agree: "shows the same certificate everywhere again",
}
"""What a kind of event means, after the name of the target."""

_ADVICE = {
    EventKind.renewed: "The new certificate is not in order: run `halfshake check` on the target.",
    EventKind.rolled_back: (
        "An old certificate is back: look for a restored backup or a node that was not reloaded."
    ),
    EventKind.issuer_changed: "Ask who issued the certificate; clients may not trust that CA.",
    EventKind.client_auth_changed: (
        "Ask whether the change is intended: compare the server's client authentication with its "
        "configuration."
    ),
    EventKind.client_cas_changed: (
        "Check that the CA of your clients' certificates is among those that the server names."
    ),
    EventKind.trust_changed: (
        "Run `halfshake check` on the target: it says which certificate is not trusted, and why."
    ),
    EventKind.status_changed: (
        "Run `halfshake check` on the target: it lists every finding with advice."
    ),
    EventKind.went_dark: (
        "Check that the server runs and that this host can reach it: `halfshake check` says where "
        "the reading fails."
    ),
    EventKind.address_vanished: "Check the target's DNS records and its load balancer.",
    EventKind.twins_diverged: (
        "Find the node that was not renewed: `halfshake check --all-addresses` shows each address."
    ),
}
"""What to do, where the status is not ok."""
