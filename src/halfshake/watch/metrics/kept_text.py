"""Text that is kept compressed, and put together to one gzip stream without being compressed again.

A `Block` refers to nothing before it and ends on a byte, so blocks in any order are the body of a
gzip stream (RFC 1951 3.2.3, RFC 1952 2.3). Only the checksum is of the whole; it is made from those
of the blocks.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple


class Block(NamedTuple):
    """Some text: `deflated`, and how many bytes it is of itself.

    `checksum` is its CRC-32, less that of as many zero bytes.
    """

    deflated: bytes
    length: int
    checksum: int

    def text(self) -> bytes:
        """The text itself."""
        return zlib.decompressobj(wbits=RAW).decompress(self.deflated)


EMPTY = Block(b"", 0, 0)


def block(text: bytes) -> Block:
    """Compress; no text gives EMPTY."""
    if not text:
        return EMPTY
    # Level 1: the text repeats itself so much that more effort gains little.
    compressor = zlib.compressobj(1, wbits=RAW)
    deflated = compressor.compress(text) + compressor.flush(zlib.Z_FULL_FLUSH)
    return Block(deflated, len(text), zlib.crc32(text) ^ zlib.crc32(bytes(len(text))))


class GzipStream:
    """One gzip stream: HEADER, then what `add` gives for each block, then `end()`."""

    def __init__(self) -> None:
        self._checksum = 0
        self._length = 0

    def add(self, added: Block) -> bytes:
        """The next bytes of the stream."""
        # A CRC is linear: that of two texts is that of the first before as many zeros as the second
        # is long, and that of the second without what so many zeros make of nothing.
        moved = self._checksum
        for start in range(0, added.length, len(_ZEROS)):
            moved = zlib.crc32(_ZEROS[: added.length - start], moved)
        self._checksum = moved ^ added.checksum
        self._length += added.length
        return added.deflated

    def end(self) -> bytes:
        """The last bytes of the stream."""
        checksum = self._checksum.to_bytes(4, "little")
        return _LAST_BLOCK + checksum + (self._length % 2**32).to_bytes(4, "little")


# Deflate without a header.
RAW = -15

# RFC 1952 2.3: deflate, no flags, no time, fastest compression, an unknown system.
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"

# RFC 1951 3.2.3: the final one, with fixed codes, and nothing in it.
_LAST_BLOCK = b"\x03\x00"

_ZEROS = memoryview(bytes(65536))
