"""`judge()`: what we think of an observation. No I/O, no clock; every finding is collected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.observation import KeyPossession, Purpose
from halfshake.trust import identity
from halfshake.trust.explainer import explain_rejection
from halfshake.trust.findings import Finding, Severity
from halfshake.trust.openssl import NOT_ASKED, OpenSslVerdict, openssl_verdict
from halfshake.trust.stored_findings import stored_findings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation
    from halfshake.trust.policy import Policy
    from halfshake.trust.store import TrustStore


class Status(StrEnum):
    """The whole verdict in a word."""

    ok = "ok"
    warning = "warning"
    critical = "critical"
    unknown = "unknown"


def worst_status(statuses: Iterable[Status]) -> Status:
    """Of several targets critical beats unknown beats warning beats ok; ok for none."""
    return max(statuses, key=STATUS_ORDER.index, default=Status.ok)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What we think of a server's certificate.

    None stands for what is not known. `path` is what the verdict rests on, the end entity first;
    `path_not_after` is when its first certificate dies, `path_dies_first` its subject.
    `warning_left` and `critical_left` are the thresholds that the end entity was held to.
    """

    status: Status
    trusted: bool | None
    name_matches: bool | None
    not_after: datetime | None
    seconds_left: float | None
    lifetime_ratio_left: float | None
    path_not_after: datetime | None
    path_seconds_left: float | None
    path_dies_first: str | None
    path: tuple[PresentedCertificate, ...]
    findings: tuple[Finding, ...]
    warning_left: timedelta | None = None
    critical_left: timedelta | None = None

    @property
    def days_left(self) -> float | None:
        """Days of 86,400 seconds until the end entity expires; negative once it has."""
        return None if self.seconds_left is None else self.seconds_left / SECONDS_PER_DAY


def judge(observation: Observation, store: TrustStore, policy: Policy, now: datetime) -> Verdict:
    """Judge a reading by a trust store, as it stands at `now` (aware, UTC)."""
    end_entity = observation.end_entity
    answer = (
        openssl_verdict(
            observation.chain,
            store,
            reference_identifier=observation.target.server_name,
            now=now,
        )
        if observation.purpose is Purpose.server
        else NOT_ASKED
    )
    name_matches = answer.name_matches
    if observation.purpose is not Purpose.server or not observation.target.server_name:
        name_matches = None
    elif name_matches is None:
        name_matches = identity.matches(end_entity, observation.target.server_name)
    path = tuple(read_certificate(der) for der in answer.path)
    dies_first = min(
        (certificate for certificate in path if certificate.not_after is not None),
        key=lambda certificate: certificate.not_after or now,
        default=None,
    )
    findings = tuple(
        _findings(
            observation,
            answer,
            store,
            policy,
            name_matches=name_matches,
            dies_first=dies_first,
            now=now,
        )
    )
    lifetime = _lifetime(end_entity)
    return Verdict(
        status=_status(findings),
        trusted=answer.trusted,
        name_matches=name_matches,
        not_after=end_entity.not_after,
        seconds_left=_seconds_left(end_entity, now),
        lifetime_ratio_left=_ratio_left(end_entity, now),
        path_not_after=dies_first.not_after if dies_first else None,
        path_seconds_left=_seconds_left(dies_first, now) if dies_first else None,
        path_dies_first=dies_first.subject if dies_first else None,
        path=path,
        findings=findings,
        warning_left=None if lifetime is None else policy.warning_left(lifetime),
        critical_left=None if lifetime is None else policy.critical_left(lifetime),
    )


def _findings(
    observation: Observation,
    answer: OpenSslVerdict,
    store: TrustStore,
    policy: Policy,
    *,
    name_matches: bool | None,
    dies_first: PresentedCertificate | None,
    now: datetime,
) -> list[Finding]:
    findings: list[Finding | None] = []
    if observation.purpose is not Purpose.anchors:
        findings.extend(_dates(observation.end_entity, policy, now))
    if observation.tls_version is None:
        findings.extend(stored_findings(observation, answer.path, policy, now))
    if observation.purpose is not Purpose.server:
        pass  # only dates are judged
    elif answer.trusted is None:
        findings.append(
            Finding(
                "not-judged",
                Severity.critical,
                answer.message,
                "Check the certificate with the tools of the CA that issued it.",
            )
        )
    elif not answer.trusted:
        findings.append(explain_rejection(observation.chain, answer, store, now))
    if name_matches is False:
        findings.append(_name_mismatch(observation))
    if answer.trusted and dies_first and dies_first.sha256 != observation.end_entity.sha256:
        findings.append(_path_end(dies_first, policy, now))
    findings.append(_possession(observation))
    findings.extend(_oddities(observation))
    if observation.tls_version in {"TLSv1", "TLSv1.1"}:
        findings.append(
            Finding(
                "old-tls-version",
                Severity.warning,
                f"the server speaks {observation.tls_version}, which RFC 8996 forbids",
                "Enable TLSv1.2 and TLSv1.3 on the server.",
            )
        )
    found = [finding for finding in findings if finding is not None]
    return sorted(found, key=lambda finding: -finding.severity)


def _dates(end_entity: PresentedCertificate, policy: Policy, now: datetime) -> list[Finding]:
    if end_entity.not_after is None or end_entity.not_before is None:
        return []
    if now > end_entity.not_after:
        return [
            Finding(
                "expired",
                Severity.critical,
                f"the certificate expired {_span(now - end_entity.not_after)} ago, "
                f"on {end_entity.not_after:%Y-%m-%d %H:%M} UTC",
                "Renew it and make the server load the new one.",
            )
        ]
    if now < end_entity.not_before:
        return [
            Finding(
                "not-yet-valid",
                Severity.critical,
                f"the certificate is valid only in {_span(end_entity.not_before - now)}, "
                f"from {end_entity.not_before:%Y-%m-%d %H:%M} UTC",
                "Check the clocks of the CA and of this machine, or wait.",
            )
        ]
    left = end_entity.not_after - now
    severity = _nearness(end_entity, policy, left)
    if severity is None:
        return []
    return [
        Finding(
            "expires-soon",
            severity,
            f"the certificate expires in {_span(left)}",
            "Renew it and make the server load the new one.",
            {"seconds_left": left.total_seconds()},
        )
    ]


def _path_end(dies_first: PresentedCertificate, policy: Policy, now: datetime) -> Finding | None:
    if dies_first.not_after is None:
        return None
    left = dies_first.not_after - now
    severity = _nearness(dies_first, policy, left)
    if severity is None:
        return None
    return Finding(
        "path-expires-soon",
        severity,
        f"the CA certificate {dies_first.subject} on the path expires in {_span(left)}, "
        "before the server's own",
        "Install the CA's renewed certificate on the server, or in the trust store.",
        {"seconds_left": left.total_seconds(), "sha256": dies_first.sha256},
    )


def _nearness(
    certificate: PresentedCertificate, policy: Policy, left: timedelta
) -> Severity | None:
    lifetime = _lifetime(certificate)
    if lifetime is None:
        return None
    if left < policy.critical_left(lifetime):
        return Severity.critical
    if left < policy.warning_left(lifetime):
        return Severity.warning
    return None


def _name_mismatch(observation: Observation) -> Finding:
    name = observation.target.server_name
    presented = identity.presented_identifiers(observation.end_entity)
    listed = ", ".join(presented[:5]) + (" …" if len(presented) > 5 else "")
    near = identity.nearest(observation.end_entity, name)
    hint = f"; the nearest is {near}" if near else ""
    return Finding(
        "name-mismatch",
        Severity.critical,
        f"the certificate is not for {name}, but for {listed or 'no name at all'}{hint}",
        f"Issue one that names {name}, or give the name that clients use with --server-name.",
        {"reference_identifier": name},
    )


def _possession(observation: Observation) -> Finding | None:
    evidence = observation.key_possession
    if observation.tls_version is None:  # a file: nobody was asked
        return None
    match evidence.status:
        case KeyPossession.proven:
            return None
        case KeyPossession.refuted:
            return Finding(
                "key-possession-refuted",
                Severity.critical,
                f"the server does not hold the certificate's private key: {evidence.reason}",
                "Check which host answers here: key and certificate do not belong together.",
            )
        case KeyPossession.unproven:
            return Finding(
                "key-possession-unproven",
                Severity.info,
                f"whether the server holds the private key is not known: {evidence.reason}",
                "Nothing to do, unless you expect an (EC)DHE key exchange here.",
            )


def _oddities(observation: Observation) -> list[Finding]:
    return [
        Finding(
            "certificate-odd",
            Severity.warning,
            f"certificate {depth} of the chain: {problem}",
            "Ask the CA for a certificate that keeps to RFC 5280: some clients reject this one.",
            {"depth": depth, "sha256": certificate.sha256},
        )
        for depth, certificate in enumerate(observation.chain)
        for problem in certificate.problems
    ]


def _seconds_left(certificate: PresentedCertificate, now: datetime) -> float | None:
    return (certificate.not_after - now).total_seconds() if certificate.not_after else None


def _ratio_left(certificate: PresentedCertificate, now: datetime) -> float | None:
    lifetime = _lifetime(certificate)
    if certificate.not_after is None or not lifetime:
        return None
    return (certificate.not_after - now) / lifetime


def _lifetime(certificate: PresentedCertificate) -> timedelta | None:
    if certificate.not_after is None or certificate.not_before is None:
        return None
    return certificate.not_after - certificate.not_before


def _status(findings: tuple[Finding, ...]) -> Status:
    worst = max((finding.severity for finding in findings), default=Severity.info)
    return {
        Severity.info: Status.ok,
        Severity.warning: Status.warning,
        Severity.critical: Status.critical,
    }[worst]


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds >= 2 * SECONDS_PER_DAY:
        return f"{seconds / SECONDS_PER_DAY:.1f} days"
    if seconds >= 7200:
        return f"{seconds // 3600} hours"
    return f"{seconds // 60} minutes"


SECONDS_PER_DAY = 86_400
STATUS_ORDER = (Status.ok, Status.warning, Status.unknown, Status.critical)
