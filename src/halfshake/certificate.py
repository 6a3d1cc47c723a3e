"""One certificate as presented: its DER, and every fact that can be read from it.

A certificate that does not parse is still a reading: `problems` names what could not be read. Only
facts are here; `trust` says what they mean.

A scan meets many certificates that one CA made by one pattern. The library reads the first of them;
of the others only the values are read.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm

from halfshake.certificate_fields import UNREADABLE, fields_of, parse_certificate
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
            key: CertificatePublicKeyTypes = _key_loader()(values.spki)
            return key
        certificate = parse_certificate(der)
        return None if certificate is None else certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


@functools.cache
def _key_loader() -> Callable[[bytes], Any]:
    # Only who meets a second leaf of a pattern waits for it, and once: an import that is written
    # where it is used looks for its package each time.
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    return load_der_public_key


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


def _read(der: bytes) -> PresentedCertificate:
    return PresentedCertificate(der, sha256(der).hexdigest(), **fields_of(der))


def _extensions_parse(der: bytes) -> bool:
    certificate = parse_certificate(der)
    try:
        return certificate is not None and len(certificate.extensions) > 0
    except UNREADABLE:
        return False


# Some 3 KB each. A scan of many CAs begins anew when there are more.
MAX_PATTERNS = 4096
_FIRST_OF_PATTERN: dict[Pattern, _First] = {}

# Two dates of RFC 5280 4.1.2.5, as UTCTime or GeneralizedTime in Zulu with seconds.
_STRICT_VALIDITY = re.compile(rb"\x30.(?:\x17\x0d\d{12}Z|\x18\x0f\d{14}Z){2}", re.DOTALL)
