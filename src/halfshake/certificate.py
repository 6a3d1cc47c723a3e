"""One certificate as presented: its DER, and every fact that can be read from it.

A certificate that does not parse is still a reading: each field is read separately, and `problems`
names those that fail. If the library rejects the whole certificate, OpenSSL's own reading gives the
dates and names. Only facts are here; `trust` says what they mean.

A scan meets many certificates that one CA made by one pattern. The library reads the first of them;
of the others only the values are read.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

try:
    # The public module brings a parser of SSH keys and bcrypt: 3 % of a cold check, for two words.
    from cryptography.hazmat.primitives._serialization import Encoding, PublicFormat
except ImportError:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from halfshake.certificate_pattern import cut
from halfshake.muted import muted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from halfshake.certificate_pattern import Cut, Pattern


class PresentedCertificate(NamedTuple):
    """The facts of one certificate; None and () stand for what could not be read.

    `sha256` and `spki_sha256` are lower-case hex, `serial` is hex without a prefix. `problems`
    are sentences about what is odd or unreadable.
    """

    der: bytes
    sha256: str
    subject: str | None = None
    issuer: str | None = None
    serial: str | None = None
    spki_sha256: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    common_names: tuple[str, ...] = ()
    key_type: str | None = None
    key_bits: int | None = None
    signature_algorithm: str | None = None
    problems: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Hash only the DER: equal certificates have equal bytes, whose hash is cached."""
        return hash(self.der)


@functools.lru_cache(maxsize=4096)
def read_certificate(der: bytes) -> PresentedCertificate:
    """Read every fact of one certificate; never fails. The same bytes are read only once."""
    values = cut(der)
    if values is not None:
        first = _FIRST_OF_PATTERN.get(values.pattern)
        facts = None if first is None else first.facts_of(der, values)
        if facts is not None:
            return facts
    with muted():
        # What the library warns about (a serial of 0 ...) is listed as a problem in our own words,
        # or does not matter for reading: a common name of more than 64 characters.
        facts = _read(der)
    if values is not None:
        _remember(facts, values)
    return facts


@functools.lru_cache(maxsize=4096)
def public_key_of(der: bytes) -> CertificatePublicKeyTypes | None:
    """The public key of a certificate; None if it cannot be read."""
    values = cut(der)
    try:
        if values is not None and values.pattern in _FIRST_OF_PATTERN:
            # As below: only who needs it waits for it.
            from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
                load_der_public_key,
            )

            return load_der_public_key(values.spki)  # type: ignore[return-value]
        certificate = parse_certificate(der)
        return None if certificate is None else certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


@functools.lru_cache(maxsize=4096)
def validity(der: bytes) -> tuple[datetime | None, datetime | None]:
    """Read only notBefore and notAfter, as strictly as clients that check them.

    None for a date that is not written as RFC 5280 4.1.2.5 requires: OpenSSL's verification rejects
    it, even if OpenSSL can print it.
    """
    certificate = parse_certificate(der)
    try:
        if certificate is not None:
            return certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except ValueError:
        pass
    if _STRICT_VALIDITY.search(der) is None:
        return None, None
    read = read_certificate(der)
    return read.not_before, read.not_after


def pattern_known_to_parse(der: bytes) -> Pattern | None:
    """The certificate's pattern, if another one of it was read without a problem, and this one."""
    values = cut(der)
    if values is None or values.pattern not in _FIRST_OF_PATTERN or read_certificate(der).problems:
        return None
    return values.pattern


class _First(NamedTuple):
    """The first certificate of a pattern, and its subject before and after the common name."""

    facts: PresentedCertificate
    before_name: str
    after_name: str

    def facts_of(self, der: bytes, values: Cut) -> PresentedCertificate | None:
        """The facts of another one; None if a value needs a closer look."""
        if public_key_of(der) is None or (values.timestamps and not _extensions_parse(der)):
            return None
        first, name = self.facts, values.common_name
        return PresentedCertificate(
            der=der,
            sha256=sha256(der).hexdigest(),
            subject=first.subject if name is None else self.before_name + name + self.after_name,
            issuer=first.issuer,
            serial=f"{values.serial:x}",
            spki_sha256=sha256(values.spki).hexdigest(),
            not_before=values.not_before,
            not_after=values.not_after,
            dns_names=values.dns_names,
            ip_addresses=tuple(str(ipaddress.ip_address(each)) for each in values.ip_addresses),
            common_names=first.common_names if name is None else (name,),
            key_type=first.key_type,
            key_bits=first.key_bits,
            signature_algorithm=first.signature_algorithm,
        )


def _remember(facts: PresentedCertificate, values: Cut) -> None:
    """Keep the first certificate of a pattern, if its values explain what the library read."""
    subject, name = facts.subject or "", f"CN={values.common_name}"
    before, after = subject, ""
    if values.common_name is not None:
        if subject.count(name) != 1:
            return
        before, _, after = subject.partition(name)
        before += "CN="
    first = _First(facts, before, after)
    if len(_FIRST_OF_PATTERN) >= MAX_PATTERNS:
        _FIRST_OF_PATTERN.clear()
    if first.facts_of(facts.der, values) == facts:
        _FIRST_OF_PATTERN[values.pattern] = first


def _extensions_parse(der: bytes) -> bool:
    certificate = parse_certificate(der)
    try:
        return certificate is not None and len(certificate.extensions) > 0
    except UNREADABLE:
        return False


def _read(der: bytes) -> PresentedCertificate:
    fingerprint = sha256(der).hexdigest()
    problems: list[str] = []
    certificate = parse_certificate(der, problems)
    if certificate is None:
        return _as_openssl_reads_it(PresentedCertificate(der, fingerprint), problems)
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
    return PresentedCertificate(
        der=der,
        sha256=fingerprint,
        # An empty name is false, and subjects are often empty (RFC 5280 4.1.2.6).
        subject=fields.read("subject", subject.rfc4514_string) if subject is not None else None,
        issuer=fields.read("issuer", issuer.rfc4514_string) if issuer is not None else None,
        serial=f"{serial:x}",
        spki_sha256=fields.read("public key", lambda: _spki_sha256(key)) if key else None,
        not_before=fields.read("notBefore", lambda: certificate.not_valid_before_utc),
        not_after=fields.read("notAfter", lambda: certificate.not_valid_after_utc),
        dns_names=tuple(names.get_values_for_type(x509.DNSName)) if names else (),
        ip_addresses=(
            tuple(str(name) for name in names.get_values_for_type(x509.IPAddress)) if names else ()
        ),
        common_names=_common_names(subject) if subject else (),
        key_type=_key_type(key),
        key_bits=getattr(key, "key_size", None),
        signature_algorithm=fields.read(
            "signature algorithm", lambda: oid_name(certificate.signature_algorithm_oid)
        ),
        problems=tuple(dict.fromkeys(problems)),
    )


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


def _as_openssl_reads_it(
    certificate: PresentedCertificate, problems: list[str]
) -> PresentedCertificate:
    # Few certificates are beyond the library: the others do without.
    from halfshake.openssl.printed import facts_as_openssl_prints_them  # noqa: PLC0415

    facts, problem = facts_as_openssl_prints_them(certificate.der)
    if problem is not None:
        problems.append(f"OpenSSL accepts it, but cannot print it: {problem}")
    if facts:
        problems.append("names and dates are as OpenSSL reads them")
    return certificate._replace(**facts, problems=tuple(problems))


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

# Some 3 KB each. A scan of many CAs begins anew when there are more.
MAX_PATTERNS = 4096
_FIRST_OF_PATTERN: dict[Pattern, _First] = {}

# RFC 5280 4.1.2.2: at most 20 octets; the first bit is the sign.
MAX_SERIAL_BITS = 159

# Two dates of RFC 5280 4.1.2.5, as UTCTime or GeneralizedTime in Zulu with seconds.
_STRICT_VALIDITY = re.compile(rb"\x30.(?:\x17\x0d\d{12}Z|\x18\x0f\d{14}Z){2}", re.DOTALL)
