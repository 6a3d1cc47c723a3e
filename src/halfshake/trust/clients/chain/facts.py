"""`Facts`: what the rules of the families ask of one certificate, each read once.

Read by `cryptography`; a certificate that it refuses, as a whole or in an extension, is
`Unreadable`, and no family is said to take or refuse it unless that very fault decides.
"""

from __future__ import annotations

import functools
import ipaddress
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from halfshake.certificate import validity
from halfshake.certificate_fields import UNREADABLE, spki_of
from halfshake.muted import muted
from halfshake.trust.path import describe, parsed

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

Value = TypeVar("Value", bound=x509.ExtensionType)


class Unreadable(NamedTuple):
    """A certificate that the library refuses; `duplicate` where it has one extension twice."""

    der: bytes
    duplicate: bool


class Key(NamedTuple):
    """A public key's kind ("RSA", "EC", "Ed25519", ...; "" where nobody knows it) and size.

    `curve` is the library's name of it, or EXPLICIT_CURVE. `pss_only` is for RSA keys under
    id-RSASSA-PSS.
    """

    kind: str
    bits: int
    curve: str = ""
    pss_only: bool = False


class Facts:
    """One readable certificate."""

    def __init__(self, der: bytes, certificate: x509.Certificate) -> None:
        self.der = der
        self.certificate = certificate
        self.version: int = certificate.version.value + 1
        self.serial: int = certificate.serial_number
        self._values: dict[str, x509.ExtensionType] = {}
        critical = set()
        for extension in certificate.extensions:
            oid = extension.oid.dotted_string
            self._values[oid] = extension.value
            if extension.critical:
                critical.add(oid)
        self.critical = frozenset(critical)

    def value(self, kind: type[Value]) -> Value | None:
        """One extension's value; None where it is not there."""
        value = self._values.get(kind.oid.dotted_string)
        return value if isinstance(value, kind) else None

    def has(self, oid: str) -> bool:
        """Is an extension there, whatever it says."""
        return oid in self._values

    @property
    def called(self) -> str:
        """Name it in a sentence."""
        return describe(self.certificate)

    @cached_property
    def dates(self) -> tuple[datetime | None, datetime | None]:
        """From when until when."""
        return validity(self.der)

    @cached_property
    def subject(self) -> bytes:
        """The subject in DER: most families compare bytes."""
        return self.certificate.subject.public_bytes()

    @cached_property
    def issuer(self) -> bytes:
        """The issuer in DER."""
        return self.certificate.issuer.public_bytes()

    @cached_property
    def ca(self) -> bool | None:
        """What basicConstraints says; None without one."""
        value = self.value(x509.BasicConstraints)
        return None if value is None else value.ca

    @cached_property
    def path_length(self) -> int | None:
        """How many CAs may follow; None for any number."""
        value = self.value(x509.BasicConstraints)
        return None if value is None else value.path_length

    @cached_property
    def usage(self) -> x509.KeyUsage | None:
        """What the key may do."""
        return self.value(x509.KeyUsage)

    @cached_property
    def purposes(self) -> frozenset[str] | None:
        """What the certificate is for, as dotted numbers; None without an extended key usage."""
        value = self.value(x509.ExtendedKeyUsage)
        return None if value is None else frozenset(purpose.dotted_string for purpose in value)

    @cached_property
    def names(self) -> tuple[x509.GeneralName, ...] | None:
        """The subject alternative names; None without the extension."""
        value = self.value(x509.SubjectAlternativeName)
        return None if value is None else tuple(value)

    @cached_property
    def dns_names(self) -> tuple[str, ...]:
        """The dNSNames among them."""
        return tuple(name.value for name in self.names or () if isinstance(name, x509.DNSName))

    @cached_property
    def ip_addresses(self) -> tuple[bytes, ...]:
        """The addresses among them, packed."""
        return tuple(
            name.value.packed
            for name in self.names or ()
            if isinstance(name, x509.IPAddress)
            and isinstance(name.value, (ipaddress.IPv4Address, ipaddress.IPv6Address))
        )

    @cached_property
    def common_names(self) -> tuple[str, ...]:
        """The subject's common names, the most specific last."""
        found = self.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return tuple(str(attribute.value) for attribute in found)

    @cached_property
    def netscape_type(self) -> int | None:
        """Netscape's certificate type, its first eight bits; None without one."""
        value = self._values.get(_NETSCAPE_TYPE)
        if not isinstance(value, x509.UnrecognizedExtension) or len(value.value) < 4:
            return None
        return value.value[3]  # BIT STRING, length, unused bits, bits

    @cached_property
    def constraints(self) -> x509.NameConstraints | None:
        """Which names a CA may certify."""
        return self.value(x509.NameConstraints)

    @cached_property
    def authority_key(self) -> bytes | None:
        """The key identifier of the issuer, as it says."""
        value = self.value(x509.AuthorityKeyIdentifier)
        return None if value is None else value.key_identifier

    @cached_property
    def authority_serial(self) -> int | None:
        """The serial number of the issuer's certificate, as it says."""
        value = self.value(x509.AuthorityKeyIdentifier)
        return None if value is None else value.authority_cert_serial_number

    @cached_property
    def key_identifier(self) -> bytes | None:
        """The identifier of its own key, as it says."""
        value = self.value(x509.SubjectKeyIdentifier)
        return None if value is None else value.digest

    @cached_property
    def public_key(self) -> CertificatePublicKeyTypes | None:
        """The public key; None where the library does not know its kind."""
        try:
            return self.certificate.public_key()
        except UNREADABLE:
            return None

    @cached_property
    def spki(self) -> bytes:
        """The public key in DER; empty where the library does not know its kind."""
        key = self.public_key
        return b"" if key is None else spki_of(key)

    @cached_property
    def key(self) -> Key:
        """The public key's kind and size."""
        key = self.public_key
        match key:
            case rsa.RSAPublicKey():
                return Key("RSA", key.key_size, pss_only=not self._key_is_written_plainly)
            case ec.EllipticCurvePublicKey():
                curve = key.curve.name if self._key_is_written_plainly else EXPLICIT_CURVE
                return Key("EC", key.key_size, curve)
            case ed25519.Ed25519PublicKey():
                return Key("Ed25519", 256)
            case ed448.Ed448PublicKey():
                return Key("Ed448", 456)
            case dsa.DSAPublicKey():
                return Key("DSA", key.key_size)
            case _:
                return Key("", 0)

    @cached_property
    def _key_is_written_plainly(self) -> bool:
        # The library reads keys under id-RSASSA-PSS and on curves that are spelled out as if they
        # were plain RSA and the named curve, and writes them so.
        return self.spki in self.certificate.tbs_certificate_bytes

    @cached_property
    def digest(self) -> str:
        """The hash of its signature: "sha256", ...; empty where the algorithm names none."""
        try:
            algorithm = self.certificate.signature_hash_algorithm
        except UnsupportedAlgorithm:
            return "unknown"
        return "" if algorithm is None else algorithm.name

    @cached_property
    def pss(self) -> bool:
        """Is it signed with RSASSA-PSS."""
        return isinstance(self.certificate.signature_algorithm_parameters, padding.PSS)

    @cached_property
    def self_issued(self) -> bool:
        """Are subject and issuer the same bytes."""
        return self.subject == self.issuer


@functools.lru_cache(maxsize=4096)
def facts_of(der: bytes) -> Facts | Unreadable:
    """Read a certificate, once."""
    certificate = parsed(der)
    if certificate is None:
        return Unreadable(der, duplicate=False)
    try:
        with muted():
            facts = Facts(der, certificate)
            _ = facts.subject, facts.issuer, facts.pss
    except x509.DuplicateExtension:
        return Unreadable(der, duplicate=True)
    except UNREADABLE:
        return Unreadable(der, duplicate=False)
    return facts


_NETSCAPE_TYPE = "2.16.840.1.113730.1.1"
EXPLICIT_CURVE = "a curve that is spelled out"
