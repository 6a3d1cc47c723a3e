"""TLS's presentation language: complete data is read; short, long or extra bytes are rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from halfshake.errors import FailureReason, PeerMisbehaved
from halfshake.tls.codec import Reader, uint16_list, vector8, vector16, vector24

if TYPE_CHECKING:
    from collections.abc import Callable

READINGS: dict[str, tuple[Callable[[Reader], Any], bytes, object]] = {
    "take": (lambda reader: reader.take(3), b"abc", b"abc"),
    "uint8": (Reader.uint8, b"\xfe", 0xFE),
    "uint16": (Reader.uint16, b"\x03\x04", 0x0304),
    "uint24": (Reader.uint24, b"\x01\x02\x03", 0x010203),
    "vector8": (Reader.vector8, vector8(b"abc"), b"abc"),
    "vector16": (Reader.vector16, vector16(b"abc"), b"abc"),
    "vector24": (Reader.vector24, vector24(b"abc"), b"abc"),
    "numbered_vector16": (Reader.numbered_vector16, b"\x00\x2b" + vector16(b"ab"), (0x2B, b"ab")),
    "uint16_list": (Reader.uint16_list, uint16_list((1, 0xFFFF)), (1, 0xFFFF)),
}


@pytest.mark.parametrize("name", list(READINGS))
def test_a_reading_takes_what_it_needs(name: str) -> None:
    """Whole; with more bytes after it, which stay; and one byte short of each length."""
    read, data, expected = READINGS[name]
    reader = Reader(data + b"more", "Structure")
    assert read(reader) == expected
    assert reader.position() == len(data)
    assert reader
    assert reader.take(4) == b"more"
    assert not reader
    reader.finish()
    for length in range(len(data)):
        with pytest.raises(PeerMisbehaved, match=r"the server's Structure is malformed: \d bytes"):
            read(Reader(data[:length], "Structure"))


def test_what_is_left_over_is_a_decode_error() -> None:
    """RFC 9846 6.2."""
    reader = Reader(b"abc", "Structure")
    reader.uint8()
    with pytest.raises(PeerMisbehaved, match="Structure is malformed: 2 bytes too many") as caught:
        reader.finish()
    assert caught.value.reason is FailureReason.decode_error


def test_half_a_number_is_a_decode_error() -> None:
    """A list of two-byte numbers has no odd length."""
    with pytest.raises(PeerMisbehaved, match="odd length 3"):
        Reader(b"\x00\x03abc", "Structure").uint16_list()
