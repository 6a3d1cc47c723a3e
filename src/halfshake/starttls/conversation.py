"""`Conversation`: drives one dialogue. Bytes in, bytes out, within limits; no socket, no clock.

A dialogue is a generator. It yields bytes to send, or what it wants to read next (`LINE`,
`Exactly(n)`, `Until(delimiter)`), and ends when both sides have agreed to begin TLS. It returns the
`Framing` of the TLS bytes, or None if there is none. How the bytes are split on the network never
changes what it reads.

Nothing may follow the server's agreement: we have not sent any TLS yet, so bytes that are already
there were inserted by somebody in between (STARTTLS injection).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from halfshake.errors import FailureReason, StarttlsFailed


class Until(NamedTuple):
    """Read up to a delimiter, which is not returned."""

    delimiter: bytes


class Exactly(NamedTuple):
    """Read this many bytes."""

    size: int


class Framing(Protocol):
    """How TLS bytes are packed, for a protocol that puts them into its own packets."""

    def pack(self, data: bytes) -> bytes:
        """Pack TLS bytes for sending."""

    def unpack(self, data: bytes) -> bytes:
        """Take received bytes, and return the complete TLS bytes in them. Raises StarttlsFailed."""


Read = TypeVar("Read")
Steps: TypeAlias = Generator[bytes | Until | Exactly, bytes, Read]
Dialogue: TypeAlias = Steps[Framing | None]


class Conversation:
    """A running dialogue; `agreed` is True once TLS may begin."""

    __slots__ = (
        "_buffer",
        "_dialogue",
        "_last_read",
        "_outgoing",
        "_read_bytes",
        "_reads",
        "_wanted",
        "agreed",
        "framing",
    )

    def __init__(self, dialogue: Dialogue) -> None:
        self.agreed = False
        self.framing: Framing | None = None
        self._dialogue = dialogue
        self._buffer = b""
        self._last_read = b""
        self._outgoing = b""
        self._read_bytes = 0
        self._reads = 0
        self._wanted: Until | Exactly | None = None
        self._advance(None)

    def data_to_send(self) -> bytes:
        """What to send now, each byte once; empty if it is the server's turn."""
        outgoing, self._outgoing = self._outgoing, b""
        return outgoing

    def receive_data(self, data: bytes) -> None:
        """Take received bytes. Raises only StarttlsFailed, whatever the bytes are."""
        self._buffer += data
        while self._wanted is not None:
            read = self._take(self._wanted)
            if read is None:
                return
            self._last_read += read
            try:
                self._advance(read)
            except StarttlsFailed as error:
                if error.reason is FailureReason.starttls_wrong_protocol:
                    error.detail += _but(self._last_read + self._buffer)
                raise
        if self._buffer:
            answered = self._last_read + self._buffer
            if answered.startswith(b"SSH-"):  # PostgreSQL's agreement is one letter, an S
                raise StarttlsFailed(
                    f"the server speaks another protocol{_but(answered)}",
                    reason=FailureReason.starttls_wrong_protocol,
                )
            raise injected(self._buffer)

    def connection_ended(self, *, reset: bool) -> StarttlsFailed:
        """The error to raise if the server closes or resets the connection now."""
        how = "reset" if reset else "closed"
        said = self._last_read + self._buffer
        after = f" after it sent {in_words(said)}" if said else " and sent nothing"
        return StarttlsFailed(
            f"the server {how} the connection before TLS began,{after}",
            reason=FailureReason.starttls_closed,
        )

    def _advance(self, read: bytes | None) -> None:
        try:
            step = next(self._dialogue) if read is None else self._dialogue.send(read)
            while isinstance(step, bytes):
                self._outgoing += step
                self._last_read = b""
                step = next(self._dialogue)
        except StopIteration as end:
            self._wanted = None
            self.agreed = True
            self.framing = end.value
        else:
            self._wanted = step

    def _take(self, wanted: Until | Exactly) -> bytes | None:
        if isinstance(wanted, Exactly):
            end = after = wanted.size
            if end > MAX_READ_BYTES:
                raise too_long(f"a message of {end} bytes", self._buffer)
            if end > len(self._buffer):
                return None
        else:
            end = self._buffer.find(wanted.delimiter, 0, MAX_READ_BYTES)
            first = self._reads == 0 and wanted == LINE
            # Lines and tags never contain a NUL, and no line-based protocol begins with a tag.
            if b"\0" in self._buffer[: None if end < 0 else end] or (
                first and self._buffer.startswith(b"<")
            ):
                raise StarttlsFailed(
                    f"the server speaks another protocol{_but(self._buffer)}",
                    reason=FailureReason.starttls_wrong_protocol,
                )
            if end < 0:
                if len(self._buffer) >= MAX_READ_BYTES:
                    raise too_long(f"a line of more than {MAX_READ_BYTES} bytes", self._buffer)
                return None
            after = end + len(wanted.delimiter)
        read, self._buffer = self._buffer[:end], self._buffer[after:]
        self._read_bytes += after
        self._reads += 1
        if self._read_bytes > MAX_DIALOGUE_BYTES or self._reads > MAX_READS:
            raise too_long("more than any normal server sends before TLS", read)
        return read


def in_words(data: bytes) -> str:
    """Quote what a server sent: escaped, on one line, and shortened."""
    text = data[:MAX_QUOTED_BYTES].decode("ascii", "backslashreplace").strip()
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f'"{escaped}"' + ("..." if len(data) > MAX_QUOTED_BYTES else "")


def _but(data: bytes) -> str:
    """Describe what came instead of an answer in the right protocol."""
    if data.startswith((b"\x15\x03", b"\x16\x03")):
        return ": it starts with TLS at once, without STARTTLS"
    return f"; it sent {in_words(data)}"


def refused(data: bytes) -> StarttlsFailed:
    """Build the error for a server that knows the request and says no."""
    return StarttlsFailed(
        f"the server refused to begin TLS: {in_words(data)}", reason=FailureReason.starttls_refused
    )


def not_offered(why: str) -> StarttlsFailed:
    """Build the error for a server that has no TLS to begin."""
    return StarttlsFailed(
        f"the server does not offer TLS on this port: {why}",
        reason=FailureReason.starttls_not_offered,
    )


def wrong_protocol(expected: str) -> StarttlsFailed:
    """Build the error for an answer in another protocol; `_but` adds what came."""
    return StarttlsFailed(
        f"the server does not speak {expected}", reason=FailureReason.starttls_wrong_protocol
    )


def injected(data: bytes) -> StarttlsFailed:
    """Build the error for unencrypted bytes that came after the agreement to begin TLS."""
    return StarttlsFailed(
        "the server agreed to begin TLS, but unencrypted bytes followed before we had sent "
        f"anything in TLS: {in_words(data)}",
        reason=FailureReason.starttls_injection,
    )


def too_long(what: str, data: bytes) -> StarttlsFailed:
    """Build the error for a server that sends too much before it agrees to TLS."""
    return StarttlsFailed(
        f"the server sent {what}: {in_words(data)}", reason=FailureReason.starttls_too_long
    )


LINE = Until(b"\n")
"""A line; dialogues strip the carriage return at its end."""

# The INFO line of a NATS cluster names every member; its own clients read up to 32 KiB of it.
MAX_READ_BYTES = 32_768

# Welcome texts of FTP servers and capability lists take a few KiB.
MAX_DIALOGUE_BYTES = 65_536
MAX_READS = 1000

MAX_QUOTED_BYTES = 120
