"""Mutates the DER inside `fuzz_messages` inputs, and keeps every length around the change right.

Alone, libFuzzer breaks a length first, and nothing after it is ever parsed.
"""

from __future__ import annotations

import random

from harness import Kind, Part, parts


def mutate_messages(data: bytes, size: int, seed: int) -> bytes:
    """Change one certificate or name of an input; an input without any stays as it is."""
    chance = random.Random(seed)
    following = parts(data[2:])
    encoded = [part for part in following if part.kind in {Kind.ONE_CERTIFICATE, Kind.AUTHORITY}]
    if not encoded:
        return data
    chosen = chance.choice(encoded)
    changed = Part(chosen.kind, mutate_der(chosen.body, chance)[:0xFFFF])
    out = b"".join((changed if part is chosen else part).encoded() for part in following)
    return (data[:2].ljust(2, b"\0") + out)[:size]


def mutate_der(der: bytes, chance: random.Random) -> bytes:
    """Change one element anywhere in a DER structure."""
    elements = _elements(der)
    if elements is None or not elements:
        return _mutate_bytes(der, chance)
    at = chance.randrange(len(elements))
    tag, content = elements[at]
    inner = _elements(content) if tag & 0x20 or tag in _MAY_WRAP else None
    if inner and chance.random() < _GO_DEEPER:
        elements[at] = (tag, mutate_der(content, chance))
        return _encode(elements)
    match chance.randrange(7):
        case 0:
            del elements[at]
        case 1:
            elements.insert(at, elements[at])
        case 2:
            elements[at] = (chance.choice(_TAGS), content)
        case 3:
            elements[at] = (tag, chance.choice(_CONTENTS))
        case 4:
            other = chance.randrange(len(elements))
            elements[at], elements[other] = elements[other], elements[at]
        case 5:
            elements[at] = (tag, content * chance.choice((2, 3, 40)))
        case _:
            elements[at] = (tag, _mutate_bytes(content, chance))
    return _encode(elements)


def _elements(der: bytes) -> list[tuple[int, bytes]] | None:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(der):
        if at + 2 > len(der):
            return None
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(der[at : at + size], "big")
            at += size
        if at + length > len(der):
            return None
        found.append((tag, der[at : at + length]))
        at += length
    return found


def _encode(elements: list[tuple[int, bytes]]) -> bytes:
    return b"".join(bytes([tag]) + _length(len(content)) + content for tag, content in elements)


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    return bytes([0x80 | size]) + length.to_bytes(size, "big")


def _mutate_bytes(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randint(0, len(changed))
        match chance.randrange(3):
            case 0 if at < len(changed):
                changed[at] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            case 1:
                del changed[at : at + 1]
            case _:
                changed.insert(at, chance.randrange(256))
    return bytes(changed)


# How often to go into an element instead of changing it: certificates are nine levels deep.
_GO_DEEPER = 0.85

# OCTET STRING and BIT STRING may hold DER, in extensions and keys.
_MAY_WRAP = frozenset({0x03, 0x04})

# Every string type, times, numbers, and the context tags of general names.
_TAGS = (
    *(0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1A),
    *(0x1B, 0x1C, 0x1E, 0x30, 0x31, 0x80, 0x81, 0x82, 0x84, 0x86, 0x87, 0x88, 0xA0, 0xA3, 0xA4),
)

_CONTENTS = (
    b"",
    b"\x00",
    b"\xff",
    b"\x00" * 21,
    b"\xff\xfe",
    b"\xd8\x00",
    b"a\x00b",
    b"\x1b[31m",
    b"a\nb",
    b"99991231235959Z",
    b"00000101000000Z",
    b"500101000000Z",
    b"20500230000000Z",
    b"500101000000+0100",
    b"*.",
    b"\xe2\x80\xae",
    # OIDs: subjectAltName, commonName, basicConstraints, SCTs, Ed25519, P-256, SHA-1 with RSA
    b"\x55\x1d\x11",
    b"\x55\x04\x03",
    b"\x55\x1d\x13",
    b"\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02",
    b"\x2b\x65\x70",
    b"\x2a\x86\x48\xce\x3d\x03\x01\x07",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05",
)
