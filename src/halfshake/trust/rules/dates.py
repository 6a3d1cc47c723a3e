"""When it expires: the dates of the server's certificate, and of the path up to the anchor."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.trust.findings import Finding, Severity, found
from halfshake.trust.openssl.asking import openssl_verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.policy import Policy
    from halfshake.trust.store import TrustStore


def end_entity_dates(
    end_entity: PresentedCertificate, policy: Policy, now: datetime
) -> list[Finding]:
    """Is the server's own certificate expired, not yet valid, or near its end?"""
    not_before, not_after = end_entity.not_before, end_entity.not_after
    if not_after is None or not_before is None:
        return []
    severity = None
    if not_before <= now < not_after:
        severity = _nearness(end_entity, policy, not_after - now)
        if severity is None:
            return []
    evidence: dict[str, str | int | float] = {"depth": 0, "subject": end_entity.subject or ""}
    if now >= not_after:
        ago = span(now - not_after)
        message = f"the certificate expired {ago} ago, on {not_after:%Y-%m-%d %H:%M} UTC"
        return [found("expired", message, evidence)]
    if now < not_before:
        wait = span(not_before - now)
        message = f"the certificate becomes valid in {wait}, on {not_before:%Y-%m-%d %H:%M} UTC"
        return [found("not-yet-valid", message, evidence)]
    left = not_after - now
    message = f"the certificate expires in {span(left)}"
    evidence["seconds_left"] = left.total_seconds()
    return [found("expires-soon", message, evidence, severity=severity)]


def path_dates(
    dies_first: PresentedCertificate | None,
    end_entity: PresentedCertificate,
    policy: Policy,
    now: datetime,
) -> list[Finding]:
    """Is the first CA certificate of the path to expire, before the server's own, near its end?"""
    if (
        dies_first is None
        or dies_first.not_after is None
        or dies_first.not_after <= now
        or dies_first.sha256 == end_entity.sha256
    ):
        return []
    left = dies_first.not_after - now
    severity = _nearness(dies_first, policy.for_path(), left)
    if severity is None:
        return []
    return [
        found(
            "path-expires-soon",
            f"the CA certificate {dies_first.subject} on the path expires in {span(left)}, "
            "before the server's own",
            {"seconds_left": left.total_seconds(), "sha256": dies_first.sha256},
            severity=severity,
        )
    ]


def longest_lasting(
    path: tuple[bytes, ...],
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    reference_identifier: str,
) -> tuple[bytes, ...]:
    """The path that lasts longest for a trusted chain: OpenSSL is asked again.

    When a CA certificate on one path expires, there may be another path, through a cross-signed or
    renewed CA, and clients find it by themselves. The chain only expires when no path is left.
    """
    for _ in range(MAX_PATHS):
        first = dies_first(path)
        if first is None or first.not_after is None or first.der == path[0]:
            break
        later = openssl_verdict(
            chain,
            store,
            reference_identifier=reference_identifier,
            now=first.not_after + timedelta(seconds=1),
        )
        if not later.trusted:
            break
        path = later.path
    return path


def dies_first(path: tuple[bytes, ...]) -> PresentedCertificate | None:
    """The certificate of a path that expires first; of several, the nearest to the end entity."""
    return first_to_expire(map(read_certificate, path))


def first_to_expire(path: Iterable[PresentedCertificate]) -> PresentedCertificate | None:
    """The same of certificates that were read before."""
    first = end = None
    for certificate in path:
        not_after = certificate.not_after
        if not_after is not None and (end is None or not_after < end):
            first, end = certificate, not_after
    return first


def seconds_left(certificate: PresentedCertificate, now: datetime) -> float | None:
    """Seconds until notAfter; negative after it."""
    return (certificate.not_after - now).total_seconds() if certificate.not_after else None


def lifetime_ratio_left(
    certificate: PresentedCertificate, whole: timedelta | None, now: datetime
) -> float | None:
    """The part of its `whole` lifetime that is left."""
    if certificate.not_after is None or not whole:
        return None
    return (certificate.not_after - now) / whole


def lifetime(certificate: PresentedCertificate) -> timedelta | None:
    """From notBefore to notAfter."""
    if certificate.not_after is None or certificate.not_before is None:
        return None
    return certificate.not_after - certificate.not_before


def span(length: timedelta) -> str:
    """Print a length of time for people."""
    seconds = int(length.total_seconds())
    if seconds >= 2 * SECONDS_PER_DAY:
        return f"{seconds / SECONDS_PER_DAY:.1f} days"
    if seconds >= 7200:
        return f"{seconds // 3600} hours"
    return f"{seconds // 60} minutes"


def _nearness(
    certificate: PresentedCertificate, policy: Policy, left: timedelta
) -> Severity | None:
    whole = lifetime(certificate)
    if whole is None:
        return None
    if left < policy.critical_left(whole):
        return Severity.critical
    if left < policy.warning_left(whole):
        return Severity.warning
    return None


SECONDS_PER_DAY = 86_400

# Each step ends at a later date; more cross-signing is not seen in practice.
MAX_PATHS = 8
