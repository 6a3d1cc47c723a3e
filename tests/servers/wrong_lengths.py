"""Servers with wrong lengths, at every level: records, messages, lists and their items.

Each has a name, and what must be said about it.
"""

from __future__ import annotations

from halfshake.errors import FailureReason
from halfshake.tls.codec import vector16, vector24
from halfshake.tls.registries.codepoints import ContentType, HandshakeType
from servers.flights import (
    CERTIFICATE,
    CERTIFICATE13,
    ENCRYPTED_EXTENSIONS,
    HELLO,
    KEY_EXCHANGE,
    LEAF,
    REQUEST,
    encrypted,
    overwritten,
    sealed,
    tls12,
    tls13,
)
from servers.hostile import CLOSED, CUT, DECODE, LIMIT, UNEXPECTED, Hostile
from servers.scripted import says, says_and_closes
from tls_peer import certificate_tls12, message, record, server_hello_message

ILLEGAL = FailureReason.illegal_parameter
DOWNGRADE = FailureReason.downgrade_detected
UNDECRYPTABLE = FailureReason.record_undecryptable

SERVER_HELLO = "the server's ServerHello (RFC 9846 4.2.3) is malformed"
SCHEME_AND_SIGNATURE = b"\x04\x03" + vector16(b"signature")


def _key_exchange(body: bytes) -> bytes:
    return message(HandshakeType.server_key_exchange, body)


def _verify(body: bytes) -> bytes:
    return message(HandshakeType.certificate_verify, body)


WRONG_LENGTHS_IN_THE_CLEAR = (
    Hostile("record too long", says_and_closes(b"\x16\x03\x03\x3f\xff" + HELLO), CLOSED, CUT),
    Hostile(
        "record too short",
        says(b"\x16\x03\x03\x00\x10" + HELLO),
        DECODE,
        ("the server sent", "where a record header was expected (RFC 9846 5.1)"),
    ),
    Hostile(
        "message too long", says_and_closes(record(b"\x02\x00\xff\xff" + HELLO[4:])), CLOSED, CUT
    ),
    Hostile(
        "message too short",
        says(record(b"\x02\x00\x00\x20" + HELLO[4:])),
        DECODE,
        (SERVER_HELLO, "32 bytes were announced, 30 are there"),
    ),
    Hostile(
        "session id too long for the message",
        tls12(overwritten(HELLO, 34, b"\xff")),
        DECODE,
        (SERVER_HELLO, "255 bytes were announced"),
    ),
    Hostile(
        "session id of 33 bytes",
        tls12(server_hello_message(suite=0xC02B, session_id=bytes(33))),
        DECODE,
        (SERVER_HELLO, "a session id of 33 bytes, 32 are allowed"),
    ),
    Hostile(
        "extensions too long",
        tls12(overwritten(HELLO, -2, b"\x00\x01")),
        DECODE,
        (SERVER_HELLO, "1 bytes were announced, 0 are there"),
    ),
    Hostile(
        "extensions too short",
        tls12(message(HandshakeType.server_hello, HELLO[4:] + b"\xff")),
        DECODE,
        (SERVER_HELLO, "1 bytes too many"),
    ),
    Hostile(
        "one extension too long",
        tls12(server_hello_message(b"\x00\x17\x00\x05x", suite=0xC02B, session_id=b"")),
        DECODE,
        (SERVER_HELLO, "5 bytes were announced, 1 are there"),
    ),
    Hostile(
        "certificate list too long",
        tls12(HELLO, overwritten(CERTIFICATE, 0, b"\x00\xff\xff")),
        DECODE,
        ("the server's Certificate (RFC 5246 7.4.2) is malformed", "65535 bytes were announced"),
    ),
    Hostile(
        "certificate list too short",
        tls12(HELLO, overwritten(CERTIFICATE, 0, b"\x00\x00\x05")),
        DECODE,
        ("the server's Certificate (RFC 5246 7.4.2) is malformed", "bytes too many"),
    ),
    Hostile(
        "certificate too long for its list",
        tls12(HELLO, overwritten(CERTIFICATE, 3, b"\x00\xff\xff")),
        DECODE,
        ("the server's Certificate (RFC 5246 7.4.2) is malformed", "65535 bytes were announced"),
    ),
    Hostile(
        "certificate of no bytes",
        tls12(HELLO, certificate_tls12(LEAF, b"")),
        DECODE,
        ("certificate 2 of the server's Certificate message has no bytes (RFC 9846 4.5.1)",),
    ),
    Hostile(
        "point too long in ServerKeyExchange",
        tls12(HELLO, CERTIFICATE, _key_exchange(b"\x03\x00\x1d\xff\x00")),
        DECODE,
        ("the server's ServerKeyExchange (RFC 8422 5.4) is malformed", "255 bytes were announced"),
    ),
    Hostile(
        "signature too long in ServerKeyExchange",
        tls12(HELLO, CERTIFICATE, _key_exchange(b"\x03\x00\x1d\x01p\x04\x03\xff\xff")),
        DECODE,
        ("the server's ServerKeyExchange (RFC 8422 5.4)", "65535 bytes were announced"),
    ),
    Hostile(
        "empty Diffie-Hellman value",
        tls12(
            server_hello_message(suite=0x009E, session_id=b""),
            CERTIFICATE,
            _key_exchange(vector16(b"p") + bytes(4)),
        ),
        DECODE,
        ("the server's ServerKeyExchange (RFC 5246 7.4.3)", "an empty Diffie-Hellman value"),
    ),
    Hostile(
        "types too long in CertificateRequest",
        tls12(HELLO, CERTIFICATE, KEY_EXCHANGE, overwritten(REQUEST, 0, b"\xff")),
        DECODE,
        ("the server's CertificateRequest (RFC 5246 7.4.4)", "255 bytes were announced"),
    ),
    Hostile(
        "schemes of an odd length in CertificateRequest",
        tls12(HELLO, CERTIFICATE, KEY_EXCHANGE, message(13, b"\x01\x40\x00\x03\x04\x03\x04\0\0")),
        DECODE,
        ("the server's CertificateRequest (RFC 5246 7.4.4)", "the odd length 3"),
    ),
    Hostile(
        "authority too long in CertificateRequest",
        tls12(HELLO, CERTIFICATE, KEY_EXCHANGE, message(13, b"\1\x40\0\2\4\3\0\4\xff\xff\0\0")),
        DECODE,
        ("the server's CertificateRequest (RFC 5246 7.4.4)", "65535 bytes were announced"),
    ),
    Hostile(
        "ServerHelloDone with a body",
        tls12(HELLO, CERTIFICATE, KEY_EXCHANGE, message(14, b"x")),
        DECODE,
        ("the server's ServerHelloDone (RFC 5246 7.4.5)", "1 bytes too many"),
    ),
    Hostile(
        "alert of one byte",
        says(record(b"\x02", ContentType.alert)),
        DECODE,
        ("the server sent an alert record of 1 bytes; an alert has 2 (RFC 9846 6)",),
    ),
    Hostile(
        "record over 16 KiB",
        says(b"\x16\x03\x03\x40\x01"),
        LIMIT,
        ("the server sent a record of 16385 bytes, 16384 are allowed (RFC 9846 5.1)",),
    ),
)

WRONG_LENGTHS_ENCRYPTED = (
    Hostile(
        "EncryptedExtensions too long",
        tls13(message(8, b"\x00\x09")),
        DECODE,
        ("the server's EncryptedExtensions (RFC 9846 4.4.1)", "9 bytes were announced, 0 are"),
    ),
    Hostile(
        "CertificateRequest with a context",
        tls13(ENCRYPTED_EXTENSIONS, message(13, b"\x01x\x00\x00")),
        DECODE,
        ("the server's CertificateRequest (RFC 9846 4.4.2)", "a certificate_request_context"),
    ),
    Hostile(
        "Certificate with a context",
        tls13(ENCRYPTED_EXTENSIONS, message(11, b"\x01x" + vector24(b""))),
        DECODE,
        ("the server's Certificate (RFC 9846 4.5.1)", "a certificate_request_context"),
    ),
    Hostile(
        "encrypted certificate list too long",
        tls13(ENCRYPTED_EXTENSIONS, overwritten(CERTIFICATE13, 1, b"\x00\xff\xff")),
        DECODE,
        ("the server's Certificate (RFC 9846 4.5.1)", "65535 bytes were announced"),
    ),
    Hostile(
        "encrypted certificate too long for its list",
        tls13(ENCRYPTED_EXTENSIONS, overwritten(CERTIFICATE13, 4, b"\x00\xff\xff")),
        DECODE,
        ("the server's Certificate (RFC 9846 4.5.1)", "65535 bytes were announced"),
    ),
    Hostile(
        "extensions of a certificate too long",
        tls13(ENCRYPTED_EXTENSIONS, overwritten(CERTIFICATE13, -2, b"\x00\x07")),
        DECODE,
        ("the server's Certificate (RFC 9846 4.5.1)", "7 bytes were announced, 0 are there"),
    ),
    Hostile(
        "signature too long in CertificateVerify",
        tls13(ENCRYPTED_EXTENSIONS, CERTIFICATE13, _verify(b"\x04\x03\xff\xff")),
        DECODE,
        ("the server's CertificateVerify (RFC 9846 4.5.2)", "65535 bytes were announced"),
    ),
    Hostile(
        "bytes behind CertificateVerify's signature",
        tls13(ENCRYPTED_EXTENSIONS, CERTIFICATE13, _verify(SCHEME_AND_SIGNATURE + b"x")),
        DECODE,
        ("the server's CertificateVerify (RFC 9846 4.5.2)", "1 bytes too many"),
    ),
    Hostile(
        "protected record over 16 KiB and 256 bytes",
        encrypted(lambda _: [b"\x17\x03\x03\x41\x01"]),
        LIMIT,
        ("the server sent a record of 16641 bytes, 16640 are allowed (RFC 9846 5.1)",),
    ),
    Hostile(
        "protected record with over 16 KiB inside",
        sealed(bytes(2**14) + b"x"),
        LIMIT,
        ("16386 bytes of plaintext, 16385 are allowed (RFC 9846 5.4)",),
    ),
    Hostile(
        "protected record of nothing but padding",
        sealed(bytes(10), 0),
        UNEXPECTED,
        ("a protected record of nothing but padding (RFC 9846 5.4)",),
    ),
    Hostile(
        "record that does not decrypt",
        encrypted(lambda _: [record(bytes(64), ContentType.application_data)]),
        UNDECRYPTABLE,
        ("the server sent a record that does not decrypt", "(RFC 9846 5.2)"),
    ),
    Hostile(
        "record sent twice",
        encrypted(lambda peer: [peer.seal(ENCRYPTED_EXTENSIONS)] * 2),
        UNDECRYPTABLE,
        ("the server sent a record that does not decrypt", "(RFC 9846 5.2)"),
    ),
)
