"""The URLs in the certificates of a chain, and what was fetched from them.

A fetched certificate is never a trust anchor, and never makes a chain trusted, because clients do
not fetch it. It shows what the server does not send. A fetched CRL counts only with a valid
signature of its CA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from halfshake.trust.path import extension, parsed, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halfshake.trust.rules.revocation.revocation_list import RevocationList


class Fetched(NamedTuple):
    """What was fetched for one chain; `complaints` say in sentences what could not be."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[RevocationList, ...] = ()
    complaints: tuple[str, ...] = ()


def issuer_urls(chain: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> tuple[str, ...]:
    """The URLs of the topmost certificate's missing issuer; none if nothing is missing."""
    steps = walk(chain, anchors)
    if not steps or steps[-1].anchor:
        return ()
    access = extension(steps[-1].certificate, x509.AuthorityInformationAccess)
    return tuple(
        description.access_location.value
        for description in access or ()
        if description.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        and isinstance(description.access_location, x509.UniformResourceIdentifier)
    )


def crl_urls(path: Iterable[bytes]) -> tuple[str, ...]:
    """The URLs of the CRLs that may list the certificates of a path."""
    urls: dict[str, None] = {}
    for der in path:
        certificate = parsed(der)
        points = certificate and extension(certificate, x509.CRLDistributionPoints)
        for point in points or ():
            for name in point.full_name or ():
                if isinstance(name, x509.UniformResourceIdentifier):
                    urls[name.value] = None
    return tuple(urls)


def certificates_from(data: bytes) -> tuple[bytes, ...]:
    """A certificate in DER or PEM, or a PKCS #7 bundle of certificates (RFC 5280 4.2.2.1).

    Raises ValueError.
    """
    try:
        if data.startswith(b"-----"):
            return (x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER),)
        return (x509.load_der_x509_certificate(data).public_bytes(Encoding.DER),)
    except ValueError:
        pass
    try:
        bundle = pkcs7.load_der_pkcs7_certificates(data)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in bundle)
