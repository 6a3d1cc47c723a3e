"""How notifications do: sent, failed, given up, still pending; for each service."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class NotificationHealth:
    """Everything that happens to notifications is told here. Any thread may call."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._sent = Counter(
            "halfshake_notifications_sent",
            "Messages that a service took.",
            ["service"],
            registry=registry,
        )
        self._failed = Counter(
            "halfshake_notifications_failed",
            "Attempts to send a message that failed; it is tried again.",
            ["service"],
            registry=registry,
        )
        self._given_up = Counter(
            "halfshake_notifications_given_up_events",
            "Events that a service was never told of: it took nothing for `give_up_after`.",
            ["service"],
            registry=registry,
        )
        self._pending = Gauge(
            "halfshake_notifications_pending_events",
            "Events that a service has not been told of yet.",
            ["service"],
            registry=registry,
        )
        self._stored = Gauge(
            "halfshake_notifications_stored",
            "Whether what is pending outlives a restart: the outbox is a file.",
            registry=registry,
        )

    def begin(self, services: list[str]) -> None:
        """Let each service have its series from the start: a rate needs the 0."""
        for name in services:
            for family in (self._sent, self._failed, self._given_up, self._pending):
                family.labels(name)

    def end(self, service: str) -> None:
        """A service is not configured any more: nothing of it is pending."""
        with contextlib.suppress(KeyError):
            self._pending.remove(service)

    def sent(self, service: str) -> None:
        """A message was taken."""
        self._sent.labels(service).inc()

    def attempt_failed(self, service: str) -> None:
        """A message was not taken this time."""
        self._failed.labels(service).inc()

    def given_up(self, service: str, events: int) -> None:
        """So many events will never be told."""
        self._given_up.labels(service).inc(events)

    def pending(self, service: str, events: int) -> None:
        """So many events have not been told yet."""
        self._pending.labels(service).set(events)

    def stored(self, *, yes: bool) -> None:
        """Does the outbox outlive a restart?"""
        self._stored.set(yes)
