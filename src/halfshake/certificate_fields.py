"""What the X.509 library reads of one certificate, field by field.

A certificate that does not parse is still a reading: each field is read separately, and a sentence
names those that fail. If the library rejects the whole certificate, OpenSSL's own reading gives the
dates and names. `certificate.py` has the facts; this is how they are found.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

try:
    # The public module brings a parser of SSH keys and bcrypt: 3 % of a cold check, for two words.
    from cryptography.hazmat.primitives._serialization import Encoding, PublicFormat
except ImportError:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from halfshake.muted import muted

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes


def fields_of(der: bytes) -> dict[str, Any]:
    """Every fact of a `PresentedCertificate` but its bytes and their fingerprint."""
    problems: list[str] = []
    certificate = parse_certificate(der, problems)
    if certificate is None:
        return _as_openssl_reads_it(der, problems)
    fields = _Fields(problems)
    key = fields.read("public key", certificate.public_key)
    names = fields.read("subject alternative name", lambda: _subject_alternative_name(certificate))
    serial = certificate.serial_number
    if serial <= 0:
        problems.append(f"the serial number {serial} is not positive (RFC 5280 4.1.2.2)")
    elif serial.bit_length() > MAX_SERIAL_BITS:
        problems.append("the serial number is longer than 20 bytes (RFC 5280 4.1.2.2)")
    if certificate.version is not x509.Version.v3:
        problems.append(
            f"it is an X.509 {certificate.version.name} certificate, which has no extensions"
        )
    subject = fields.read("subject", lambda: certificate.subject)
    issuer = fields.read("issuer", lambda: certificate.issuer)
    return {
        # An empty name is false, and subjects are often empty (RFC 5280 4.1.2.6).
        "subject": fields.read("subject", subject.rfc4514_string) if subject is not None else None,
        "issuer": fields.read("issuer", issuer.rfc4514_string) if issuer is not None else None,
        "serial": f"{serial:x}",
        "spki_sha256": fields.read("public key", lambda: _spki_sha256(key)) if key else None,
        "not_before": fields.read("notBefore", lambda: certificate.not_valid_before_utc),
        "not_after": fields.read("notAfter", lambda: certificate.not_valid_after_utc),
        "dns_names": tuple(names.get_values_for_type(x509.DNSName)) if names else (),
        "ip_addresses": (
            tuple(str(name) for name in names.get_values_for_type(x509.IPAddress)) if names else ()
        ),
        "common_names": _common_names(subject) if subject else (),
        "key_type": _key_type(key),
        "key_bits": getattr(key, "key_size", None),
        "signature_algorithm": fields.read(
            "signature algorithm", lambda: oid_name(certificate.signature_algorithm_oid)
        ),
        "problems": tuple(dict.fromkeys(problems)),
    }


def parse_certificate(der: bytes, problems: list[str] | None = None) -> x509.Certificate | None:
    """Parse one certificate; None, and a sentence in `problems`, if the library rejects it."""
    with muted():
        try:
            certificate = x509.load_der_x509_certificate(der)
            _ = certificate.version
        except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
            if problems is not None:
                problems.append(f"it does not parse as an X.509 certificate: {_first_line(error)}")
            return None
    return certificate


class _Fields:
    """Reads fields one by one, and notes the unreadable ones."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems

    def read(self, field: str, reader: Callable[[], Any]) -> Any:
        try:
            return reader()
        except UNREADABLE as error:
            self._problems.append(f"its {field} cannot be read: {_first_line(error)}")
            return None


def _subject_alternative_name(
    certificate: x509.Certificate,
) -> x509.SubjectAlternativeName | None:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return None
    return extension.value


def email_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """The e-mail addresses of its subjectAltName; none where that cannot be read."""
    try:
        names = _subject_alternative_name(certificate)
    except UNREADABLE:
        return ()
    return () if names is None else tuple(names.get_values_for_type(x509.RFC822Name))


def _common_names(subject: x509.Name) -> tuple[str, ...]:
    attributes = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return tuple(str(attribute.value) for attribute in attributes)


def _spki_sha256(key: CertificatePublicKeyTypes) -> str:
    return sha256(spki_of(key)).hexdigest()


def spki_of(key: CertificatePublicKeyTypes) -> bytes:
    """The key as a SubjectPublicKeyInfo in DER."""
    return key.public_bytes(_DER, _SPKI)


def _key_type(key: CertificatePublicKeyTypes | None) -> str | None:
    match key:
        case None:
            return None
        case rsa.RSAPublicKey():
            return "RSA"
        case ec.EllipticCurvePublicKey():
            return f"ECDSA {key.curve.name}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
        case dsa.DSAPublicKey():
            return "DSA"
        case _:
            return type(key).__name__.removesuffix("PublicKey")


def oid_name(oid: x509.ObjectIdentifier) -> str:
    """Name an object identifier, or print its number."""
    # The library's table of names is private, but an OID object knows its own name.
    name: str = getattr(oid, "_name", "Unknown OID")
    return oid.dotted_string if name == "Unknown OID" else name


def _as_openssl_reads_it(der: bytes, problems: list[str]) -> dict[str, Any]:
    # Few certificates are beyond the library: the others do without.
    from halfshake.openssl.printed import facts_as_openssl_prints_them  # noqa: PLC0415

    facts, problem = facts_as_openssl_prints_them(der)
    if problem is not None:
        problems.append(f"OpenSSL accepts it, but cannot print it: {problem}")
    if facts:
        problems.append("names and dates are as OpenSSL reads them")
    return {**facts, "problems": tuple(problems)}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].strip() if str(error).strip() else type(error).__name__


_DER, _SPKI = Encoding.DER, PublicFormat.SubjectPublicKeyInfo

# What the library raises for a field that it rejects; not only ValueError.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)

# RFC 5280 4.1.2.2: at most 20 octets; the first bit is the sign.
MAX_SERIAL_BITS = 159
