"""`ByteStream`: what every way to a server ends in."""

from __future__ import annotations

from typing import Protocol


class ByteStream(Protocol):
    """A connected byte stream; `address` is the peer's, for people."""

    @property
    def address(self) -> str:
        """Whom we are connected to: "192.0.2.7:443", "unix:/run/server.sock"."""

    async def read(self) -> bytes:
        """Read what has arrived; b"" at the end of the stream; OSError where it was reset."""

    async def write(self, data: bytes) -> None:
        """Write everything."""

    def close(self) -> None:
        """Leave with a plain FIN."""
