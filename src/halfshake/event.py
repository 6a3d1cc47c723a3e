"""`Event`: something that changed at an endpoint from one reading to the next.

The history finds and keeps events; sinks, notifications, the page and the feeds tell of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class EventKind(StrEnum):
    """What changed. The codes are stable; docs/history.md has a sentence on each."""

    renewed = "renewed"
    rolled_back = "rolled-back"
    issuer_changed = "issuer-changed"
    key_reused = "key-reused"
    client_auth_changed = "client-auth-changed"
    client_cas_changed = "client-cas-changed"
    trust_changed = "trust-changed"
    status_changed = "status-changed"
    went_dark = "went-dark"
    came_back = "came-back"
    address_appeared = "address-appeared"
    address_vanished = "address-vanished"
    twins_diverged = "twins-diverged"
    twins_agree = "twins-agree"


class Event(NamedTuple):
    """One change at one endpoint.

    `number` is its row in the history, unique for as long as that file lives; a sink that gets the
    same number twice has been told twice. `target` is what the series' label `target` says, and
    `address` the address that changed, where an endpoint has several. `message` is one sentence for
    people; `before` and `after` are what a program compares: a fingerprint, a status, an issuer.
    `status` is the verdict's status with the change: "ok", "warning", "critical" or "unknown".
    `labels` are the user's own.
    """

    number: int
    at: datetime
    kind: EventKind
    target: str
    address: str | None
    message: str
    before: str | None
    after: str | None
    status: str
    labels: tuple[tuple[str, str], ...] = ()
