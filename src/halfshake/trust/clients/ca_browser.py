"""The profile of public CAs (CA/Browser Forum), by `cryptography`'s verifier.

No client of its own: it says whether a chain is what public CAs may issue, and clients that ask for
no less would take. docs/clients.md has what it differs in from real clients.
"""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509 import verification

from halfshake.certificate_fields import UNREADABLE
from halfshake.trust.clients.client_verdict import ClientVerdict
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.path import parsed

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate


def ca_browser_verdict(
    chain: tuple[PresentedCertificate, ...],
    anchors: tuple[bytes, ...],
    reference_identifier: str,
    now: datetime,
) -> ClientVerdict:
    """Ask `cryptography`'s verifier.

    It tries every path, in one call that nothing can interrupt: `verdicts.py` does not ask it about
    a chain on which that takes long.
    """
    if "_" in reference_identifier:
        # BR 7.1.2.7.12: no dNSName has one; the library does not even ask about it.
        why = f"{reference_identifier} has an underscore, and no certificate may name it"
        return ClientVerdict("web-pki", _CLIENTS, False, why)
    store = _web_pki_store(anchors)
    certificates = [parsed(certificate.der) for certificate in chain]
    if store is None or certificates[0] is None:
        why = "no anchor parses" if certificates[0] else "the certificate does not parse"
        return ClientVerdict("web-pki", _CLIENTS, False, why)
    try:
        verifier = (
            verification.PolicyBuilder()
            .store(store)
            .time(now)
            .build_server_verifier(_subject(reference_identifier))
        )
        verifier.verify(certificates[0], [other for other in certificates[1:] if other])
    except verification.VerificationError as error:
        return ClientVerdict("web-pki", _CLIENTS, False, _reason(error))
    except UNREADABLE as error:  # a certificate or a name that it does not take
        return ClientVerdict("web-pki", _CLIENTS, None, str(error))
    return ClientVerdict("web-pki", _CLIENTS, True, "")


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

_CLIENTS = FAMILIES["web-pki"].clients
