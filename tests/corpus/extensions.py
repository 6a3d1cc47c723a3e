"""The extensions of RFC 5280 4.2, right and wrong, in DER."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from corpus.der import bit_string, boolean, explicit, implicit, integer, octet_string, oid, sequence

if TYPE_CHECKING:
    from corpus.certificates import Certified, DistinguishedName


def extension(identifier: str, value: bytes, *, critical: bool = False) -> bytes:
    """One Extension; `value` is the DER inside."""
    flag = boolean(critical) if critical else b""
    return sequence(oid(identifier), flag, octet_string(value))


def basic_constraints(ca: bool, path_length: int | None = None, *, critical: bool = True) -> bytes:
    """Is it a CA, and how many CAs may follow?"""
    flag = boolean(ca) if ca else b""
    length = b"" if path_length is None else integer(path_length)
    return extension("2.5.29.19", sequence(flag, length), critical=critical)


def key_usage(*usages: str, critical: bool = True) -> bytes:
    """What the key may do, by RFC 5280's names."""
    number = sum(1 << (15 - KEY_USAGES.index(usage)) for usage in usages)
    return extension("2.5.29.15", _named_bits(number), critical=critical)


def extended_key_usage(*purposes: str, critical: bool = False) -> bytes:
    """What the certificate is for."""
    return extension(
        "2.5.29.37", sequence(*(oid(purpose) for purpose in purposes)), critical=critical
    )


def subject_alternative_name(*names: bytes, critical: bool = False) -> bytes:
    """Names, each made by one of the functions below."""
    return extension("2.5.29.17", sequence(*names), critical=critical)


def name_constraints(
    *, permitted: tuple[bytes, ...] = (), excluded: tuple[bytes, ...] = (), critical: bool = True
) -> bytes:
    """Which names a CA may certify."""
    trees = (
        explicit(number, *(sequence(base) for base in bases))
        for number, bases in enumerate((permitted, excluded))
        if bases
    )
    return extension("2.5.29.30", sequence(*trees), critical=critical)


def subject_key_identifier(identifier: bytes) -> bytes:
    """Which key this is."""
    return extension("2.5.29.14", octet_string(identifier))


def authority_key_identifier(
    identifier: bytes | None, *, issuer_and_serial_of: Certified | None = None
) -> bytes:
    """Which key has signed it; also by the issuer and serial number of the CA's certificate."""
    parts = [] if identifier is None else [implicit(0, identifier)]
    if issuer_and_serial_of is not None:
        ca = issuer_and_serial_of
        parts += [explicit(1, explicit(4, ca.issuer.der)), implicit(2, integer(ca.serial)[2:])]
    return extension("2.5.29.35", sequence(*parts))


def unknown(*, critical: bool) -> bytes:
    """An unknown extension, under an arc for examples."""
    return extension("2.999.1", integer(7), critical=critical)


def netscape_cert_type(bit: int) -> bytes:
    """Netscape's forerunner of the extended key usage: bit 0 is a client, bit 1 a server."""
    return extension("2.16.840.1.113730.1.1", _named_bits(1 << (15 - bit)))


def dns(name: str | bytes) -> bytes:
    """A dNSName."""
    return implicit(2, name if isinstance(name, bytes) else name.encode())


def ip(address: str) -> bytes:
    """An iPAddress; with "/" the address and mask of a name constraint."""
    if "/" in address:
        network = ipaddress.ip_network(address)
        return implicit(7, network.network_address.packed + network.netmask.packed)
    return implicit(7, ipaddress.ip_address(address).packed)


def email(address: str) -> bytes:
    """An rfc822Name."""
    return implicit(1, address.encode())


def uri(identifier: str) -> bytes:
    """A uniformResourceIdentifier."""
    return implicit(6, identifier.encode())


def directory(name: DistinguishedName) -> bytes:
    """A directoryName."""
    return explicit(4, name.der)


def registered_id(dotted: str) -> bytes:
    """A registeredID."""
    return implicit(8, oid(dotted)[2:])


def _named_bits(number: int) -> bytes:
    # X.690 11.2.2: DER leaves out trailing zero bits.
    content = number.to_bytes(2, "big").rstrip(b"\x00")
    unused = (content[-1] & -content[-1]).bit_length() - 1 if content else 0
    return bit_string(content, unused)


KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
)
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0"
NETSCAPE_SERVER_GATED_CRYPTO = "2.16.840.1.113730.4.1"
