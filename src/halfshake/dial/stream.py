"""`ByteStream`: the result of every way to connect to a server."""

from __future__ import annotations

from typing import Protocol


class ByteStream(Protocol):
    """A connected byte stream; `address` is the peer's address, for people."""

    @property
    def address(self) -> str:
        """The peer that we are connected to: "192.0.2.7:443", "unix:/run/server.sock"."""

    async def read(self) -> bytes:
        """Read what has arrived; b"" at the end of the stream; OSError if it was reset."""

    async def write(self, data: bytes) -> None:
        """Write everything."""

    def close(self) -> None:
        """Leave with a plain FIN."""
