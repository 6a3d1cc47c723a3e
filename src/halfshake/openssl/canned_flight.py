"""A TLS 1.2 ServerHello and Certificate made from certificates, to show to a local client.

OpenSSL verifies a chain when the Certificate message arrives, before any signature by the server's
key (RFC 5246 7.4.2), so a client fed with these bytes gives its verdict without a server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.tls.codec import vector8, vector16, vector24
from halfshake.tls.record import MAX_PLAINTEXT_BYTES
from halfshake.tls.registries.codepoints import (
    ContentType,
    ExtensionType,
    HandshakeType,
    ProtocolVersion,
)

if TYPE_CHECKING:
    from halfshake.tls.registries.cipher_suites import CipherSuite


def canned_flight(chain: tuple[bytes, ...], cipher_suite: CipherSuite) -> bytes:
    """Encode records with ServerHello and Certificate; `chain` is DER, the end entity first."""
    extensions = b"".join(
        (
            ExtensionType.renegotiation_info.to_bytes(2, "big") + vector16(vector8(b"")),
            ExtensionType.extended_master_secret.to_bytes(2, "big") + vector16(b""),
        )
    )
    server_hello = b"".join(
        (
            ProtocolVersion.TLSv1_2.to_bytes(2, "big"),
            bytes(32),
            vector8(b""),
            cipher_suite.to_bytes(2, "big"),
            b"\x00",
            vector16(extensions),
        )
    )
    certificate = vector24(b"".join(vector24(der) for der in chain))
    return _records(
        HandshakeType.server_hello.to_bytes(1, "big")
        + vector24(server_hello)
        + HandshakeType.certificate.to_bytes(1, "big")
        + vector24(certificate)
    )


def _records(messages: bytes) -> bytes:
    header = ContentType.handshake.to_bytes(1, "big") + ProtocolVersion.TLSv1_2.to_bytes(2, "big")
    return b"".join(
        header + vector16(messages[at : at + MAX_PLAINTEXT_BYTES])
        for at in range(0, len(messages), MAX_PLAINTEXT_BYTES)
    )
