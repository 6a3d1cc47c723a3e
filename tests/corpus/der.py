"""A small DER writer: it writes what a certificate library refuses to write."""

from __future__ import annotations


def tlv(tag: int, *contents: bytes) -> bytes:
    """One value: tag, length, contents."""
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + content


def sequence(*contents: bytes) -> bytes:
    """SEQUENCE, SEQUENCE OF."""
    return tlv(0x30, *contents)


def set_of(*contents: bytes) -> bytes:
    """SET OF, sorted as DER requires."""
    return tlv(0x31, *sorted(contents))


def integer(number: int) -> bytes:
    """INTEGER, in as few bytes as possible."""
    size = ((number if number >= 0 else ~number).bit_length()) // 8 + 1
    return tlv(0x02, number.to_bytes(size, "big", signed=True))


def boolean(value: bool) -> bytes:
    """BOOLEAN."""
    return tlv(0x01, b"\xff" if value else b"\x00")


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, b"".join(_base128(arc) for arc in (first * 40 + second, *rest)))


def bit_string(content: bytes, unused: int = 0) -> bytes:
    """BIT STRING."""
    return tlv(0x03, bytes((unused,)), content)


def octet_string(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, content)


def explicit(number: int, *contents: bytes) -> bytes:
    """A constructed value in a context-specific tag: [number]."""
    return tlv(0xA0 | number, *contents)


def implicit(number: int, content: bytes) -> bytes:
    """A primitive value under a context-specific tag: [number] IMPLICIT."""
    return tlv(0x80 | number, content)


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


NULL = b"\x05\x00"
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
TELETEX_STRING = 0x14
IA5_STRING = 0x16
BMP_STRING = 0x1E
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
