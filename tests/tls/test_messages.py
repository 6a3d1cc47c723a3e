"""Every message decoded in three ways: whole, byte by byte, and with a byte too many or too few.

A structure that does not end where it says is a decode_error (RFC 9846 6.2) that names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from halfshake.errors import FailureReason, HandshakeFailed, PeerIncompatible, PeerMisbehaved
from halfshake.tls import messages
from halfshake.tls.codec import vector8, vector16, vector24
from halfshake.tls.record import HandshakeMessage, RecordReader
from halfshake.tls.registries.codepoints import HandshakeType, ProtocolVersion
from halfshake.tls.server_flight import (
    CertificateEntry,
    CertificateRequest,
    ServerHello,
    ServerKeyExchange,
)
from tls_peer import TLS13, extension, message, records, server_hello_message

if TYPE_CHECKING:
    from collections.abc import Callable


class MessageCase(NamedTuple):
    """A message's body and its meaning; `ends` are shorter lengths that are also complete."""

    structure: str
    handshake_type: int
    decode: Callable[[HandshakeMessage], Any]
    body: bytes
    expected: object
    ends: tuple[int, ...] = ()


def tls12(decode: Callable[[HandshakeMessage, ProtocolVersion], Any]) -> Callable[..., Any]:
    """The decoder for TLS 1.2."""
    return lambda received: decode(received, ProtocolVersion.TLSv1_2)


def tls11(decode: Callable[[HandshakeMessage, ProtocolVersion], Any]) -> Callable[..., Any]:
    """The decoder for TLS 1.1, which does not say how it was signed."""
    return lambda received: decode(received, ProtocolVersion.TLSv1_1)


ECDHE = b"\x03\x00\x1d" + vector8(b"point")
DHE = vector16(b"p") + vector16(b"g") + vector16(b"Ys")
SCHEMES = extension(13, b"\x00\x04\x08\x04\x04\x03")
AUTHORITIES = vector16(vector16(b"name") + vector16(b"other"))

MESSAGES = {
    "ServerHello": MessageCase(
        "ServerHello",
        HandshakeType.server_hello,
        messages.decode_server_hello,
        server_hello_message(TLS13, extension(0x33, b"share"), session_id=b"id")[4:],
        ServerHello(0x0303, bytes(32), b"id", 0x1301, {0x2B: b"\x03\x04", 0x33: b"share"}),
        ends=(40,),
    ),
    "ServerHello without extensions": MessageCase(
        "ServerHello",
        HandshakeType.server_hello,
        messages.decode_server_hello,
        b"\x03\x01" + bytes(32) + b"\x00\x00\x2f\x00",
        ServerHello(0x0301, bytes(32), b"", 0x002F, {}),
    ),
    "EncryptedExtensions": MessageCase(
        "EncryptedExtensions",
        HandshakeType.encrypted_extensions,
        messages.decode_encrypted_extensions,
        vector16(extension(0, b"") + extension(16, b"\x00\x03\x02h2")),
        {0: b"", 16: b"\x00\x03\x02h2"},
    ),
    "Certificate of TLS 1.3": MessageCase(
        "Certificate",
        HandshakeType.certificate,
        messages.decode_certificate_tls13,
        b"\x00"
        + vector24(
            vector24(b"leaf")
            + vector16(extension(5, b"\x01" + vector24(b"ocsp")) + extension(18, b"scts"))
            + vector24(b"issuer")
            + vector16(b"")
        ),
        (CertificateEntry(b"leaf", b"ocsp", b"scts", (5, 18)), CertificateEntry(b"issuer")),
    ),
    "Certificate of TLS 1.2": MessageCase(
        "Certificate",
        HandshakeType.certificate,
        messages.decode_certificate_tls12,
        vector24(vector24(b"leaf") + vector24(b"issuer")),
        (CertificateEntry(b"leaf"), CertificateEntry(b"issuer")),
    ),
    "CertificateStatus": MessageCase(
        "CertificateStatus",
        HandshakeType.certificate_status,
        messages.decode_certificate_status,
        b"\x01" + vector24(b"ocsp"),
        b"ocsp",
    ),
    "CertificateRequest of TLS 1.3": MessageCase(
        "CertificateRequest",
        HandshakeType.certificate_request,
        messages.decode_certificate_request_tls13,
        b"\x00" + vector16(SCHEMES + extension(0x2F, AUTHORITIES) + extension(0x1234, b"")),
        CertificateRequest((b"name", b"other"), (0x0804, 0x0403), ()),
    ),
    "CertificateRequest of TLS 1.3 without authorities": MessageCase(
        "CertificateRequest",
        HandshakeType.certificate_request,
        messages.decode_certificate_request_tls13,
        b"\x00" + vector16(SCHEMES),
        CertificateRequest((), (0x0804, 0x0403), ()),
    ),
    "CertificateRequest of TLS 1.2": MessageCase(
        "CertificateRequest",
        HandshakeType.certificate_request,
        tls12(messages.decode_certificate_request_tls12),
        b"\x02\x01\x40" + b"\x00\x02\x04\x01" + AUTHORITIES,
        CertificateRequest((b"name", b"other"), (0x0401,), (1, 64)),
    ),
    "CertificateRequest of TLS 1.1": MessageCase(
        "CertificateRequest",
        HandshakeType.certificate_request,
        tls11(messages.decode_certificate_request_tls12),
        b"\x01\x01" + AUTHORITIES,
        CertificateRequest((b"name", b"other"), (), (1,)),
    ),
    "CertificateVerify": MessageCase(
        "CertificateVerify",
        HandshakeType.certificate_verify,
        messages.decode_certificate_verify,
        b"\x08\x07" + vector16(b"signature"),
        (0x0807, b"signature"),
    ),
    "ServerKeyExchange of ECDHE": MessageCase(
        "ServerKeyExchange",
        HandshakeType.server_key_exchange,
        tls12(messages.decode_server_key_exchange_ecdhe),
        ECDHE + b"\x04\x03" + vector16(b"signature"),
        ServerKeyExchange(0x1D, b"point", ECDHE, 0x0403, b"signature"),
    ),
    "ServerKeyExchange of ECDHE in TLS 1.1": MessageCase(
        "ServerKeyExchange",
        HandshakeType.server_key_exchange,
        tls11(messages.decode_server_key_exchange_ecdhe),
        ECDHE + vector16(b"signature"),
        ServerKeyExchange(0x1D, b"point", ECDHE, None, b"signature"),
    ),
    "ServerKeyExchange of DHE": MessageCase(
        "ServerKeyExchange",
        HandshakeType.server_key_exchange,
        tls12(messages.decode_server_key_exchange_dhe),
        DHE + b"\x08\x04" + vector16(b"signature"),
        ServerKeyExchange(None, None, DHE, 0x0804, b"signature"),
    ),
    "ServerHelloDone": MessageCase(
        "ServerHelloDone",
        HandshakeType.server_hello_done,
        lambda received: messages.decode_empty(received, "ServerHelloDone"),
        b"",
        None,
    ),
}


def received(handshake_type: int, body: bytes) -> HandshakeMessage:
    """A message as the record layer passes it on."""
    return HandshakeMessage(handshake_type, message(handshake_type, body))


@pytest.mark.parametrize("name", list(MESSAGES))
def test_a_whole_message(name: str) -> None:
    """The decoded value is the expected one."""
    case = MESSAGES[name]
    assert case.decode(received(case.handshake_type, case.body)) == case.expected


@pytest.mark.parametrize("name", list(MESSAGES))
def test_a_message_in_records_of_one_byte(name: str) -> None:
    """The value is the same, and complete only with the last byte."""
    case = MESSAGES[name]
    stream = records(message(case.handshake_type, case.body), 1)
    reader = RecordReader()
    for at in range(len(stream)):
        assert reader.next_message() is None
        reader.receive(stream[at : at + 1])
    whole = reader.next_message()
    assert whole is not None
    assert case.decode(whole) == case.expected


@pytest.mark.parametrize("name", list(MESSAGES))
def test_a_message_with_more_or_less_than_it_says(name: str) -> None:
    """A trailing byte, or any end cut off, is a decode_error with the structure's name."""
    case = MESSAGES[name]
    wrong = [case.body[:length] for length in range(len(case.body)) if length not in case.ends]
    for body in [*wrong, case.body + b"\x00"]:
        with pytest.raises(PeerMisbehaved) as caught:
            case.decode(received(case.handshake_type, body))
        assert caught.value.reason is FailureReason.decode_error
        assert re.search(rf"{case.structure}( \(RFC [0-9. ]+\))? is malformed", caught.value.detail)


EXTENSIONS: dict[str, tuple[Callable[[bytes], Any], bytes, object]] = {
    "key_share": (
        messages.decode_key_share,
        b"\x00\x1d" + vector16(b"share"),
        (0x1D, b"share"),
    ),
    "supported_versions": (
        lambda data: messages.decode_uint16(data, "supported_versions extension"),
        b"\x03\x04",
        0x0304,
    ),
    "cookie": (messages.decode_cookie, vector16(b"cookie"), b"cookie"),
    "ALPN": (messages.decode_alpn, vector16(vector8(b"h2")), b"h2"),
}


@pytest.mark.parametrize("name", list(EXTENSIONS))
def test_an_extension(name: str) -> None:
    """Whole, cut off anywhere, and with a byte too many."""
    decode, data, expected = EXTENSIONS[name]
    assert decode(data) == expected
    for wrong in [*(data[:length] for length in range(len(data))), data + b"\x00"]:
        with pytest.raises(PeerMisbehaved) as caught:
            decode(wrong)
        assert caught.value.reason is FailureReason.decode_error
        assert re.search(rf"{name} extension( \(RFC [0-9. ]+\))? is malformed", caught.value.detail)


class RefusalCase(NamedTuple):
    """Consistent bytes with a value that is not allowed."""

    decode: Callable[[HandshakeMessage], Any]
    body: bytes
    error: type[HandshakeFailed]
    reason: FailureReason
    sentence: str


DECODE_ERROR = FailureReason.decode_error
REFUSED = {
    "a session id of 33 bytes": RefusalCase(
        messages.decode_server_hello,
        server_hello_message(session_id=bytes(33))[4:],
        PeerMisbehaved,
        DECODE_ERROR,
        "a session id of 33 bytes",
    ),
    "compression": RefusalCase(
        messages.decode_server_hello,
        server_hello_message(compression=1)[4:],
        PeerMisbehaved,
        FailureReason.illegal_parameter,
        "compression method 1",
    ),
    "an extension twice": RefusalCase(
        messages.decode_encrypted_extensions,
        vector16(extension(0, b"") * 2),
        PeerMisbehaved,
        DECODE_ERROR,
        "the extension server_name is in it twice",
    ),
    "a Certificate with a context": RefusalCase(
        messages.decode_certificate_tls13,
        vector8(b"context") + vector24(b""),
        PeerMisbehaved,
        DECODE_ERROR,
        "certificate_request_context",
    ),
    "a CertificateRequest with a context": RefusalCase(
        messages.decode_certificate_request_tls13,
        vector8(b"context") + vector16(SCHEMES),
        PeerMisbehaved,
        DECODE_ERROR,
        "certificate_request_context",
    ),
    "half a scheme": RefusalCase(
        messages.decode_certificate_request_tls13,
        b"\x00" + vector16(extension(13, vector16(b"\x08\x04\x08"))),
        PeerMisbehaved,
        DECODE_ERROR,
        "odd length 3",
    ),
    "bytes behind the schemes": RefusalCase(
        messages.decode_certificate_request_tls13,
        b"\x00" + vector16(extension(13, vector16(b"\x08\x04") + b"\x00")),
        PeerMisbehaved,
        DECODE_ERROR,
        "1 bytes too many",
    ),
    "bytes behind the authorities": RefusalCase(
        messages.decode_certificate_request_tls13,
        b"\x00" + vector16(SCHEMES + extension(0x2F, AUTHORITIES + b"\x00")),
        PeerMisbehaved,
        DECODE_ERROR,
        "1 bytes too many",
    ),
    "no certificate in TLS 1.3": RefusalCase(
        messages.decode_certificate_tls13,
        b"\x00" + vector24(b""),
        PeerMisbehaved,
        FailureReason.no_certificate,
        "empty list of certificates",
    ),
    "no certificate in TLS 1.2": RefusalCase(
        messages.decode_certificate_tls12,
        vector24(b""),
        PeerMisbehaved,
        FailureReason.no_certificate,
        "empty list of certificates",
    ),
    "a certificate without bytes": RefusalCase(
        messages.decode_certificate_tls13,
        b"\x00" + vector24(vector24(b"leaf") + b"\x00\x00" + vector24(b"") + b"\x00\x00"),
        PeerMisbehaved,
        DECODE_ERROR,
        "certificate 2",
    ),
    "more certificates than anyone has": RefusalCase(
        messages.decode_certificate_tls12,
        vector24(vector24(b"x") * (messages.MAX_CERTIFICATES + 1)),
        PeerMisbehaved,
        FailureReason.limit_exceeded,
        "more than 100 certificates",
    ),
    "a curve spelled out": RefusalCase(
        tls12(messages.decode_server_key_exchange_ecdhe),
        b"\x01" + ECDHE[1:],
        PeerIncompatible,
        FailureReason.parameter_unsupported,
        "curve type 1",
    ),
    "an empty Diffie-Hellman value": RefusalCase(
        tls12(messages.decode_server_key_exchange_dhe),
        vector16(b"p") + vector16(b"") + vector16(b"Ys") + b"\x08\x04" + vector16(b"signature"),
        PeerMisbehaved,
        DECODE_ERROR,
        "empty Diffie-Hellman value",
    ),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_message_that_says_what_it_may_not(name: str) -> None:
    """The error says what was wrong, with the matching reason."""
    case = REFUSED[name]
    with pytest.raises(case.error, match=case.sentence) as caught:
        case.decode(received(0, case.body))
    assert caught.value.reason is case.reason


def test_an_empty_cookie() -> None:
    """RFC 9846 4.3.2: a cookie has at least one byte."""
    with pytest.raises(PeerMisbehaved, match="an empty cookie"):
        messages.decode_cookie(b"\x00\x00")


def test_an_unknown_kind_of_status() -> None:
    """RFC 6961's ocsp_multi, or a future type, is skipped."""
    assert messages.decode_certificate_status(received(22, b"\x02whatever")) == b""
