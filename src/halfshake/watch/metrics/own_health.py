"""How the monitor itself does: readings, schedule, configuration, /probe, sinks, events."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from halfshake.observation import Observation
from halfshake.version import __version__
from halfshake.watch.metrics.notification_health import NotificationHealth

if TYPE_CHECKING:
    from halfshake.errors import FailureReason
    from halfshake.event import Event
    from halfshake.observation import ProbeFailure
    from halfshake.watch.reader import VisitKind


class OwnHealth:
    """The monitor's own metrics; everything that happens to it is told here."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # three series for every one that somebody looks at
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        build = Gauge(
            "halfshake_build_info", "Which Halfshake runs.", ["version", "python"],
            registry=registry,
        )  # fmt: skip
        build.labels(__version__, platform.python_version()).set(1)
        self._probes = Counter(
            "halfshake_probes",
            "Readings on schedule, by what came of them; reason is empty where they were read.",
            ["kind", "outcome", "reason"],
            registry=registry,
        )
        self._of_outcomes: dict[tuple[VisitKind, FailureReason | None], Counter] = {}
        self._durations = Histogram(
            "halfshake_schedule_probe_duration_seconds",
            "How long readings on schedule took.",
            buckets=_DURATION_BUCKETS,
            registry=registry,
        )
        self._lag = Histogram(
            "halfshake_schedule_lag_seconds",
            "How much later than its time a reading began.",
            buckets=_LAG_BUCKETS,
            registry=registry,
        )
        self._late = Counter(
            "halfshake_schedule_late",
            f"Readings that began more than {LATE_SECONDS:g} s later than their time.",
            registry=registry,
        )
        self._skipped = Counter(
            "halfshake_schedule_skipped",
            "Times that were left out because the target was still being read.",
            registry=registry,
        )
        self.targets = Gauge(
            "halfshake_targets", "How many targets are watched.", registry=registry
        )
        self.in_progress = Gauge(
            "halfshake_probes_in_progress", "How many targets are being read.", registry=registry
        )
        self.reload_successful = Gauge(
            "halfshake_config_last_reload_successful",
            "Whether the last configuration that was read is in force.",
            registry=registry,
        )
        self.reload_timestamp = Gauge(
            "halfshake_config_last_reload_success_timestamp_seconds",
            "When the configuration in force was read, in seconds since 1970.",
            registry=registry,
        )
        self.probe_requests = Counter(
            "halfshake_probe_requests",
            "Requests to /probe, by what came of them.",
            ["result"],
            registry=registry,
        )
        self.sink_sent = Counter(
            "halfshake_sink_sent",
            "Results and events handed to a sink.",
            ["sink"],
            registry=registry,
        )
        self.sink_dropped = Counter(
            "halfshake_sink_dropped",
            "Results and events that a sink was too slow for, or failed with.",
            ["sink"],
            registry=registry,
        )
        self._events = Counter(
            "halfshake_events", "Changes that were seen, by kind.", ["kind"], registry=registry
        )
        self.notifications = NotificationHealth(registry)

        self.history_writable = Gauge(
            "halfshake_history_writable",
            "Whether the history is written to its file; 0 while it goes on in memory.",
            registry=registry,
        )
        self.history_visits = Counter(
            "halfshake_history_visits", "Visits that the history took.", registry=registry
        )
        self.history_events = Counter(
            "halfshake_history_events", "Changes that the history found.", registry=registry
        )
        self.history_dropped = Counter(
            "halfshake_history_dropped",
            "Visits that the history was too slow for, or that could not be kept.",
            registry=registry,
        )
        self.history = HistoryHealth(self)

    def probed(self, kind: VisitKind, result: Observation | ProbeFailure) -> None:
        """A target was read on schedule, or was not."""
        reason = None if isinstance(result, Observation) else result.reason
        counter = self._of_outcomes.get((kind, reason))
        if counter is None:  # to look one up by its labels takes longer than to count
            outcome = ("read", "") if reason is None else ("failed", reason.value)
            counter = self._of_outcomes[kind, reason] = self._probes.labels(kind.value, *outcome)
        counter.inc()
        if result.timings.total is not None:
            self._durations.observe(result.timings.total / 1000)

    def started(self, lag_seconds: float) -> None:
        """A target is read now, so much later than it should be."""
        self._lag.observe(max(0.0, lag_seconds))
        if lag_seconds > LATE_SECONDS:
            self._late.inc()

    def skipped(self, slots: int) -> None:
        """A target was under way for so long that it missed its next times."""
        self._skipped.inc(slots)

    def event(self, event: Event) -> None:
        """Something changed at a target. Any thread may call."""
        self._events.labels(event.kind.value).inc()

    def reloaded(self, now: float) -> None:
        """A configuration is in force."""
        self.reload_successful.set(1)
        self.reload_timestamp.set(now)

    def reload_failed(self) -> None:
        """A configuration was refused; the old one is in force."""
        self.reload_successful.set(0)

    def text(self, *, openmetrics: bool) -> bytes:
        """The last part of /metrics; in OpenMetrics it says that nothing follows."""
        generate: Any = generate_openmetrics if openmetrics else generate_latest
        text: bytes = generate(self.registry)
        return text


class HistoryHealth:
    """What the history tells of itself, in its own thread."""

    def __init__(self, health: OwnHealth) -> None:
        self._health = health

    def wrote(self, visits: int, events: int) -> None:
        """So much is kept."""
        self._health.history_visits.inc(visits)
        self._health.history_events.inc(events)

    def dropped(self, visits: int) -> None:
        """So much is not."""
        self._health.history_dropped.inc(visits)

    def writable(self, *, writable: bool) -> None:
        """Is the file written?"""
        self._health.history_writable.set(int(writable))


LATE_SECONDS = 1.0
_DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LAG_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0)
