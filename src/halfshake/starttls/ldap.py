"""LDAP: the StartTLS extended operation (RFC 4511 4.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.starttls.conversation import Exactly, not_offered, refused, too_long, wrong_protocol

if TYPE_CHECKING:
    from halfshake.starttls.conversation import Dialogue, Steps


def ldap(_server_name: str) -> Dialogue:
    """RFC 4511 4.14.1; the answer is an ExtendedResponse to message 1."""
    yield _START_TLS
    message = yield from _message()
    number, rest = _element(message, _INTEGER)
    response, _ = _element(rest, _EXTENDED_RESPONSE)
    code, rest = _element(response, _ENUMERATED)
    _, rest = _element(rest, _OCTET_STRING)
    words, _ = _element(rest, _OCTET_STRING)
    result = int.from_bytes(code, "big")
    # RFC 4511 4.14.2: protocolError if the server does not know the operation.
    if result == _PROTOCOL_ERROR and number == b"\x01":
        raise not_offered("it does not know the StartTLS operation (protocolError)")
    # Message 0 is a notice of disconnection (RFC 4511 4.4.1).
    if result != _SUCCESS or number != b"\x01":
        raise refused(b"result code %d, %s" % (result, words))
    return None


def _message() -> Steps[bytes]:
    """Read one LDAPMessage: the content of its SEQUENCE."""
    tag, first = yield Exactly(2)
    if tag != _SEQUENCE or first == _INDEFINITE:
        raise wrong_protocol("LDAP")
    length = first
    if first > _INDEFINITE:
        length_bytes = yield Exactly(first - _INDEFINITE)
        length = int.from_bytes(length_bytes, "big")
        if length > MAX_MESSAGE_BYTES:
            raise too_long("an LDAP message longer than any answer to StartTLS", length_bytes)
    return (yield Exactly(length))


def _element(encoded: bytes, tag: int) -> tuple[bytes, bytes]:
    """Take one BER element with this tag; return its content, and what follows."""
    if len(encoded) < 2 or encoded[0] != tag:
        raise wrong_protocol("LDAP")
    length, start = encoded[1], 2
    if length > _INDEFINITE:
        start += length - _INDEFINITE
        length = int.from_bytes(encoded[2:start], "big")
    if len(encoded) < start + length:
        raise wrong_protocol("LDAP")
    return encoded[start : start + length], encoded[start + length :]


MAX_MESSAGE_BYTES = 16_384

_INTEGER, _OCTET_STRING, _ENUMERATED, _SEQUENCE = 0x02, 0x04, 0x0A, 0x30
_EXTENDED_RESPONSE = 0x78
_INDEFINITE = 0x80
_SUCCESS, _PROTOCOL_ERROR = 0, 2

# LDAPMessage { messageID 1, ExtendedRequest { requestName 1.3.6.1.4.1.1466.20037 } }
_START_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
