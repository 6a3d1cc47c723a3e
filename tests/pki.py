"""A throw-away PKI: authorities and credentials for the servers that the tests start."""

from __future__ import annotations

import functools
import ipaddress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Key: TypeAlias = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)


@dataclass(frozen=True)
class Credential:
    """A certificate with its chain as a server would send it (no root), and its key."""

    chain: tuple[x509.Certificate, ...]
    key: Key

    @property
    def leaf_der(self) -> bytes:
        """The end entity's certificate."""
        return self.chain[0].public_bytes(Encoding.DER)

    @property
    def chain_pem(self) -> bytes:
        """The chain, the end entity first."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain)

    @property
    def key_pem(self) -> bytes:
        """The private key, unencrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def without_intermediates(self) -> Credential:
        """The same, as a server with a half-installed chain sends it."""
        return replace(self, chain=self.chain[:1])

    def write(self, directory: Path, name: str) -> tuple[Path, Path]:
        """Write chain and key; returns their paths."""
        chain, key = directory / f"{name}.pem", directory / f"{name}.key"
        chain.write_bytes(self.chain_pem)
        key.touch(mode=0o600)
        key.write_bytes(self.key_pem)
        return chain, key


@dataclass(frozen=True)
class Authority:
    """A CA: a root, or an intermediate with the chain up to its root."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()

    @classmethod
    def root(
        cls,
        common_name: str = "Test Root",
        *,
        key_type: str = "ecdsa",
        days: tuple[float, float] = (-365, 3650),
        now: datetime | None = None,
    ) -> Authority:
        """Make a self-signed root of ten years."""
        key = new_key(key_type)
        name = x509.Name.from_rfc4514_string(f"CN={common_name}")
        return cls(_certificate(name, key, name, key, ca=True, days=days, now=now), key)

    def renewed_by(self, issuer: Authority, *, days: tuple[float, float]) -> Authority:
        """The same name and key in a new certificate; self-signed if it is a root."""
        subject = self.certificate.subject
        signed_by = issuer.certificate.subject
        certificate = _certificate(subject, self.key, signed_by, issuer.key, ca=True, days=days)
        chain = () if subject == signed_by else (certificate, *issuer.chain)
        return Authority(certificate, self.key, chain)

    def revocation_list(
        self, *serials: int, last: datetime, until: datetime
    ) -> x509.CertificateRevocationList:
        """A CRL of these serial numbers."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(last)
            .next_update(until)
        )
        for serial in serials:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(last - timedelta(days=2))
                .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
                .build()
            )
        return builder.sign(self.key, hashes.SHA256())

    def intermediate(
        self,
        common_name: str = "Test Intermediate",
        *,
        key_type: str = "ecdsa",
        days: tuple[float, float] = (-300, 1800),
        key_usage: x509.KeyUsage | None = None,
        extensions: Sequence[x509.ExtensionType] = (),
    ) -> Authority:
        """Make a CA below this one."""
        key = new_key(key_type)
        name = x509.Name.from_rfc4514_string(f"CN={common_name}")
        issuer = self.certificate.subject
        certificate = _certificate(
            name,
            key,
            issuer,
            self.key,
            ca=True,
            days=days,
            key_usage=key_usage,
            extensions=extensions,
        )
        return Authority(certificate, key, (certificate, *self.chain))

    @property
    def pem(self) -> bytes:
        """This CA's own certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(
        self,
        *names: str,
        key_type: str = "ecdsa",
        days: tuple[float, float] = (-30, 60),
        subject: x509.Name | None = None,
        extended_key_usage: Sequence[x509.ObjectIdentifier] = (
            ExtendedKeyUsageOID.SERVER_AUTH,
            ExtendedKeyUsageOID.CLIENT_AUTH,
        ),
        extensions: Sequence[x509.ExtensionType] = (),
        key: Key | None = None,
        now: datetime | None = None,
    ) -> Credential:
        """Issue a certificate for names and addresses, from `days[0]` to `days[1]` from now.

        Its subject is the first name, unless another `subject` is given.
        """
        key = key or new_key(key_type)
        certificate = _certificate(
            subject if subject is not None else x509.Name.from_rfc4514_string(f"CN={names[0]}"),
            key,
            self.certificate.subject,
            self.key,
            names=names,
            days=days,
            extended_key_usage=extended_key_usage,
            extensions=extensions,
            now=now,
        )
        return Credential((certificate, *self.chain), key)


def self_signed_ca(common_name: str, key: Key) -> x509.Certificate:
    """A root of this name, with a key that others may have too."""
    name = x509.Name.from_rfc4514_string(f"CN={common_name}")
    return _certificate(name, key, name, key, ca=True, days=(-1, 30))


def self_signed(*names: str, key_type: str = "ecdsa") -> Credential:
    """Make a self-signed certificate."""
    key = new_key(key_type)
    name = x509.Name.from_rfc4514_string(f"CN={names[0]}")
    return Credential((_certificate(name, key, name, key, names=names, days=(-30, 60)),), key)


def new_key(key_type: str) -> Key:
    """Make a key; RSA keys are slow to make, and are the same one every time."""
    match key_type:
        case "rsa":
            return _rsa_key()
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "ed448":
            return ed448.Ed448PrivateKey.generate()
        case _:
            return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _certificate(
    subject: x509.Name,
    key: Key,
    issuer: x509.Name,
    issuer_key: Key,
    *,
    names: Sequence[str] = (),
    days: tuple[float, float],
    ca: bool = False,
    key_usage: x509.KeyUsage | None = None,
    extended_key_usage: Sequence[x509.ObjectIdentifier] = (),
    extensions: Sequence[x509.ExtensionType] = (),
    now: datetime | None = None,
) -> x509.Certificate:
    now = now or datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if ca:
        builder = builder.add_extension(
            x509.BasicConstraints(ca, None), critical=True
        ).add_extension(key_usage or CA_KEY_USAGE, critical=True)
    if names:
        alternatives = [_general_name(name) for name in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    if extended_key_usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended_key_usage), critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    unhashed = isinstance(issuer_key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return builder.sign(issuer_key, None if unhashed else hashes.SHA256())


CA_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.RFC822Name(name) if "@" in name else x509.DNSName(name)
