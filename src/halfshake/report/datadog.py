"""What is sent to Datadog for a result: metrics and service checks. Names have no namespace here.

The first four metrics and the four service checks are those of Datadog's own `tls` check, so that
its monitors and dashboards keep working; after them comes one 0/1 gauge for every fact. A value
that was not read is not sent. integrations/datadog/metadata.csv describes each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import Phase
from halfshake.observation import Enforcement, KeyPossession
from halfshake.report.people.seen import seen_unproven
from halfshake.trust.rules.dates import SECONDS_PER_DAY
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from halfshake.observation import Observation, ProbeFailure
    from halfshake.target import Target
    from halfshake.trust.assessment import Assessment
    from halfshake.trust.findings import Finding
    from halfshake.trust.verdict import Verdict


class Metric(NamedTuple):
    """A gauge's name and value."""

    name: str
    value: float


class ServiceCheck(NamedTuple):
    """A service check's name and status, and the reason if it is not OK."""

    name: str
    status: Status
    message: str = ""


class Told(NamedTuple):
    """Everything that is sent for one result."""

    metrics: tuple[Metric, ...]
    service_checks: tuple[ServiceCheck, ...]


def reading_told(
    observation: Observation,
    verdict: Verdict,
    assessment: Assessment,
    *,
    chain_complete: bool | None = None,
    duration: bool = False,
) -> Told:
    """Build the metrics and checks of a reading; `duration` adds the whole lifetime."""
    connected = observation.tls_version is not None  # a file has no connection
    values: dict[str, float | None] = {
        "days_left": verdict.days_left,
        "seconds_left": verdict.seconds_left,
        "path_seconds_left": verdict.path_seconds_left,
        "lifetime_ratio_left": verdict.lifetime_ratio_left,
        "cert_read": 1,
        "trusted": assessment.trusted,
        "name_matches": assessment.name_matches,
        "dates_valid": assessment.dates_valid,
        "chain_complete": chain_complete,
        "status": STATUS_NUMBERS[assessment.status],
    }
    if connected:
        values["can_connect"] = 1
        values["version_allowed"] = not assessment.version
        values["key_possession"] = _POSSESSION.get(observation.key_possession.status)
        values["client_auth_requested"] = observation.client_auth.requested
        values["client_auth_as_expected"] = assessment.client_auth_as_expected
        enforcement = observation.client_auth.enforcement
        values["client_auth_enforced"] = _ENFORCED.get(enforcement)
        values["client_auth_enforcement"] = _ENFORCEMENT_NUMBERS.get(enforcement)
        took = observation.timings.flight
        values["handshake_time"] = None if took is None else took / 1000
    if duration:
        values.update(_issued(observation))
    return Told(_metrics(values), tuple(_checks(assessment, connected=connected)))


def failure_told(failure: ProbeFailure, status: Status) -> Told:
    """Build those of a failed reading; `status` is what it counts as for a server's certificate."""
    message = f"{failure.detail} [{failure.reason.value}]"
    if failure.phase is Phase.file:
        # Nobody connects, and a file that is not there is no passing trouble of the network's.
        metrics = _metrics({"cert_read": 0, "status": STATUS_NUMBERS[Status.critical]})
        return Told(metrics, (ServiceCheck("cert_validation", Status.critical, message),))
    # A failed reading has no metrics of a certificate, whatever was seen of one: nothing proves it.
    if (seen := seen_unproven(failure)) is not None:
        message = f"{message}; seen before: {seen}"
    connected = failure.phase is Phase.handshake
    metrics = _metrics({"can_connect": connected, "cert_read": 0, "status": STATUS_NUMBERS[status]})
    if not connected:
        return Told(metrics, (ServiceCheck("can_connect", Status.critical, message),))
    # Nothing is known about the certificate: that is not the certificate's fault.
    validation = ServiceCheck("cert_validation", status, message if status is not Status.ok else "")
    return Told(metrics, (ServiceCheck("can_connect", Status.ok), validation))


def last_known_told(not_after: datetime, now: datetime) -> tuple[Metric, ...]:
    """Build the gauges of the last expiry that was read; they continue during an outage."""
    seconds = (not_after - now).total_seconds()
    return _metrics(
        {"last_known_days_left": seconds / SECONDS_PER_DAY, "last_known_seconds_left": seconds}
    )


def target_tags(target: Target) -> tuple[str, ...]:
    """Name a target as the `tls` check does; without the Agent's reserved keys."""
    named = (
        ("server_hostname", target.server_name),
        ("server", target.host),
        ("port", target.port),
    )
    return tuple(f"{key}:{value}" for key, value in named if value)


def _checks(assessment: Assessment, *, connected: bool) -> Iterable[ServiceCheck]:
    if connected:
        yield ServiceCheck("can_connect", Status.ok)
        yield _check("version", assessment.version)
    yield _check("cert_validation", assessment.validation)
    if assessment.dates_valid is not None:
        yield _check("cert_expiration", assessment.expiration)
    if assessment.client_auth_as_expected is not None or assessment.client_auth:
        yield _check("client_auth", assessment.client_auth)


def _check(name: str, against: tuple[Finding, ...]) -> ServiceCheck:
    if not against:
        return ServiceCheck(name, Status.ok)
    worst = max(finding.severity for finding in against)
    message = "; ".join(f"{finding.message} [{finding.code}]" for finding in against)
    return ServiceCheck(name, Status[worst.name], message)


def _issued(observation: Observation) -> dict[str, float | None]:
    end_entity = observation.end_entity
    if end_entity.not_after is None or end_entity.not_before is None:
        return {}
    seconds = (end_entity.not_after - end_entity.not_before).total_seconds()
    return {"issued_days": seconds / SECONDS_PER_DAY, "issued_seconds": seconds}


def _metrics(values: dict[str, float | None]) -> tuple[Metric, ...]:
    return tuple(Metric(name, float(value)) for name, value in values.items() if value is not None)


STATUS_NUMBERS = {Status.ok: 0, Status.warning: 1, Status.critical: 2, Status.unknown: 3}
"""The numbers of service checks in the Agent and DogStatsD, and of Nagios's exit codes."""

SHIPPED_METRICS = frozenset({"days_left", "seconds_left", "issued_days", "issued_seconds"})
"""The metrics of Datadog's own `tls` check."""

# How far a client without a certificate gets; not sent if that is not known.
_ENFORCEMENT_NUMBERS: dict[Enforcement | None, int] = {
    Enforcement.open: 0,
    Enforcement.tls_optional: 1,
    Enforcement.http_enforced: 2,
    Enforcement.tls_required: 3,
}
_ENFORCED: dict[Enforcement | None, int] = {
    enforcement: int(number >= 2) for enforcement, number in _ENFORCEMENT_NUMBERS.items()
}

_POSSESSION = {KeyPossession.proven: 1, KeyPossession.refuted: 0}
