"""Servers that send a message too early, too late, twice or not at all.

Each has a name, and what must be said about it.
"""

from __future__ import annotations

from halfshake.errors import FailureReason
from halfshake.tls.codec import vector16, vector24
from halfshake.tls.registries.codepoints import ContentType, HandshakeType
from servers.flights import (
    CERTIFICATE,
    CERTIFICATE13,
    DONE,
    ENCRYPTED_EXTENSIONS,
    HELLO,
    KEY_EXCHANGE,
    REQUEST13,
    encrypted,
    sealed,
    tls12,
    tls13,
)
from servers.hostile import UNEXPECTED, Hostile
from servers.scripted import Connection, Script, says
from tls_peer import certificate_tls12, message, record
from wire import Tls13Peer

ILLEGAL = FailureReason.illegal_parameter
DOWNGRADE = FailureReason.downgrade_detected
UNDECRYPTABLE = FailureReason.record_undecryptable

SERVER_HELLO = "the server's ServerHello (RFC 9846 4.2.3) is malformed"
SCHEME_AND_SIGNATURE = b"\x04\x03" + vector16(b"signature")


def _verify(body: bytes) -> bytes:
    return message(HandshakeType.certificate_verify, body)


async def _key_change_in_the_middle_of_a_record(connection: Connection) -> None:
    peer = Tls13Peer(await connection.client_hello())
    await connection.send(record(peer.server_hello + ENCRYPTED_EXTENSIONS))
    await connection.until_the_client_leaves()


def _out_of_order(name: str, script: Script, came: str, expected: str, section: str) -> Hostile:
    sentence = f"the server sent {came} where {expected} was expected ({section})"
    return Hostile(name, script, UNEXPECTED, (sentence,))


NO_MORE = "CertificateRequest or ServerHelloDone"

OUT_OF_ORDER = (
    _out_of_order(
        "Certificate first", tls12(CERTIFICATE), "certificate", "ServerHello", "RFC 9846 4.2.3"
    ),
    _out_of_order(
        "our own ClientHello back",
        tls12(message(HandshakeType.client_hello, b"")),
        "client_hello",
        "ServerHello",
        "RFC 9846 4.2.3",
    ),
    _out_of_order(
        "ServerHello twice", tls12(HELLO, HELLO), "server_hello", "Certificate", "RFC 5246 7.3"
    ),
    _out_of_order(
        "ServerKeyExchange before Certificate",
        tls12(HELLO, KEY_EXCHANGE),
        "server_key_exchange",
        "Certificate",
        "RFC 5246 7.3",
    ),
    _out_of_order(
        "ServerHelloDone instead of Certificate",
        tls12(HELLO, DONE),
        "server_hello_done",
        "Certificate",
        "RFC 5246 7.3",
    ),
    _out_of_order(
        "Certificate twice",
        tls12(HELLO, CERTIFICATE, CERTIFICATE),
        "certificate",
        "ServerKeyExchange",
        "RFC 5246 7.3",
    ),
    _out_of_order(
        "ServerHelloDone instead of ServerKeyExchange",
        tls12(HELLO, CERTIFICATE, DONE),
        "server_hello_done",
        "ServerKeyExchange",
        "RFC 5246 7.3",
    ),
    _out_of_order(
        "ServerKeyExchange twice",
        tls12(HELLO, CERTIFICATE, KEY_EXCHANGE, KEY_EXCHANGE),
        "server_key_exchange",
        NO_MORE,
        "RFC 5246 7.3",
    ),
    _out_of_order(
        "a stapled response that was not announced",
        tls12(HELLO, CERTIFICATE, message(22, b"\x01" + vector24(b"ocsp"))),
        "certificate_status",
        "ServerKeyExchange",
        "RFC 5246 7.3",
    ),
    _out_of_order(
        "CertificateRequest before EncryptedExtensions",
        tls13(REQUEST13),
        "certificate_request",
        "EncryptedExtensions",
        "RFC 9846 4.4.1",
    ),
    _out_of_order(
        "EncryptedExtensions twice",
        tls13(ENCRYPTED_EXTENSIONS, ENCRYPTED_EXTENSIONS),
        "encrypted_extensions",
        "Certificate",
        "RFC 9846 4.5.1",
    ),
    _out_of_order(
        "CertificateVerify before Certificate",
        tls13(ENCRYPTED_EXTENSIONS, _verify(SCHEME_AND_SIGNATURE)),
        "certificate_verify",
        "Certificate",
        "RFC 9846 4.5.1",
    ),
    _out_of_order(
        "CertificateRequest behind Certificate",
        tls13(ENCRYPTED_EXTENSIONS, CERTIFICATE13, REQUEST13),
        "certificate_request",
        "CertificateVerify",
        "RFC 9846 4.5.2",
    ),
    _out_of_order(
        "encrypted Certificate twice",
        tls13(ENCRYPTED_EXTENSIONS, CERTIFICATE13, CERTIFICATE13),
        "certificate",
        "CertificateVerify",
        "RFC 9846 4.5.2",
    ),
    _out_of_order(
        "Finished instead of CertificateVerify",
        tls13(ENCRYPTED_EXTENSIONS, CERTIFICATE13, message(20, bytes(32))),
        "finished",
        "CertificateVerify",
        "RFC 9846 4.5.2",
    ),
    Hostile(
        "Finished instead of Certificate",
        tls13(ENCRYPTED_EXTENSIONS, message(20, bytes(32))),
        FailureReason.no_certificate,
        ("the server authenticates with a pre-shared key",),
    ),
    Hostile(
        "an unprotected message behind its keys",
        encrypted(lambda _: [record(ENCRYPTED_EXTENSIONS)]),
        UNEXPECTED,
        ("the server sent an unprotected handshake message after its ServerHello (RFC 9846 5)",),
    ),
    Hostile(
        "a message in front of a key change",
        _key_change_in_the_middle_of_a_record,
        UNEXPECTED,
        ("a key change has to end one (RFC 9846 5.1)",),
    ),
    Hostile(
        "application data first",
        says(record(b"hello", ContentType.application_data)),
        UNEXPECTED,
        ("the server sent application data before its keys were agreed (RFC 9846 5)",),
    ),
    Hostile(
        "application data in its handshake",
        sealed(b"hello", ContentType.application_data),
        UNEXPECTED,
        ("the server sent a protected record of the type application_data inside its handshake",),
    ),
    Hostile(
        "an empty certificate list",
        tls12(HELLO, certificate_tls12()),
        FailureReason.no_certificate,
        ("the server sent an empty list of certificates (RFC 9846 4.5.1)",),
    ),
    Hostile(
        "an empty certificate list in TLS 1.3",
        tls13(ENCRYPTED_EXTENSIONS, message(11, b"\x00" + vector24(b""))),
        FailureReason.no_certificate,
        ("the server sent an empty list of certificates (RFC 9846 4.5.1)",),
    ),
)
