"""Servers that choose something that was not offered, or that have no valid key share.

Each has a name, and what must be said about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.errors import FailureReason
from halfshake.tls.codec import vector8, vector16
from halfshake.tls.registries.codepoints import (
    ContentType,
    ExtensionType,
    HandshakeType,
    NamedGroup,
)
from halfshake.tls.server_flight import DOWNGRADE_BELOW_TLS12, DOWNGRADE_TO_TLS12
from servers.flights import (
    CERTIFICATE,
    CERTIFICATE13,
    ENCRYPTED_EXTENSIONS,
    HELLO,
    answers,
    asks_again,
    server_key_exchange,
    tls12,
    tls13,
)
from servers.hostile import DECODE, UNEXPECTED, Hostile
from tls_peer import (
    TLS13,
    extension,
    key_share,
    message,
    record,
    server_hello,
    server_hello_message,
)
from wire import hello_retry_request, session_id

if TYPE_CHECKING:
    from servers.scripted import Connection

ILLEGAL = FailureReason.illegal_parameter
DOWNGRADE = FailureReason.downgrade_detected
UNDECRYPTABLE = FailureReason.record_undecryptable

SERVER_HELLO = "the server's ServerHello (RFC 9846 4.2.3) is malformed"
SCHEME_AND_SIGNATURE = b"\x04\x03" + vector16(b"signature")


X25519 = NamedGroup.x25519
P256 = NamedGroup.secp256r1
NO_VALUE = "is not a valid public value of"


def _key_exchange(body: bytes) -> bytes:
    return message(HandshakeType.server_key_exchange, body)


def _verify(body: bytes) -> bytes:
    return message(HandshakeType.certificate_verify, body)


async def _another_suite_behind_its_retry(connection: Connection) -> None:
    returned = session_id(await connection.client_hello())
    await connection.send(record(hello_retry_request(NamedGroup.secp384r1, session_id=returned)))
    await connection.client_hello()  # its ChangeCipherSpec, that is
    await connection.client_hello()
    await connection.send(server_hello(TLS13, suite=0x1302, session_id=returned))
    await connection.until_the_client_leaves()


async def _resumes(connection: Connection) -> None:
    returned = session_id(await connection.client_hello())
    await connection.send(server_hello(suite=0xC02B, session_id=returned))
    await connection.send(record(b"\x01", ContentType.change_cipher_spec))
    await connection.until_the_client_leaves()


async def _retries_twice(connection: Connection) -> None:
    returned = session_id(await connection.client_hello())
    request = record(hello_retry_request(NamedGroup.secp384r1, session_id=returned))
    await connection.send(request)
    await connection.client_hello()  # its ChangeCipherSpec, that is
    await connection.client_hello()
    await connection.send(request)
    await connection.until_the_client_leaves()


NEVER_OFFERED = (
    Hostile(
        "a suite never offered",
        answers(TLS13, suite=0x1399),
        ILLEGAL,
        ("the server chose 0x1399, which was not offered for TLSv1.3 (RFC 9846 4.2.3)",),
    ),
    Hostile(
        "a TLS 1.2 suite never offered",
        tls12(server_hello_message(suite=0x00FF, session_id=b"")),
        ILLEGAL,
        ("the server chose 0x00ff, which was not offered for TLSv1.2 (RFC 5246 7.4.1.3)",),
    ),
    Hostile(
        "SSLv3",
        tls12(server_hello_message(suite=0x002F, version=0x0300, session_id=b"")),
        FailureReason.version_unsupported,
        ("the server answers in SSLv3, which was not offered (RFC 9846 4.2.3)",),
    ),
    Hostile(
        "TLS 1.4",
        answers(extension(ExtensionType.supported_versions, b"\x03\x05")),
        ILLEGAL,
        ("the server selected 0x0305 in supported_versions (RFC 9846 4.3.1)",),
    ),
    Hostile(
        "a compression method",
        tls12(HELLO[:41] + b"\x01" + HELLO[42:]),
        ILLEGAL,
        ("the server chose compression method 1, only null was offered (RFC 9846 4.2.3)",),
    ),
    Hostile(
        "a group never offered",
        answers(TLS13, key_share(0x9999, bytes(32))),
        ILLEGAL,
        ("the server's key share is of 0x9999, for which it was sent none (RFC 9846 4.3.8)",),
    ),
    Hostile(
        "a group without a share",
        answers(TLS13, key_share(NamedGroup.secp384r1, bytes(97))),
        ILLEGAL,
        ("the server's key share is of secp384r1, for which it was sent none (RFC 9846 4.3.8)",),
    ),
    Hostile(
        "a curve never offered in ServerKeyExchange",
        tls12(
            HELLO,
            CERTIFICATE,
            _key_exchange(b"\x03\x99\x99" + vector8(b"p") + SCHEME_AND_SIGNATURE),
        ),
        ILLEGAL,
        ("the server chose the group 0x9999, which was not offered (RFC 8422 5.4)",),
    ),
    Hostile(
        "a curve of its own in ServerKeyExchange",
        tls12(HELLO, CERTIFICATE, _key_exchange(b"\x01" + bytes(50))),
        FailureReason.parameter_unsupported,
        ("the server spells out its elliptic curve (curve type 1)", "(RFC 8422 5.4)"),
    ),
    Hostile(
        "an extension never offered",
        answers(TLS13, extension(0x29, b"")),
        ILLEGAL,
        ("the server's ServerHello has the extension pre_shared_key", "not offered (RFC 9846 4.3)"),
    ),
    Hostile(
        "an extension never offered in EncryptedExtensions",
        tls13(message(8, vector16(extension(0x29, b"")))),
        ILLEGAL,
        ("the server's EncryptedExtensions has the extension pre_shared_key", "(RFC 9846 4.3)"),
    ),
    Hostile(
        "an extension in the wrong message",
        tls13(message(8, vector16(key_share(X25519, bytes(32))))),
        ILLEGAL,
        ("the server put key_share into its EncryptedExtensions (RFC 9846 4.3)",),
    ),
    Hostile(
        "an extension twice",
        answers(TLS13, TLS13),
        DECODE,
        (SERVER_HELLO, "the extension supported_versions is in it twice"),
    ),
    Hostile(
        "a protocol never offered",
        tls13(message(8, vector16(extension(16, vector16(vector8(b"h2")))))),
        ILLEGAL,
        ("application_layer_protocol_negotiation", "which was not offered (RFC 9846 4.3)"),
    ),
    Hostile(
        "a scheme never offered in CertificateVerify",
        tls13(ENCRYPTED_EXTENSIONS, CERTIFICATE13, _verify(b"\x99\x99" + vector16(b"s"))),
        ILLEGAL,
        ("the server signed with 0x9999, which was not offered for TLSv1.3 (RFC 9846 4.5.2)",),
    ),
    Hostile(
        "PKCS #1 v1.5 in CertificateVerify",
        tls13(ENCRYPTED_EXTENSIONS, CERTIFICATE13, _verify(b"\x04\x01" + vector16(b"s"))),
        ILLEGAL,
        ("the server signed with rsa_pkcs1_sha256", "(RFC 9846 4.5.2)"),
    ),
    Hostile(
        "a scheme never offered in ServerKeyExchange",
        tls12(HELLO, CERTIFICATE, server_key_exchange(bytes(38), scheme=0x9999)),
        ILLEGAL,
        ("the server signed with 0x9999, which was not offered (RFC 5246 7.4.3)",),
    ),
    Hostile(
        "another session id",
        tls12(server_hello_message(TLS13, session_id=b"x" * 32)),
        ILLEGAL,
        ("the server did not return our legacy_session_id (RFC 9846 4.2.3)",),
    ),
    Hostile(
        "a session that never was",
        _resumes,
        ILLEGAL,
        (
            (
                "the server resumes a session that does not exist, and shows no certificate "
                "(RFC 5246 7.4.1.3)"
            ),
        ),
    ),
    Hostile(
        "a second HelloRetryRequest",
        _retries_twice,
        UNEXPECTED,
        ("the server sent a second HelloRetryRequest (RFC 9846 4.2.4)",),
    ),
    Hostile(
        "a HelloRetryRequest that changes nothing",
        asks_again(),
        ILLEGAL,
        ("the server's HelloRetryRequest asks for no change (RFC 9846 4.2.4)",),
    ),
    Hostile(
        "a HelloRetryRequest for a share that it has",
        asks_again(extension(ExtensionType.key_share, X25519.to_bytes(2, "big"))),
        ILLEGAL,
        ("the server's HelloRetryRequest asks for x25519", "(RFC 9846 4.3.8)"),
    ),
    Hostile(
        "a HelloRetryRequest for a group never offered",
        asks_again(extension(ExtensionType.key_share, b"\x99\x99")),
        ILLEGAL,
        ("the server's HelloRetryRequest asks for 0x9999", "(RFC 9846 4.3.8)"),
    ),
    Hostile(
        "another suite behind its HelloRetryRequest",
        _another_suite_behind_its_retry,
        ILLEGAL,
        ("the server chose TLS_AES_256_GCM_SHA384 after TLS_AES_128_GCM", "(RFC 9846 4.2.4)"),
    ),
    Hostile(
        "a downgrade to TLS 1.2",
        tls12(
            server_hello_message(
                suite=0xC02B, random=bytes(24) + DOWNGRADE_TO_TLS12, session_id=b""
            )
        ),
        DOWNGRADE,
        ("the server can do better than TLSv1.2", "(RFC 9846 4.2.3)"),
    ),
    Hostile(
        "a downgrade to TLS 1.1",
        tls12(
            server_hello_message(
                suite=0xC00A,
                random=bytes(24) + DOWNGRADE_BELOW_TLS12,
                version=0x0302,
                session_id=b"",
            )
        ),
        DOWNGRADE,
        ("the server can do better than TLSv1.1", "(RFC 9846 4.2.3)"),
    ),
)

BAD_KEY_SHARES = (
    Hostile(
        "no key share",
        answers(TLS13),
        ILLEGAL,
        ("the server's ServerHello has no key_share (RFC 9846 4.2.3)",),
    ),
    Hostile(
        "key share too long for its extension",
        answers(TLS13, extension(ExtensionType.key_share, b"\x00\x1d\xff\xff")),
        DECODE,
        ("the server's key_share extension (RFC 9846 4.3.8)", "65535 bytes were announced"),
    ),
    *(
        Hostile(
            name,
            answers(TLS13, key_share(group, public)),
            ILLEGAL,
            (f"the server's key share of {len(public)} bytes {NO_VALUE} {group.name} (RFC 9846",),
        )
        for name, group, public in (
            ("a short x25519 share", X25519, bytes(31)),
            ("an empty x25519 share", X25519, b""),
            ("an all-zero x25519 share", X25519, bytes(32)),
            ("an x25519 share of small order", X25519, b"\x01" + bytes(31)),
            ("a short P-256 point", P256, b"\x04" + b"\x01" * 63),
            ("an all-zero P-256 point", P256, b"\x04" + bytes(64)),
            ("a point off P-256", P256, b"\x04" + b"\x01" * 64),
            ("a compressed P-256 point", P256, b"\x02" + b"\x01" * 32),
        )
    ),
)
