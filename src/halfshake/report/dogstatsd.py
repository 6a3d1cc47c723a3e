"""Results to DogStatsD, for cron and CI: the same metrics and service checks as the Agent's check.

The client that sends them is passed in (`commands/values/dogstatsd.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from halfshake.report.datadog import STATUS_NUMBERS, failure_told, reading_told, target_tags
from halfshake.trust.assessment import Expectations, assess

if TYPE_CHECKING:
    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.report.datadog import Told
    from halfshake.target import Target
    from halfshake.trust.comparison import Summary
    from halfshake.trust.status import Status
    from halfshake.trust.verdict import Verdict


class Client(Protocol):
    """The part of `datadog.dogstatsd.DogStatsd` that is used."""

    def gauge(self, metric: str, value: float, tags: list[str]) -> None:
        """Send a gauge."""

    def service_check(
        self, check_name: str, status: int, tags: list[str], *, message: str | None
    ) -> None:
        """Send a service check."""

    def event(
        self,
        title: str,
        message: str,
        *,
        alert_type: str,
        aggregation_key: str,
        date_happened: int,
        source_type_name: str,
        tags: list[str],
    ) -> None:
        """Send an event."""

    def flush(self) -> object:
        """Send what is buffered."""


class DogStatsdReport:
    """Sends each result as it comes."""

    def __init__(
        self,
        client: Client,
        expected: Expectations | None = None,
        more_tags: tuple[str, ...] = (),
    ) -> None:
        self._client = client
        self._expected = expected or Expectations()
        self._more_tags = more_tags

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Send one reading and its verdict."""
        assessment = assess(observation, verdict, self._expected)
        complete = True if verdict.trusted else None
        told = reading_told(observation, verdict, assessment, chain_complete=complete)
        self._send(told, observation.target, _face_tags(observation))

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Send one failed reading."""
        told = failure_told(failure, status)
        self._send(told, failure.target, _face_tags(failure))

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Send nothing for a summary: each face has its own metrics to compare in Datadog."""

    def finish(self, *, interrupted: bool) -> None:  # noqa: ARG002 - what was read is true
        """Send what is still buffered."""
        self._client.flush()

    def _send(self, told: Told, target: Target, more: tuple[str, ...]) -> None:
        tags = [*target_tags(target), *more, *self._more_tags]
        for metric in told.metrics:
            self._client.gauge(f"{NAMESPACE}.{metric.name}", metric.value, tags)
        for check in told.service_checks:
            self._client.service_check(
                f"{NAMESPACE}.{check.name}",
                STATUS_NUMBERS[check.status],
                tags,
                message=check.message or None,
            )


def _face_tags(result: Observation | ProbeFailure) -> tuple[str, ...]:
    asked = {"key_type": result.key_type} | (result.face._asdict() if result.face else {})
    return tuple(f"{name}:{value}" for name, value in asked.items() if value)


NAMESPACE = "halfshake"
