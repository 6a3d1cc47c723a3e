"""What will soon be a problem for clients, although they accept it today."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from halfshake.observation import Enforcement
from halfshake.target import is_ip_address
from halfshake.trust.findings import Finding, found
from halfshake.trust.openssl import faults
from halfshake.trust.path import (
    describe,
    extension,
    is_self_issued,
    issuers_among,
    parsed,
    steps_of,
)
from halfshake.trust.rules.client_cas import lint_client_ca_changes

if TYPE_CHECKING:
    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import ClientAuth, Observation
    from halfshake.trust.path import Step


def lint_chain(
    chain: tuple[PresentedCertificate, ...],
    path: tuple[bytes, ...],
    anchors: tuple[bytes, ...],
    reference_identifier: str,
    *,
    trusted: bool,
) -> list[Finding]:
    """Check what is presented, and the path if there is one. Depends on no date."""
    presented = tuple(certificate.der for certificate in chain)
    findings = [*_names(chain[0], reference_identifier), *_presentation(presented, path)]
    end_entity = parsed(presented[0])
    if end_entity is not None and extension(end_entity, x509.ExtendedKeyUsage) is None:
        findings.append(
            found(
                "server-auth-missing",
                "the certificate has no extended key usage; clients look for serverAuth",
            )
        )
    if trusted:
        findings.extend(_weaknesses(steps_of(path, anchors)))
        if end_entity is not None and is_of_a_public_ca(end_entity):
            findings.extend(lifetime_too_long(chain[0]))
    return findings


def lint_server(observation: Observation) -> list[Finding]:
    """Check what the server negotiated, and what its certificate requires of it."""
    findings: list[Finding] = []
    if observation.tls_version in {"TLSv1", "TLSv1.1"}:
        message = f"the server speaks {observation.tls_version}, which RFC 8996 forbids"
        findings.append(found("old-tls-version", message))
    if observation.cipher_suite is not None and observation.cipher_suite.startswith(
        "TLS_RSA_WITH_"
    ):
        message = (
            f"the server chose {observation.cipher_suite}, a key exchange without forward secrecy"
        )
        findings.append(found("static-rsa", message))
    on_the_wire = observation.tls_version is not None
    if (
        on_the_wire
        and not observation.ocsp_response
        and _demands_staple(observation.end_entity.der)
    ):
        message = "the certificate requires a stapled OCSP response, but the server sends none"
        findings.append(found("staple-missing", message))
    return findings


def lint_changes(observation: Observation, earlier: Observation) -> list[Finding]:
    """Compare with an earlier reading of the same target."""
    return [
        *_client_auth_dropped(observation.client_auth, earlier.client_auth),
        *lint_client_ca_changes(observation.client_auth, earlier.client_auth),
        *_key_reused(observation, earlier),
    ]


@functools.lru_cache(maxsize=4096)
def _demands_staple(der: bytes) -> bool:
    # The DER of most certificates shows that they do not: nothing is parsed for them.
    certificate = parsed(der) if TLS_FEATURE in der else None
    features = None if certificate is None else extension(certificate, x509.TLSFeature)
    return features is not None and x509.TLSFeatureType.status_request in features


def _client_auth_dropped(now: ClientAuth, before: ClientAuth) -> list[Finding]:
    if before.requested and now.requested is False:
        return [found("client-auth-dropped", "the server no longer asks for a client certificate")]
    if before.enforcement in REFUSING and now.enforcement in ADMITTING:
        message = (
            f"the server is now {now.enforcement} for clients without a certificate; it was "
            f"{before.enforcement} before"
        )
        return [found("client-auth-dropped", message)]
    return []


def _key_reused(observation: Observation, earlier: Observation) -> list[Finding]:
    now, before = observation.end_entity, earlier.end_entity
    if now.sha256 == before.sha256 or now.spki_sha256 is None:
        return []
    if now.spki_sha256 != before.spki_sha256:
        return []
    return [
        found(
            "key-reused",
            "the certificate was renewed, but with the same key as before",
            {"spki_sha256": now.spki_sha256, "earlier_sha256": before.sha256},
        ),
    ]


def _names(end_entity: PresentedCertificate, reference_identifier: str) -> list[Finding]:
    if end_entity.dns_names or not end_entity.common_names:
        return []
    if end_entity.ip_addresses and is_ip_address(reference_identifier):
        return []
    name = end_entity.common_names[-1]
    return [found("cn-only", f"the certificate has the name {name} only in its common name")]


def _presentation(presented: tuple[bytes, ...], path: tuple[bytes, ...]) -> list[Finding]:
    if parsed(presented[0]) is None:
        return []
    findings = []
    related = _related(presented)
    needless = [
        der
        for at, der in enumerate(presented)
        if at and (der not in related or der in presented[:at])
    ]
    if needless:
        names = ", ".join(_subject(der) for der in needless[:MAX_NAMED])
        one = len(needless) == 1
        findings.append(
            found(
                "extra-certificates",
                f"the server sends {len(needless)} unneeded certificate{'' if one else 's'}: "
                + names,
            )
        )
    order = [presented.index(der) for der in path if der in presented]
    if order != sorted(order):
        listed = ", ".join(str(place) for place in order)
        findings.append(
            found(
                "wrong-order",
                f"the certificates of the path are sent out of order: at positions {listed}",
            )
        )
    roots = [der for der in presented[1:] if der in related and _is_root(der)]
    if roots:
        findings.append(found("root-sent", f"the server also sends its root {_subject(roots[0])}"))
    return findings


def _related(presented: tuple[bytes, ...]) -> set[bytes]:
    """The certificates that could be on any path from the first one, judging by name."""
    related = {presented[0]}
    reached = [presented[0]]
    while reached:
        found_now = issuers_among(reached.pop(), presented) - related
        related |= found_now
        reached.extend(found_now)
    return related


def _weaknesses(steps: tuple[Step, ...]) -> list[Finding]:
    findings = []
    for step in steps:
        name = f"{describe(step.certificate)} (depth {step.depth})"
        short = faults.short_key(step.certificate)
        if short:
            findings.append(found("small-key", f"{name} has {short}", {"depth": step.depth}))
        weak = faults.weak_signature(step.certificate)
        if weak and not step.anchor:
            message = f"{name} is signed with {weak}"
            findings.append(found("sha1-signature", message, {"depth": step.depth}))
    return findings


def lifetime_too_long(facts: PresentedCertificate) -> list[Finding]:
    """Compare a public CA's certificate with what such a CA may issue."""
    if facts.not_before is None or facts.not_after is None:
        return []
    days = (facts.not_after - facts.not_before) / timedelta(days=1)
    allowed = next(days for since, days in PUBLIC_LIFETIMES if facts.not_before >= since)
    if days <= allowed:
        return []
    return [
        found(
            "lifetime-too-long",
            f"the certificate is valid for {days:.0f} days; issued on "
            f"{facts.not_before:%Y-%m-%d}, it may be valid for {allowed}",
            {"lifetime_days": round(days, 3), "allowed_days": allowed},
        )
    ]


def is_of_a_public_ca(end_entity: x509.Certificate) -> bool:
    """Does it say so itself, rightly or not."""
    # Only public CAs include the CA/Browser Forum's policies and signed certificate timestamps.
    policies = extension(end_entity, x509.CertificatePolicies) or ()
    listed = any(
        policy.policy_identifier.dotted_string.startswith(CAB_FORUM_POLICIES) for policy in policies
    )
    timestamps = extension(end_entity, x509.PrecertificateSignedCertificateTimestamps)
    return listed or timestamps is not None


def _is_root(der: bytes) -> bool:
    certificate = parsed(der)
    return certificate is not None and is_self_issued(certificate)


def _subject(der: bytes) -> str:
    certificate = parsed(der)
    return "one that does not parse" if certificate is None else describe(certificate)


# Which states let in clients without a certificate, and which do not (docs/client-auth.md).
REFUSING = frozenset({Enforcement.tls_required, Enforcement.http_enforced})
ADMITTING = frozenset({Enforcement.tls_optional, Enforcement.open})

# The object identifier 1.3.6.1.5.5.7.1.24.
TLS_FEATURE = bytes.fromhex("06082b06010505070118")

# Enough for a sentence.
MAX_NAMED = 3

# CA/Browser Forum, Baseline Requirements 6.3.2 since ballot SC-081: the first notBefore, and the
# allowed days.
PUBLIC_LIFETIMES = (
    (datetime(2029, 3, 15, tzinfo=UTC), 47),
    (datetime(2027, 3, 15, tzinfo=UTC), 100),
    (datetime(2026, 3, 15, tzinfo=UTC), 200),
    (datetime(2020, 9, 1, tzinfo=UTC), 398),
    (datetime(1, 1, 1, tzinfo=UTC), 825),
)
CAB_FORUM_POLICIES = "2.23.140.1."
