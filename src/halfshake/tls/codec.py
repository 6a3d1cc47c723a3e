"""Reading TLS's presentation language (RFC 9846 3): integers and length-prefixed vectors.

A `Reader` reads one structure; bytes that are too short, too long or left over always raise
`PeerMisbehaved` with the structure's name. Writing needs only `vector8` to `vector24`.
"""

from __future__ import annotations

import struct

from halfshake.errors import FailureReason, PeerMisbehaved


class Reader:
    """One structure's bytes, read from the front, or from `start` on.

    `structure` names it for the error sentence: "ServerHello (RFC 9846 4.2.3)".
    """

    __slots__ = ("_data", "_end", "_position", "structure")

    def __init__(self, data: bytes, structure: str, start: int = 0) -> None:
        self._data = data
        self._position = start
        self._end = len(data)
        self.structure = structure

    def __bool__(self) -> bool:
        return self._position < self._end

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        start = self._position
        stop = start + length
        if stop > self._end:
            raise self._too_short(length, start)
        self._position = stop
        return self._data[start:stop]

    def uint8(self) -> int:
        """The next byte."""
        start = self._position
        if start >= self._end:
            raise self._too_short(1, start)
        self._position = start + 1
        return self._data[start]

    def uint16(self) -> int:
        """The next two bytes, big-endian."""
        start = self._position
        if start + 2 > self._end:
            raise self._too_short(2, start)
        self._position = start + 2
        return self._data[start] << 8 | self._data[start + 1]

    def uint24(self) -> int:
        """The next three bytes, big-endian."""
        return int.from_bytes(self.take(3), "big")

    def vector8(self) -> bytes:
        """A vector with a one-byte length."""
        start = self._position
        if start >= self._end:
            raise self._too_short(1, start)
        return self._vector(start + 1, self._data[start])

    def vector16(self) -> bytes:
        """A vector with a two-byte length."""
        start = self._position + 2
        if start > self._end:
            raise self._too_short(2, start - 2)
        return self._vector(start, self._data[start - 2] << 8 | self._data[start - 1])

    def vector24(self) -> bytes:
        """A vector with a three-byte length."""
        start = self._position + 3
        if start > self._end:
            raise self._too_short(3, start - 3)
        return self._vector(start, int.from_bytes(self._data[start - 3 : start], "big"))

    def numbered_vector16(self) -> tuple[int, bytes]:
        """A two-byte number and a vector with a two-byte length, as extensions are."""
        data, start = self._data, self._position
        stop = start + 4
        if stop <= self._end:
            stop += data[start + 2] << 8 | data[start + 3]
            if stop <= self._end:
                self._position = stop
                return data[start] << 8 | data[start + 1], data[start + 4 : stop]
        return self.uint16(), self.vector16()  # one of them says what is missing

    def uint16_list(self) -> tuple[int, ...]:
        """A vector with a two-byte length that holds two-byte numbers."""
        data = self.vector16()
        if len(data) % 2:
            raise self.malformed(f"a list of two-byte numbers has the odd length {len(data)}")
        return struct.unpack(f">{len(data) // 2}H", data)

    def position(self) -> int:
        """How many bytes lie behind, from the first on."""
        return self._position

    def finish(self) -> None:
        """Reject bytes after the structure's end (RFC 9846 4: decode_error)."""
        if self._position != self._end:
            raise self.malformed(f"{self._end - self._position} bytes too many")

    def _vector(self, start: int, length: int) -> bytes:
        stop = start + length
        if stop > self._end:
            raise self._too_short(length, start)
        self._position = stop
        return self._data[start:stop]

    def _too_short(self, length: int, start: int) -> PeerMisbehaved:
        return self.malformed(f"{length} bytes were announced, {self._end - start} are there")

    def malformed(self, what: str) -> PeerMisbehaved:
        """Build the error for an inconsistent structure."""
        return PeerMisbehaved(
            f"the server's {self.structure} is malformed: {what}",
            reason=FailureReason.decode_error,
        )


def vector8(data: bytes) -> bytes:
    """`data` after a one-byte length."""
    return len(data).to_bytes(1, "big") + data


def vector16(data: bytes) -> bytes:
    """`data` after a two-byte length."""
    return len(data).to_bytes(2, "big") + data


def vector24(data: bytes) -> bytes:
    """`data` after a three-byte length."""
    return len(data).to_bytes(3, "big") + data


def uint16_list(numbers: tuple[int, ...]) -> bytes:
    """Two-byte numbers after a two-byte length."""
    return vector16(b"".join(number.to_bytes(2, "big") for number in numbers))
