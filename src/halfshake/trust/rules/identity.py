"""Is the certificate for this name? RFC 9525, as OpenSSL applies it.

OpenSSL decides (`openssl/asking.py`). This module says which names there are, and answers if
OpenSSL stopped at an earlier fault, before the name.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from halfshake.target import is_ip_address
from halfshake.trust.findings import Finding, found

if TYPE_CHECKING:
    from halfshake.certificate import PresentedCertificate


def matches(certificate: PresentedCertificate, reference_identifier: str) -> bool | None:
    """Does one of the certificate's identifiers match the requested name or address?

    None if nothing of the certificate can be read.
    """
    if certificate.subject is None and not presented_identifiers(certificate):
        return None
    try:
        address = ipaddress.ip_address(reference_identifier)
    except ValueError:
        names = certificate.dns_names or certificate.common_names
        return any(_dns_name_matches(name, reference_identifier) for name in names)
    return str(address) in certificate.ip_addresses


def presented_identifiers(certificate: PresentedCertificate) -> tuple[str, ...]:
    """Every name and address that the certificate is for."""
    alternatives = certificate.dns_names + certificate.ip_addresses
    return alternatives or certificate.common_names


def nearest(certificate: PresentedCertificate, reference_identifier: str) -> str | None:
    """The presented identifier that is most like the requested one; None if none is like it."""
    import difflib  # noqa: PLC0415 - most names match

    presented = presented_identifiers(certificate)[:MAX_COMPARED_IDENTIFIERS]
    close = difflib.get_close_matches(reference_identifier, presented, n=1, cutoff=0.6)
    return close[0] if close else None


def name_mismatch(certificate: PresentedCertificate, reference_identifier: str) -> Finding:
    """Say which names there are; of many, the first and the nearest."""
    presented = presented_identifiers(certificate)
    listed, hint = ", ".join(presented[:MAX_LISTED]), ""
    if len(presented) > MAX_LISTED:
        listed += " …"
        # People see the nearest name at once where all are listed; and to an address none is near.
        near = (
            None
            if is_ip_address(reference_identifier)
            else nearest(certificate, reference_identifier)
        )
        hint = f"; the nearest is {near}" if near else ""
    return found(
        "name-mismatch",
        f"the certificate is not for {reference_identifier}, but for "
        f"{listed or 'no name at all'}{hint}",
        {
            "reference_identifier": reference_identifier,
            "depth": 0,
            "subject": certificate.subject or "",
        },
        advice=f"Issue one for {reference_identifier}, or give the name that clients use "
        "with --server-name.",
    )


def _dns_name_matches(presented: str, reference: str) -> bool:
    presented = presented.lower()
    reference = reference.lower().removesuffix(".")
    if not presented.startswith("*."):
        return presented == reference
    # RFC 9525 6.3: the wildcard is the whole left-most label, and stands for exactly one; OpenSSL
    # requires two labels after it, and no underscore in the label that it stands for.
    suffix = presented[1:]
    label, dot, rest = reference.partition(".")
    return bool(label) and "_" not in label and dot + rest == suffix and suffix.count(".") >= 2


# Enough for a sentence.
MAX_LISTED = 5

# A certificate may hold ten thousand names that are made to be slow to compare, which would delay
# every other target; real ones have a hundred or so.
MAX_COMPARED_IDENTIFIERS = 500
