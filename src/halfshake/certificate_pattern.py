"""A certificate's bytes without its values: what all certificates of one kind by one CA share.

A CA makes many certificates that differ only in their values: serial number, dates, common name,
key, alternative names, signature. `cut()` takes these out. The bytes that are left are the pattern:
two certificates of one pattern have the same issuer, algorithms, kind and size of key, extensions,
flags and encodings, down to the byte. So what depends on none of the values is the same for both.

Values of unusual form are not cut: then there is no pattern, and each certificate is looked at on
its own. Only strict DER is read (definite lengths, as short as possible), so every parser sees the
same structure. Nothing here decides what a certificate means.
"""

from __future__ import annotations

import functools
import re
from datetime import datetime
from typing import NamedTuple, TypeAlias

Pattern: TypeAlias = tuple[bytes, ...]


class Cut(NamedTuple):
    """A certificate of version 3, taken apart into its pattern and its values.

    `serial` is positive. `common_name` is None if the subject has none that could be cut; then the
    whole subject is in the pattern. `dns_names` has at least one name. `spki` is the public key
    with its algorithm in DER; nobody has looked yet whether the key is a valid one. `timestamps`
    says that there are signed certificate timestamps, which are cut unread. `signed` are the bytes
    that the issuer's `signature` covers.
    """

    pattern: Pattern
    serial: int
    not_before: datetime
    not_after: datetime
    common_name: str | None
    spki: bytes
    dns_names: tuple[str, ...]
    ip_addresses: tuple[bytes, ...]
    timestamps: bool
    signed: bytes
    signature: bytes


@functools.lru_cache(maxsize=4096)
def cut(der: bytes) -> Cut | None:
    """Take a certificate apart; None if its structure or one of its values is unusual."""
    if len(der) > MAX_BYTES:
        return None
    try:
        return _cut(der)
    except (_Unusual, IndexError):
        return None


def is_plain_name(name: str) -> bool:
    """Is it a host name on which all clients agree: lower-case LDH labels, the last not a number?

    No wildcard, no underscore, no dot at the end.
    """
    return len(name) <= MAX_NAME and _PLAIN_NAME.fullmatch(name) is not None


class _Unusual(Exception):
    """What is not cut."""


def _cut(der: bytes) -> Cut:
    # Certificate  ::=  SEQUENCE  { tbsCertificate, signatureAlgorithm, signatureValue }
    start, end = _element(der, 0, SEQUENCE, len(der))
    if end != len(der):
        raise _Unusual
    tbs_at, (tbs, tbs_end) = start, _element(der, start, SEQUENCE, end)
    _, algorithm_end = _element(der, tbs_end, SEQUENCE, end)
    algorithm = der[tbs_end:algorithm_end]
    signature, signature_end = _element(der, algorithm_end, BIT_STRING, end)
    if signature_end != end or der[signature] != 0:
        raise _Unusual
    # TBSCertificate (RFC 5280 4.1): version 3 comes first, and no unique identifiers.
    at = tbs + len(VERSION_3)
    if der[tbs:at] != VERSION_3:
        raise _Unusual
    serial, at = _element(der, at, INTEGER, tbs_end)
    number = der[serial:at]
    issuer_at = at + len(algorithm)
    if der[at:issuer_at] != algorithm:
        raise _Unusual
    _, at = _element(der, issuer_at, SEQUENCE, tbs_end)
    issuer = der[issuer_at:at]
    dates, at = _element(der, at, SEQUENCE, tbs_end)
    not_before, not_after = _dates(der[dates:at])
    subject, at = _element(der, at, SEQUENCE, tbs_end)
    common_name, subject_pattern = _subject(der, subject, at)
    spki_at = at
    spki, at = _element(der, at, SEQUENCE, tbs_end)
    key_pattern = _key(der, spki, at)
    spki_end = at
    extensions, at = _element(der, at, EXTENSIONS, tbs_end)
    if at != tbs_end:
        raise _Unusual
    values = _Extensions()
    values.read(der, extensions, at)
    if not values.dns_names:
        raise _Unusual
    return Cut(
        pattern=(algorithm, issuer, *subject_pattern, *key_pattern, *values.pattern),
        serial=_serial(number),
        not_before=not_before,
        not_after=not_after,
        common_name=common_name,
        spki=der[spki_at:spki_end],
        dns_names=tuple(values.dns_names),
        ip_addresses=tuple(values.ip_addresses),
        timestamps=values.timestamps,
        signed=der[tbs_at:tbs_end],
        signature=der[signature + 1 : end],
    )


def _element(der: bytes, at: int, tag: int, limit: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins and ends."""
    # Written out, without calls: it is asked some twenty times for each certificate.
    length, start = der[at + 1], at + 2
    if length >= 0x80:
        size = length - 0x80
        start += size
        length = int.from_bytes(der[at + 2 : start], "big")
        # In DER the length is as short as possible, and two bytes are enough for MAX_BYTES.
        if not ((size == 1 and length >= 0x80) or (size == 2 and length >= 0x100)):
            raise _Unusual
    end = start + length
    if der[at] != tag or end > limit:
        raise _Unusual
    return start, end


def _require(usual: bool) -> None:
    if not usual:
        raise _Unusual


def _serial(number: bytes) -> int:
    # RFC 5280 4.1.2.2: positive, at most 20 octets.
    if not 0 < len(number) <= MAX_SERIAL_BYTES or number[0] >= 0x80:
        raise _Unusual
    if number[0] == 0 and (len(number) == 1 or number[1] < 0x80):
        raise _Unusual
    return int.from_bytes(number, "big")


def _dates(validity: bytes) -> tuple[datetime, datetime]:
    # Years from 2050 on are written as GeneralizedTime: so far nobody needs them for an end entity.
    found = _TWO_DATES.fullmatch(validity)
    if found is None:
        raise _Unusual
    return _date(found[1]), _date(found[2])


@functools.lru_cache(maxsize=1024)
def _date(digits: bytes) -> datetime:
    text = digits.decode("ascii")
    # RFC 5280 4.1.2.5.1: 50 to 99 are of the last century. Some clients read nothing before 1970.
    # Hour 24 is one of ISO 8601, not of UTCTime.
    _require(not "50" <= text[:2] < "70" and text[6:8] != "24")
    century = "19" if text[0] >= "7" else "20"
    try:
        return datetime.fromisoformat(f"{century}{text[:6]}T{text[6:]}Z")
    except ValueError:
        raise _Unusual from None


def _subject(der: bytes, at: int, end: int) -> tuple[str | None, list[bytes]]:
    """The common name, and the pattern of the subject: all else, and which kind of string it is."""
    common_name = None
    pattern = []
    while at < end:
        start, next_at = _element(der, at, SET, end)
        attribute, attribute_end = _element(der, start, SEQUENCE, next_at)
        if der[attribute : attribute + len(COMMON_NAME)] != COMMON_NAME:
            pattern.append(der[at:next_at])
        else:
            tag_at = attribute + len(COMMON_NAME)
            tag = der[tag_at]
            if common_name is not None or attribute_end != next_at or tag not in _STRINGS:
                raise _Unusual
            value, value_end = _element(der, tag_at, tag, next_at)
            if value_end != next_at or _STRINGS[tag].fullmatch(der, value, value_end) is None:
                raise _Unusual
            common_name = der[value:value_end].decode("ascii")
            pattern.append(bytes((tag,)))
        at = next_at
    return common_name, [*pattern, b""]


def _key(der: bytes, at: int, end: int) -> tuple[bytes, ...]:
    """The pattern of a public key: its algorithm, its size, and how it is written."""
    _, algorithm_end = _element(der, at, SEQUENCE, end)
    algorithm = der[at:algorithm_end]
    key, key_end = _element(der, algorithm_end, BIT_STRING, end)
    if key_end != end or der[key] != 0:
        raise _Unusual
    size = (end - key).to_bytes(2, "big")
    if algorithm == RSA_ENCRYPTION:
        numbers, numbers_end = _element(der, key + 1, SEQUENCE, end)
        modulus, exponent_at = _element(der, numbers, INTEGER, numbers_end)
        exponent, exponent_end = _element(der, exponent_at, INTEGER, numbers_end)
        _require(numbers_end == end == exponent_end)
        # As long as its bytes: a positive number with its first bit set, and odd.
        _require(der[modulus] == 0 and der[modulus + 1] >= 0x80 and der[exponent_at - 1] % 2 == 1)
        return algorithm, size, der[exponent:end]
    if algorithm not in NAMED_CURVES:
        raise _Unusual
    # The first byte says how the point is written.
    return algorithm, size, der[key + 1 : key + 2]


class _Extensions:
    """Cuts the values that differ from one certificate to the next; the others stay as they are."""

    def __init__(self) -> None:
        self.pattern: list[bytes] = []
        self.dns_names: list[str] = []
        self.ip_addresses: list[bytes] = []
        self.timestamps = False

    def read(self, der: bytes, at: int, end: int) -> None:
        at, listed_end = _element(der, at, SEQUENCE, end)
        _require(listed_end == end)
        pattern, known = self.pattern, _WHOLE_EXTENSIONS
        while at < end:
            # Most are as they are in the certificate before: those need no second look.
            next_at = at + 2 + der[at + 1]
            whole = der[at:next_at]
            if whole in known and next_at <= end:
                pattern.append(whole)
                at = next_at
                continue
            start, next_at = _element(der, at, SEQUENCE, end)
            _, name_end = _element(der, start, OBJECT_IDENTIFIER, next_at)
            name = der[start:name_end]
            cut_value = _CUT_EXTENSIONS.get(name)
            if cut_value is None:
                _keep_whole(der[at:next_at])
                pattern.append(der[at:next_at])
            else:
                flag_end = name_end + len(CRITICAL)
                if der[name_end:flag_end] != CRITICAL:
                    flag_end = name_end
                value, value_end = _element(der, flag_end, OCTET_STRING, next_at)
                _require(value_end == next_at)
                # Its name and flag begin with another tag than a whole extension.
                pattern.append(der[start:flag_end])
                cut_value(self, der, value, value_end)
            at = next_at

    def _alternative_names(self, der: bytes, at: int, end: int) -> None:
        at, names_end = _element(der, at, SEQUENCE, end)
        _require(names_end == end and not self.dns_names)
        while at < end:
            if der[at] == DNS_NAME:
                value, at = _element(der, at, DNS_NAME, end)
                name = der[value:at]
                if len(name) > MAX_NAME or _PLAIN_PATTERN.fullmatch(name) is None:
                    raise _Unusual
                self.dns_names.append(name.decode("ascii"))
            else:
                value, at = _element(der, at, IP_ADDRESS, end)
                _require(at - value in {4, 16})
                self.ip_addresses.append(der[value:at])

    def _key_identifier(self, der: bytes, at: int, end: int) -> None:
        value, value_end = _element(der, at, OCTET_STRING, end)
        _require(value_end == end and value < end)
        self.pattern.append((end - value).to_bytes(2, "big"))

    def _timestamps(self, _der: bytes, _at: int, _end: int) -> None:
        _require(not self.timestamps)
        self.timestamps = True


def _keep_whole(extension: bytes) -> None:
    if len(_WHOLE_EXTENSIONS) >= MAX_WHOLE_EXTENSIONS:
        _WHOLE_EXTENSIONS.clear()
    _WHOLE_EXTENSIONS.add(extension)


_CUT_EXTENSIONS = {
    bytes.fromhex("0603551d11"): _Extensions._alternative_names,  # noqa: SLF001 - their own table
    bytes.fromhex("0603551d0e"): _Extensions._key_identifier,  # noqa: SLF001
    bytes.fromhex("060a2b06010401d679020402"): _Extensions._timestamps,  # noqa: SLF001
}

# Those that are not cut, as they stood in a certificate; some 60 bytes each.
_WHOLE_EXTENSIONS: set[bytes] = set()
MAX_WHOLE_EXTENSIONS = 4096

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING = 0x01, 0x02, 0x03, 0x04
OBJECT_IDENTIFIER, SEQUENCE, SET, EXTENSIONS = 0x06, 0x30, 0x31, 0xA3
DNS_NAME, IP_ADDRESS = 0x82, 0x87
VERSION_3 = bytes.fromhex("a003020102")
CRITICAL = bytes.fromhex("0101ff")
COMMON_NAME = bytes.fromhex("0603550403")

# AlgorithmIdentifiers: rsaEncryption; id-ecPublicKey with secp256r1, secp384r1 and secp521r1.
RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
NAMED_CURVES = frozenset(
    bytes.fromhex(encoded)
    for encoded in (
        "301306072a8648ce3d020106082a8648ce3d030107",
        "301006072a8648ce3d020106052b81040022",
        "301006072a8648ce3d020106052b81040023",
    )
)

# What every client reads the same way, and RFC 4514 prints as it is: UTF8String, PrintableString.
_STRINGS = {
    0x0C: re.compile(rb"[A-Za-z0-9*](?:[A-Za-z0-9*._ -]{0,62}[A-Za-z0-9._-])?"),
    0x13: re.compile(rb"[A-Za-z0-9](?:[A-Za-z0-9. -]{0,62}[A-Za-z0-9.-])?"),
}

_LABEL = "[{0}](?:[{0}-]{{0,61}}[{0}])?"
_LAST_LABEL = "[{1}](?:[{0}-]{{0,61}}[{0}])?"
_NAME = f"(?:{_LABEL}\\.)*{_LAST_LABEL}"
_PLAIN_NAME = re.compile(_NAME.format("a-z0-9", "a-z"))
# A wildcard is the whole first label, and two labels follow it.
_PLAIN_PATTERN = re.compile(
    rf"(?:\*\.(?=[^.]+\.))?{_NAME.format('A-Za-z0-9', 'A-Za-z')}".encode("ascii")
)
_TWO_DATES = re.compile(rb"\x17\x0d([0-9]{12})Z\x17\x0d([0-9]{12})Z")

MAX_NAME = 253  # RFC 1035 2.3.4
MAX_SERIAL_BYTES = 20
# No client minds a certificate of this size; OpenSSL refuses a whole chain of more than 100 KiB.
MAX_BYTES = 8192
