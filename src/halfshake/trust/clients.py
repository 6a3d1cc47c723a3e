"""Who else would take this chain: OpenSSL clients, Python from 3.13, and Web PKI clients.

The first decide (design: the API's own clients do). The others are a second opinion, so that a
chain that only some clients take is known before they are the ones that call.
"""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.x509 import verification

from halfshake.certificate import UNREADABLE
from halfshake.trust import faults
from halfshake.trust.findings import Finding, found
from halfshake.trust.openssl import Profile, openssl_verdict
from halfshake.trust.path import parsed, steps_of

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.openssl import OpenSslVerdict
    from halfshake.trust.store import TrustStore


class ClientVerdict(NamedTuple):
    """One kind of client, for programs and for people, and whether it takes this certificate.

    `accepts` covers chain, name and dates; None where it cannot be told. `reason` says why not.
    """

    profile: str
    clients: str
    accepts: bool | None
    reason: str


def client_verdicts(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    reference_identifier: str,
    now: datetime,
    answer: OpenSslVerdict,
) -> tuple[tuple[ClientVerdict, ...], list[Finding]]:
    """Ask each kind of client; findings say who rejects what OpenSSL clients take."""
    strict = openssl_verdict(
        chain, store, reference_identifier="", now=now, profile=Profile(strict=True)
    )._replace(name_matches=answer.name_matches)
    web_pki = web_pki_verdict(chain, store.anchors, reference_identifier, now)
    verdicts = (
        _of_openssl("openssl", OPENSSL_CLIENTS, answer),
        _of_openssl("openssl-strict", STRICT_CLIENTS, strict),
        web_pki,
    )
    findings: list[Finding] = []
    if answer.trusted and strict.trusted is False:
        findings.append(_strict_clients_reject(strict, answer.path, store))
    # A name or a date that OpenSSL clients reject as well has its own finding.
    if answer.trusted and answer.name_matches and web_pki.accepts is False:
        findings.append(
            found("web-pki-clients-reject", f"Web PKI clients reject this chain: {web_pki.reason}")
        )
    return verdicts, findings


def web_pki_verdict(
    chain: tuple[PresentedCertificate, ...],
    anchors: tuple[bytes, ...],
    reference_identifier: str,
    now: datetime,
) -> ClientVerdict:
    """Ask `cryptography`'s verifier, which keeps to the profile of public CAs."""
    store = _web_pki_store(anchors)
    certificates = [parsed(certificate.der) for certificate in chain]
    if store is None or certificates[0] is None:
        why = "no anchor parses" if certificates[0] else "the certificate does not parse"
        return ClientVerdict("web-pki", WEB_PKI_CLIENTS, False, why)
    try:
        verifier = (
            verification.PolicyBuilder()
            .store(store)
            .time(now)
            .build_server_verifier(_subject(reference_identifier))
        )
        verifier.verify(certificates[0], [other for other in certificates[1:] if other])
    except verification.VerificationError as error:
        return ClientVerdict("web-pki", WEB_PKI_CLIENTS, False, _reason(error))
    except UNREADABLE as error:  # a certificate or a name that it does not take
        return ClientVerdict("web-pki", WEB_PKI_CLIENTS, None, str(error))
    return ClientVerdict("web-pki", WEB_PKI_CLIENTS, True, "")


@functools.lru_cache(maxsize=32)
def _web_pki_store(anchors: tuple[bytes, ...]) -> verification.Store | None:
    certificates = [certificate for der in anchors if (certificate := parsed(der)) is not None]
    return verification.Store(certificates) if certificates else None


def _subject(reference_identifier: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(reference_identifier))
    except ValueError:
        return x509.DNSName(reference_identifier)


def _reason(error: Exception) -> str:
    # "validation failed: candidates exhausted: ... (encountered processing <...>)"
    text = str(error).partition(" (encountered")[0]
    for prefix in ("validation failed: ", "candidates exhausted: "):
        text = text.removeprefix(prefix)
    for number, name in _EXTENSION_NAMES.items():
        text = text.replace(f"invalid extension: {number}:", f"{name}:")
    return text


def _of_openssl(profile: str, clients: str, answer: OpenSslVerdict) -> ClientVerdict:
    if answer.trusted is None:
        return ClientVerdict(profile, clients, None, answer.message)
    if answer.faults:
        fault = answer.faults[0]
        reason = f"{fault.message} (code {fault.code})"
        return ClientVerdict(profile, clients, False, reason)
    if answer.name_matches is False:
        return ClientVerdict(profile, clients, False, "the name does not match")
    return ClientVerdict(profile, clients, True, "")


def _strict_clients_reject(
    strict: OpenSslVerdict, path: tuple[bytes, ...], store: TrustStore
) -> Finding:
    fault = strict.faults[0]
    located = faults.strict(fault.code, steps_of(path, store.anchors))
    where = f": {located[1]}" if located else ""
    return found(
        "strict-clients-reject",
        f"{STRICT_CLIENTS} reject this chain: {fault.message} (code {fault.code}){where}",
        {"openssl_code": fault.code, "openssl_message": fault.message},
    )


_EXTENSION_NAMES = {
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.17": "subjectAltName",
    "2.5.29.19": "basicConstraints",
    "2.5.29.30": "nameConstraints",
    "2.5.29.35": "authorityKeyIdentifier",
    "2.5.29.37": "extKeyUsage",
}

OPENSSL_CLIENTS = "OpenSSL clients (curl, PHP, Ruby, nginx, Python up to 3.12)"
STRICT_CLIENTS = "Python 3.13 and later"
WEB_PKI_CLIENTS = "Web PKI clients (rustls, browsers)"
