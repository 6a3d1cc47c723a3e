"""Turns a byte stream into handshake messages: the reading half of the record layer (RFC 9846 5.1).

    bytes ──record──> content type, fragment ──open (TLS 1.3)──> handshake stream ──> messages

Records are taken one at a time and whole, so how the bytes are split on the network never changes
the result. Records that bring no handshake message nearer (warning alerts, empty fragments,
compatibility ChangeCipherSpecs, HelloRequests) are counted, and their number is limited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import (
    AlertReceived,
    ConnectionEnded,
    FailureReason,
    NotTls,
    PeerMisbehaved,
)
from halfshake.tls.registries.codepoints import (
    AlertDescription,
    AlertLevel,
    ContentType,
    alert_name,
    code_name,
)

if TYPE_CHECKING:
    from halfshake.tls.keys.protection import RecordProtection


class HandshakeMessage(NamedTuple):
    """One handshake message: its HandshakeType, and its bytes with the four-byte header."""

    handshake_type: int
    encoded: bytes


class ChangeCipherSpecReceived(PeerMisbehaved):
    """One that means something, up to TLS 1.2; what, the state knows."""


class RecordReader:
    """Turns received bytes into handshake messages."""

    __slots__ = (
        "_change_cipher_spec_allowed",
        "_handshake",
        "_handshake_start",
        "_idle_records",
        "_protection",
        "_read_bytes",
        "_wire",
        "_wire_start",
    )

    def __init__(self) -> None:
        self._wire = b""
        self._wire_start = 0
        self._handshake: bytes | bytearray = b""
        self._handshake_start = 0
        self._protection: RecordProtection | None = None
        self._change_cipher_spec_allowed = True
        self._read_bytes = 0
        self._idle_records = 0

    def receive(self, data: bytes) -> None:
        """Add received bytes."""
        if self._wire_start == len(self._wire):
            self._wire = data
        else:
            # What is left over is always less than one record.
            self._wire = self._wire[self._wire_start :] + data
        self._wire_start = 0

    def next_message(self) -> HandshakeMessage | None:
        """The next whole handshake message, or None if more bytes are needed.

        Raises HandshakeFailed for alerts, for records that violate RFC 9846 5, and for limits.
        """
        while True:
            if self._handshake_start != len(self._handshake):
                message = self._take_message()
                if message is not None:
                    return message
            if not self._take_record():
                return None

    @property
    def protected(self) -> bool:
        """Are records already decrypted with handshake keys?"""
        return self._protection is not None

    def expect_tls12(self) -> None:
        """Reject ChangeCipherSpecs from here on: up to TLS 1.2 they mean something."""
        self._change_cipher_spec_allowed = False

    def protect(self, protection: RecordProtection) -> None:
        """Decrypt every record from here on with these keys."""
        # RFC 9846 5.1: "Handshake messages MUST NOT span key changes."
        if self._handshake_start != len(self._handshake):
            raise PeerMisbehaved(
                "the server's ServerHello is followed by more handshake bytes in the same record; "
                "a key change has to end one (RFC 9846 5.1)",
                reason=FailureReason.unexpected_message,
            )
        self._protection = protection

    def count_idle(self, what: str) -> None:
        """Note something legal that brings no handshake message nearer."""
        self._idle_records += 1
        if self._idle_records > MAX_IDLE_RECORDS:
            raise PeerMisbehaved(
                f"the server sent more than {MAX_IDLE_RECORDS} records that lead nowhere, "
                f"the last of them {what}",
                reason=FailureReason.limit_exceeded,
            )

    def connection_ended(self, *, reset: bool) -> NotTls | ConnectionEnded:
        """Build the error for a stream that ends here."""
        opening = self._opening()
        if not self._read_bytes and opening and opening[0] not in _CONTENT_TYPES:
            return _not_tls(opening)
        how = "reset" if reset else "closed"
        when = (
            "in the middle of its first flight"
            if self._read_bytes or opening
            else "without answering the ClientHello"
        )
        return ConnectionEnded(
            f"the server {how} the connection {when}",
            reason=FailureReason.connection_reset if reset else FailureReason.connection_closed,
        )

    def _take_message(self) -> HandshakeMessage | None:
        buffer, start = self._handshake, self._handshake_start
        available = len(buffer) - start
        if available < _MESSAGE_HEADER_BYTES:
            return None
        length = buffer[start + 1] << 16 | buffer[start + 2] << 8 | buffer[start + 3]
        if length > MAX_HANDSHAKE_MESSAGE_BYTES:
            raise PeerMisbehaved(
                f"the server announces a handshake message of {length} bytes; "
                f"Halfshake reads up to {MAX_HANDSHAKE_MESSAGE_BYTES}",
                reason=FailureReason.limit_exceeded,
            )
        if available < _MESSAGE_HEADER_BYTES + length:
            return None
        stop = start + _MESSAGE_HEADER_BYTES + length
        self._handshake_start = stop
        return HandshakeMessage(buffer[start], bytes(buffer[start:stop]))

    def _add_fragment(self, fragment: bytes) -> None:
        # A record nearly always holds whole messages, which need no copy; only a message that spans
        # records is collected, in a buffer that grows in place.
        if self._handshake_start == len(self._handshake):
            self._handshake = fragment
        else:
            rest = self._handshake
            if isinstance(rest, bytearray):
                del rest[: self._handshake_start]
            else:
                rest = bytearray(rest[self._handshake_start :])
            rest += fragment
            self._handshake = rest
        self._handshake_start = 0

    def _take_record(self) -> bool:
        wire, start = self._wire, self._wire_start
        available = len(wire) - start
        if available < _HEADER_BYTES:
            return False
        content_type = wire[start]
        # A record's minor version says nothing and is ignored (RFC 9846 5.1); the major version has
        # been 3 since 1995, and distinguishes TLS from a banner that happens to start like it.
        if content_type not in _CONTENT_TYPES or wire[start + 1] != 3:
            raise self._no_record()
        length = wire[start + 3] << 8 | wire[start + 4]
        limit = MAX_PLAINTEXT_BYTES if self._protection is None else MAX_CIPHERTEXT_BYTES
        if length > limit:
            raise PeerMisbehaved(
                f"the server sent a record of {length} bytes, {limit} are allowed (RFC 9846 5.1)",
                reason=FailureReason.limit_exceeded,
            )
        if available < _HEADER_BYTES + length:
            return False
        content = start + _HEADER_BYTES
        self._wire_start = content + length
        self._read_bytes += _HEADER_BYTES + length
        if self._read_bytes > MAX_SERVER_FLIGHT_BYTES:
            raise PeerMisbehaved(
                f"the server's first flight exceeds {MAX_SERVER_FLIGHT_BYTES} bytes",
                reason=FailureReason.limit_exceeded,
            )
        fragment = wire[content : content + length]
        if content_type == _HANDSHAKE and fragment and self._protection is None:
            self._add_fragment(fragment)
        else:
            self._accept(content_type, wire[start:content], fragment)
        return True

    def _accept(self, content_type: int, header: bytes, fragment: bytes) -> None:
        if content_type == _CHANGE_CIPHER_SPEC:
            self._accept_change_cipher_spec(fragment)
            return
        if content_type == _APPLICATION_DATA:
            if self._protection is None:
                raise _unexpected("application data before its keys were agreed")
            content_type, fragment = self._protection.open(header, fragment)
        elif self._protection is not None and content_type == _HANDSHAKE:
            raise _unexpected("an unprotected handshake message after its ServerHello")
        if content_type == _HANDSHAKE:
            if not fragment:
                self.count_idle("an empty handshake record")
            self._add_fragment(fragment)
        elif content_type == _ALERT:
            self._accept_alerts(fragment)
        else:
            # RFC 9846 5: a protected change_cipher_spec, application data before Finished, and
            # types that are in no registry.
            named = code_name(ContentType, content_type)
            raise _unexpected(f"a protected record of the type {named} inside its handshake")

    def _accept_change_cipher_spec(self, fragment: bytes) -> None:
        # RFC 9846 5: a single byte 0x01, dropped from the first ClientHello on; anything else is
        # unexpected_message.
        if not self._change_cipher_spec_allowed or fragment != b"\x01":
            raise ChangeCipherSpecReceived(
                "the server sent a ChangeCipherSpec in its first flight (RFC 9846 5)",
                reason=FailureReason.unexpected_message,
            )
        self.count_idle("a ChangeCipherSpec")

    def _accept_alerts(self, fragment: bytes) -> None:
        if not fragment or len(fragment) % 2:
            raise PeerMisbehaved(
                f"the server sent an alert record of {len(fragment)} bytes; "
                "an alert has 2 (RFC 9846 6)",
                reason=FailureReason.decode_error,
            )
        for at in range(0, len(fragment), 2):
            level, description = fragment[at], fragment[at + 1]
            if description == AlertDescription.close_notify:
                raise ConnectionEnded(
                    "the server ended the connection (close_notify) "
                    "before its first flight was complete",
                    reason=FailureReason.connection_closed,
                )
            # RFC 9846 6: the level is meaningless in TLS 1.3, where only user_canceled is harmless.
            # Up to TLS 1.2, and before the version is known, a warning is not a refusal: GnuTLS and
            # others warn of an unrecognized_name and continue.
            warning = level == AlertLevel.warning and self._protection is None
            if not warning and description != AlertDescription.user_canceled:
                raise AlertReceived(description, name=alert_name(description))
            self.count_idle(f"the warning alert {alert_name(description)}")

    def _no_record(self) -> NotTls | PeerMisbehaved:
        opening = self._opening()
        if not self._read_bytes:
            return _not_tls(opening)
        return PeerMisbehaved(
            f"the server sent {opening.hex()} where a record header was expected (RFC 9846 5.1)",
            reason=FailureReason.decode_error,
        )

    def _opening(self) -> bytes:
        return self._wire[self._wire_start : self._wire_start + _HEADER_BYTES]


# RFC 9846 5.1 and 5.2: 2^14 bytes of plaintext; in TLS 1.3 up to 256 more once protected.
MAX_PLAINTEXT_BYTES = 2**14
MAX_CIPHERTEXT_BYTES = 2**14 + 256

# A Certificate message with forty large certificates is some 100 KiB, a CertificateRequest with
# every public CA 30 KiB; OpenSSL stops at 100 KiB. This is four times the largest legal flight
# seen.
MAX_HANDSHAKE_MESSAGE_BYTES = 2**18

# The most that one server can make us receive, in bytes on the wire: two of the largest messages,
# in records whose headers are as large again.
MAX_SERVER_FLIGHT_BYTES = 2**20

# Go allows 16 useless records, OpenSSL 32 empty ones; real servers send one or two.
MAX_IDLE_RECORDS = 32

_HEADER_BYTES = 5
_MESSAGE_HEADER_BYTES = 4
_CONTENT_TYPES = frozenset(int(content_type) for content_type in ContentType)

# To reach a member through its class takes CPython 3.11 four times as long as a name of the module.
_CHANGE_CIPHER_SPEC = ContentType.change_cipher_spec
_ALERT = ContentType.alert
_HANDSHAKE = ContentType.handshake
_APPLICATION_DATA = ContentType.application_data

_BANNERS = {
    b"HTTP/": "plain HTTP",
    b"SSH-": "SSH",
    b"220": "SMTP or FTP: TLS starts there with STARTTLS",
    b"* OK": "IMAP: TLS starts there with STARTTLS",
    b"+OK": "POP3: TLS starts there with STLS",
    b"<": "HTML or XML",
}


def _not_tls(opening: bytes) -> NotTls:
    for banner, protocol in _BANNERS.items():
        if opening.startswith(banner):
            return NotTls(f"the port does not speak TLS: it answered like {protocol}")
    return NotTls(f"the port does not speak TLS: its answer begins with {opening!r}")


def _unexpected(what: str) -> PeerMisbehaved:
    return PeerMisbehaved(
        f"the server sent {what} (RFC 9846 5)", reason=FailureReason.unexpected_message
    )
