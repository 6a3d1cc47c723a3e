"""Web PKI clients, by `cryptography`'s verifier, which keeps to the profile of public CAs."""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509 import verification

from halfshake.certificate import UNREADABLE
from halfshake.trust.clients.client_verdict import ClientVerdict
from halfshake.trust.cost import cost_of
from halfshake.trust.path import parsed

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.store import TrustStore


def web_pki_verdict(
    chain: tuple[PresentedCertificate, ...],
    trust_store: TrustStore,
    reference_identifier: str,
    now: datetime,
) -> ClientVerdict:
    """Ask `cryptography`'s verifier, which keeps to the profile of public CAs.

    It tries every path, in one call that nothing can interrupt: it is not asked about a chain on
    which that takes long.
    """
    excess = cost_of(tuple(certificate.der for certificate in chain), trust_store).excess
    if excess is not None:
        return ClientVerdict("web-pki", WEB_PKI_CLIENTS, None, f"not asked: {excess}")
    store = _web_pki_store(trust_store.anchors)
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


_EXTENSION_NAMES = {
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.17": "subjectAltName",
    "2.5.29.19": "basicConstraints",
    "2.5.29.30": "nameConstraints",
    "2.5.29.35": "authorityKeyIdentifier",
    "2.5.29.37": "extKeyUsage",
}

WEB_PKI_CLIENTS = "Web PKI clients (rustls, browsers)"
