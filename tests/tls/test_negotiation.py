"""Choices that were not offered, and messages out of turn: the reason and the RFC section.

`test_hostile.py` reads these and others whole and byte by byte; this file checks the sentences.
"""

from __future__ import annotations

import pytest

from halfshake.errors import FailureReason, HandshakeFailed
from halfshake.tls.codec import vector8, vector16
from halfshake.tls.offers import standard_offer
from halfshake.tls.registries.codepoints import NamedGroup
from tls_peer import (
    CERTIFICATE_REQUEST,
    CERTIFICATE_VERIFY,
    ENCRYPTED_EXTENSIONS,
    SERVER_HELLO_DONE,
    SERVER_SHARES,
    TLS13,
    Tls13Server,
    certificate_tls12,
    certificate_tls13,
    extension,
    half_handshake,
    hello_retry_request,
    key_share,
    message,
    record,
    server_hello,
)

ILLEGAL = FailureReason.illegal_parameter
UNEXPECTED = FailureReason.unexpected_message
DOWNGRADE = FailureReason.downgrade_detected

X25519 = key_share(0x1D, SERVER_SHARES.share(NamedGroup.x25519).key_exchange)
P384 = key_share(0x18, SERVER_SHARES.share(NamedGroup.secp384r1).key_exchange)
RETRY = hello_retry_request(extension(0x33, b"\x00\x18"))
TLS12_HELLO = server_hello(suite=0xC02F, session_id=b"")
CHAIN = record(certificate_tls12(b"leaf"))
SIGNED = b"\x04\x03" + vector16(b"signature")
ECDHE = b"\x03\x00\x1d" + vector8(b"point")


def retried(*extensions: bytes, suite: int = 0x1301, version: int = 0x0303) -> bytes:
    """A HelloRetryRequest for P-384, and the ServerHello after it."""
    return RETRY + server_hello(*extensions, suite=suite, version=version)


IN_THE_CLEAR = {
    "no ServerHello": (CHAIN, UNEXPECTED, "certificate where ServerHello", "4.2.3"),
    "SSLv3": (
        server_hello(version=0x0300, session_id=b""),
        FailureReason.version_unsupported,
        "answers in SSLv3",
        "",
    ),
    "TLS 1.3 without supported_versions": (
        server_hello(version=0x0304),
        FailureReason.version_unsupported,
        "answers in TLSv1.3",
        "",
    ),
    "TLS 1.2 in supported_versions": (
        server_hello(extension(0x2B, b"\x03\x03")),
        ILLEGAL,
        "selected TLSv1.2",
        "RFC 9846 4.3.1",
    ),
    "a version nobody knows": (
        server_hello(extension(0x2B, b"\x03\x05")),
        ILLEGAL,
        "selected 0x0305",
        "RFC 9846 4.3.1",
    ),
    "a downgrade to TLS 1.2": (
        server_hello(suite=0xC02F, session_id=b"", random=bytes(24) + b"DOWNGRD\x01"),
        DOWNGRADE,
        "better than TLSv1.2",
        "RFC 9846 4.2.3",
    ),
    "a downgrade below TLS 1.2": (
        server_hello(
            suite=0xC013, session_id=b"", version=0x0301, random=bytes(24) + b"DOWNGRD\x00"
        ),
        DOWNGRADE,
        "better than TLSv1",
        "RFC 9846 4.2.3",
    ),
    "a legacy_version of TLS 1.3": (
        server_hello(TLS13, X25519, version=0x0304),
        ILLEGAL,
        "legacy_version is TLSv1.3",
        "RFC 9846 4.2.3",
    ),
    "another session id": (
        server_hello(TLS13, X25519, session_id=b""),
        ILLEGAL,
        "legacy_session_id",
        "RFC 9846 4.2.3",
    ),
    "a suite of TLS 1.2 in TLS 1.3": (
        server_hello(TLS13, X25519, suite=0xC02F),
        ILLEGAL,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, which was not offered for TLSv1.3",
        "RFC 9846 4.2.3",
    ),
    "a suite of TLS 1.3 in TLS 1.2": (
        server_hello(session_id=b""),
        ILLEGAL,
        "TLS_AES_128_GCM_SHA256, which was not offered for TLSv1.2",
        "RFC 5246 7.4.1.3",
    ),
    "a resumed session": (
        server_hello(suite=0xC02F) + record(b"\x01", 0x14),
        ILLEGAL,
        "resumes",
        "RFC 5246 7.4.1.3",
    ),
    "an extension that was not offered": (
        server_hello(TLS13, X25519, extension(0x29, b"")),
        ILLEGAL,
        "pre_shared_key, which was not offered",
        "RFC 9846 4.3",
    ),
    "an extension of another message": (
        server_hello(TLS13, X25519, extension(0x00, b"")),
        ILLEGAL,
        "put server_name into its ServerHello",
        "RFC 9846 4.3",
    ),
    "a protocol that was not offered": (
        server_hello(extension(16, vector16(vector8(b"h3"))), suite=0xC02F, session_id=b""),
        ILLEGAL,
        "chose the protocol b'h3'",
        "RFC 7301 3.2",
    ),
    "no key share": (server_hello(TLS13), ILLEGAL, "has no key_share", "RFC 9846 4.2.3"),
    "a share in a group without one": (
        server_hello(TLS13, P384),
        ILLEGAL,
        "secp384r1, for which it was sent none",
        "RFC 9846 4.3.8",
    ),
    "a retry for what it has": (
        hello_retry_request(extension(0x33, b"\x00\x1d")),
        ILLEGAL,
        "asks for x25519",
        "RFC 9846 4.3.8",
    ),
    "a retry for what nobody offered": (
        hello_retry_request(extension(0x33, b"\x63\x99")),
        ILLEGAL,
        "asks for 0x6399",
        "RFC 9846 4.3.8",
    ),
    "a retry for a curve of TLS 1.2": (
        hello_retry_request(extension(0x33, b"\x00\x1a")),
        ILLEGAL,
        "brainpoolP256r1, which is not a group of TLSv1.3",
        "",
    ),
    "a retry for nothing": (hello_retry_request(), ILLEGAL, "no change", "RFC 9846 4.2.4"),
    "a retry with another message's extension": (
        hello_retry_request(extension(0x33, b"\x00\x18"), extension(0x00, b"")),
        ILLEGAL,
        "put server_name into its HelloRetryRequest",
        "RFC 9846 4.3",
    ),
    "a cookie in a ServerHello": (
        server_hello(TLS13, X25519, extension(0x2C, vector16(b"c"))),
        ILLEGAL,
        "extension cookie, which was not offered",
        "RFC 9846 4.3",
    ),
    "a second retry": (RETRY * 2, UNEXPECTED, "a second HelloRetryRequest", "RFC 9846 4.2.4"),
    "TLS 1.2 after a retry": (
        retried(suite=0xC02F),
        ILLEGAL,
        "went from TLSv1.3 in its HelloRetryRequest to TLSv1.2",
        "RFC 9846 4.2.4",
    ),
    "another suite after a retry": (
        retried(TLS13, P384, suite=0x1302),
        ILLEGAL,
        "TLS_AES_256_GCM_SHA384 after TLS_AES_128_GCM_SHA256",
        "RFC 9846 4.2.4",
    ),
    "another group after a retry": (
        retried(TLS13, X25519),
        ILLEGAL,
        "x25519, for which it was sent none",
        "RFC 9846 4.3.8",
    ),
    "no Certificate": (
        TLS12_HELLO + record(SERVER_HELLO_DONE),
        UNEXPECTED,
        "server_hello_done where Certificate",
        "RFC 5246 7.3",
    ),
    "no ServerKeyExchange": (
        TLS12_HELLO + CHAIN + record(SERVER_HELLO_DONE),
        UNEXPECTED,
        "server_hello_done where ServerKeyExchange",
        "RFC 5246 7.3",
    ),
    "a second ServerKeyExchange": (
        TLS12_HELLO + CHAIN + record(message(12, ECDHE + SIGNED)) * 2,
        UNEXPECTED,
        "server_key_exchange where CertificateRequest or ServerHelloDone",
        "RFC 5246 7.3",
    ),
    "a second CertificateRequest": (
        server_hello(suite=0x002F, session_id=b"")
        + CHAIN
        + record(message(13, b"\x01\x01\x00\x02\x04\x01\x00\x00")) * 2,
        UNEXPECTED,
        "certificate_request where ServerHelloDone",
        "RFC 5246 7.3",
    ),
    "a curve that was not offered": (
        TLS12_HELLO + CHAIN + record(message(12, b"\x03\x63\x99" + ECDHE[3:] + SIGNED)),
        ILLEGAL,
        "the group 0x6399, which was not offered",
        "RFC 8422 5.4",
    ),
    "a signature that was not offered": (
        TLS12_HELLO + CHAIN + record(message(12, ECDHE + b"\x01\x01" + SIGNED[2:])),
        ILLEGAL,
        "signed with 0x0101, which was not offered",
        "RFC 5246 7.4.3",
    ),
}


@pytest.mark.parametrize("name", list(IN_THE_CLEAR))
def test_in_the_clear(name: str) -> None:
    """ServerHello, HelloRetryRequest, and TLS 1.2."""
    data, reason, sentence, section = IN_THE_CLEAR[name]
    half = half_handshake(standard_offer(alpn=("h2",)))
    with pytest.raises(HandshakeFailed) as caught:
        half.receive_data(data)
    assert caught.value.reason is reason
    assert sentence in caught.value.detail
    assert section in caught.value.detail


BEHIND_THE_KEYS = {
    "no EncryptedExtensions": (
        certificate_tls13(b"leaf"),
        UNEXPECTED,
        "certificate where EncryptedExtensions",
        "RFC 9846 4.4.1",
    ),
    "a HelloRequest": (message(0, b""), UNEXPECTED, "hello_request where Encrypted", ""),
    "an extension of another message": (
        message(8, vector16(extension(0x33, b""))),
        ILLEGAL,
        "put key_share into its EncryptedExtensions",
        "RFC 9846 4.3",
    ),
    "an extension that was not offered": (
        message(8, vector16(extension(0x29, b""))),
        ILLEGAL,
        "pre_shared_key, which was not offered",
        "RFC 9846 4.3",
    ),
    "no Certificate": (
        ENCRYPTED_EXTENSIONS + CERTIFICATE_VERIFY,
        UNEXPECTED,
        "certificate_verify where Certificate",
        "RFC 9846 4.5.1",
    ),
    "a second CertificateRequest": (
        ENCRYPTED_EXTENSIONS + CERTIFICATE_REQUEST * 2,
        UNEXPECTED,
        "certificate_request where Certificate",
        "RFC 9846 4.5.1",
    ),
    "no CertificateVerify": (
        ENCRYPTED_EXTENSIONS + certificate_tls13(b"leaf") + message(20, bytes(32)),
        UNEXPECTED,
        "finished where CertificateVerify",
        "RFC 9846 4.5.2",
    ),
    "a signature of TLS 1.2": (
        ENCRYPTED_EXTENSIONS
        + certificate_tls13(b"leaf")
        + message(15, b"\x04\x01" + vector16(b"signature")),
        ILLEGAL,
        "rsa_pkcs1_sha256, which was not offered for TLSv1.3",
        "RFC 9846 4.5.2",
    ),
    "a signature nobody knows": (
        ENCRYPTED_EXTENSIONS
        + certificate_tls13(b"leaf")
        + message(15, b"\x63\x99" + vector16(b"signature")),
        ILLEGAL,
        "signed with 0x6399",
        "RFC 9846 4.5.2",
    ),
}


@pytest.mark.parametrize("name", list(BEHIND_THE_KEYS))
def test_behind_the_keys(name: str) -> None:
    """TLS 1.3, EncryptedExtensions to CertificateVerify."""
    messages, reason, sentence, section = BEHIND_THE_KEYS[name]
    half = half_handshake()
    server = Tls13Server(half)
    half.receive_data(server.hello)
    with pytest.raises(HandshakeFailed) as caught:
        half.receive_data(server.protect(messages))
    assert caught.value.reason is reason
    assert sentence in caught.value.detail
    assert section in caught.value.detail
