"""Certificates that the throw-away PKI does not issue: odd names, issuers that can be fetched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID

from pki import Credential, new_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pki import Authority


def issue(
    authority: Authority,
    common_name: str,
    *,
    names: Sequence[x509.GeneralName] = (),
    issuer_url: str | None = None,
    days: tuple[float, float] = (-30, 60),
) -> Credential:
    """Issue a certificate with just these alternative names; `issuer_url` is its caIssuers."""
    key = new_key("ecdsa")
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN={common_name}"))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
    if issuer_url is not None:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_url)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    certificate = builder.sign(authority.key, hashes.SHA256())
    return Credential((certificate, *authority.chain), key)
