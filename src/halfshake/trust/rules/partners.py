"""Would this partner be let in? Judged by its public certificates, and what the server asks for.

We cannot see the server's own check, only what it announces: the CAs and the signatures. A partner
that does not match these is refused, or does not even send its certificate.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from halfshake.certificate import read_certificate
from halfshake.trust.findings import Finding, found
from halfshake.trust.path import describe, extension, parsed, walk
from halfshake.trust.rules.client_cas import comparable
from halfshake.trust.rules.dates import lifetime, span

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import ClientAuth, Observation
    from halfshake.trust.path import Step
    from halfshake.trust.policy import Policy
    from halfshake.trust.rules.client_cas import ClientSide, PartnerChain


class PartnerVerdict(NamedTuple):
    """Whether a partner would be let in, None if we cannot tell, and why not."""

    name: str
    subject: str
    accepted: bool | None
    findings: tuple[Finding, ...]


def judge_partner(
    partner: PartnerChain,
    observation: Observation,
    side: ClientSide,
    policy: Policy,
    now: datetime,
) -> PartnerVerdict:
    """Compare a partner's chain with what the server asks for; every obstacle is collected."""
    end_entity = read_certificate(partner.ders[0])
    subject = end_entity.subject or "a certificate without a subject"
    who = f"{partner.name} ({subject})"
    client_auth = observation.client_auth
    if not client_auth.requested:
        why = "no client certificate is asked for in the handshake"
        if client_auth.requested is None:
            why = "the flight ended before the server told whether it asks for one"
        return _undecided(partner, subject, f"it is not known whether {who} would be let in: {why}")
    steps = walk(partner.ders, side.known)
    obstacles = [
        *_expired(who, steps, now),
        *_use(who, partner.ders[0]),
        *_key(who, end_entity, observation),
        *_issuer(who, end_entity, steps, client_auth),
    ]
    if obstacles:
        return PartnerVerdict(partner.name, subject, False, tuple(obstacles))
    soon = _expires_soon(who, end_entity, policy, now)
    if not client_auth.acceptable_cas:
        why = f"it is not known whether {who} would be let in: the server names no CA"
        return _undecided(partner, subject, why, soon)
    yes = found("partner-accepted", f"{who} would be let in", {"file": partner.name})
    return PartnerVerdict(partner.name, subject, True, (*soon, yes))


def _undecided(
    partner: PartnerChain, subject: str, message: str, more: tuple[Finding, ...] = ()
) -> PartnerVerdict:
    finding = found("partner-undecided", message, {"file": partner.name})
    return PartnerVerdict(partner.name, subject, None, (*more, finding))


def _expired(who: str, steps: tuple[Step, ...], now: datetime) -> list[Finding]:
    findings = []
    for step in steps:
        certificate = read_certificate(step.der)
        starts, ends = certificate.not_before, certificate.not_after
        name = describe(step.certificate)
        if ends is not None and now > ends:
            message = f"{who}: {name} expired on {ends:%Y-%m-%d}"
            findings.append(found("partner-expired", message, {"depth": step.depth}))
        if starts is not None and now < starts:
            message = f"{who}: {name} is not valid until {starts:%Y-%m-%d}"
            findings.append(found("partner-expired", message, {"depth": step.depth}))
    return findings


def _expires_soon(
    who: str, end_entity: PresentedCertificate, policy: Policy, now: datetime
) -> tuple[Finding, ...]:
    whole = lifetime(end_entity)
    if whole is None or end_entity.not_after is None:
        return ()
    left = end_entity.not_after - now
    if left >= policy.warning_left(whole):
        return ()
    message = f"{who} expires in {span(left)}"
    evidence: dict[str, str | int | float] = {"seconds_left": left.total_seconds()}
    return (found("partner-expires-soon", message, evidence),)


def _use(who: str, der: bytes) -> list[Finding]:
    certificate = parsed(der)
    if certificate is None:
        return [found("partner-chain-broken", f"{who} does not parse as an X.509 certificate")]
    findings = []
    # RFC 5280 4.2.1.12; OpenSSL does not take anyExtendedKeyUsage for clientAuth.
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    if purposes is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        message = f"{who} is not for clients: its extended key usage lacks clientAuth"
        findings.append(found("partner-not-for-clients", message))
    usage = extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        message = f"{who} is not for clients: its key usage lacks digitalSignature"
        findings.append(found("partner-not-for-clients", message))
    return findings


def _key(who: str, end_entity: PresentedCertificate, observation: Observation) -> list[Finding]:
    schemes = observation.client_auth.signature_schemes
    key_type = end_entity.key_type
    # Before TLS 1.2 the server names none.
    if not schemes or key_type is None:
        return []
    tls13 = observation.tls_version == "TLSv1.3"
    if any(_fits(scheme, key_type, tls13=tls13) for scheme in schemes):
        return []
    message = (
        f"{who} has an {key_type} key, but the server accepts no signature made with such a key"
    )
    return [found("partner-key-unfit", message, {"key_type": key_type})]


def _fits(scheme: str, key_type: str, *, tls13: bool) -> bool:
    kind, _, curve = key_type.partition(" ")
    match kind:
        case "RSA":
            # RFC 9846 4.4.3: PKCS #1 v1.5 signs no CertificateVerify of TLS 1.3.
            return scheme.startswith("rsa_pss_") or (not tls13 and scheme.startswith("rsa_pkcs1_"))
        case "ECDSA":
            # RFC 9846 4.3.3: TLS 1.3 binds the curve; before it any curve goes with any hash.
            return scheme.startswith(f"ecdsa_{curve}" if tls13 else "ecdsa_")
        case _:
            return scheme.startswith(kind.lower())


def _issuer(
    who: str,
    end_entity: PresentedCertificate,
    steps: tuple[Step, ...],
    client_auth: ClientAuth,
) -> list[Finding]:
    for step, above in itertools.pairwise(steps):
        if step.signature_holds is False:
            lower, upper = describe(step.certificate), describe(above.certificate)
            message = f"{who}: {lower} is not signed by {upper}"
            return [found("partner-chain-broken", message, {"depth": step.depth})]
    if not client_auth.acceptable_cas:
        return []
    # RFC 9846 4.3.4: the names may be those of roots or of subordinate CAs.
    issuers = dict.fromkeys(read_certificate(step.der).issuer for step in steps)
    listed = {comparable(name) for name in client_auth.acceptable_cas}
    if any(name is not None and comparable(name) in listed for name in issuers):
        return []
    count = len(listed)
    message = (
        f"{who} was issued by {end_entity.issuer or 'an unreadable issuer'}, which is "
        f"{'not the CA' if count == 1 else f'not one of the {count} CAs'} that the server names"
    )
    return [found("partner-not-listed", message, {"issuer": end_entity.issuer or ""})]
