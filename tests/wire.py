"""A TLS 1.3 peer that answers any client's ClientHello, and encrypts what it is given.

Nothing here checks anything: a hostile server can send anything, encrypted with the right keys.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from halfshake.tls.codec import Reader, vector8, vector16
from halfshake.tls.keys.key_exchange import KeyShares
from halfshake.tls.keys.key_schedule import server_handshake_keys, transcript_hash_name
from halfshake.tls.registries.cipher_suites import CipherSuite
from halfshake.tls.registries.codepoints import (
    ContentType,
    ExtensionType,
    HandshakeType,
    NamedGroup,
)
from halfshake.tls.server_flight import HELLO_RETRY_REQUEST_RANDOM
from rfc8448.published import client_hello_extensions
from tls_peer import (
    TLS13,
    ProtectedRecords,
    extension,
    key_share,
    message,
    server_hello_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def certificate_request_tls13(*authorities: bytes) -> bytes:
    """A TLS 1.3 CertificateRequest for ecdsa_secp256r1_sha256."""
    extensions = extension(ExtensionType.signature_algorithms, b"\x00\x02\x04\x03")
    if authorities:
        names = vector16(b"".join(vector16(name) for name in authorities))
        extensions += extension(ExtensionType.certificate_authorities, names)
    return message(HandshakeType.certificate_request, vector8(b"") + vector16(extensions))


def hello_retry_request(
    group: int,
    *,
    suite: int = CipherSuite.TLS_AES_128_GCM_SHA256,
    session_id: bytes = bytes(32),
) -> bytes:
    """A HelloRetryRequest for another group, without its record."""
    wanted = extension(ExtensionType.key_share, group.to_bytes(2, "big"))
    return server_hello_message(
        TLS13, wanted, suite=suite, random=HELLO_RETRY_REQUEST_RANDOM, session_id=session_id
    )


class Tls13Peer:
    """The server's side of the key exchange; `seal` encrypts anything.

    `client_hello` is the message that it answers. `before` is the transcript before that, if a
    HelloRetryRequest was sent. `transcript` grows by what `say` sends.
    """

    def __init__(
        self,
        client_hello: bytes,
        *,
        suite: CipherSuite = CipherSuite.TLS_AES_128_GCM_SHA256,
        group: NamedGroup = NamedGroup.x25519,
        before: bytes = b"",
    ) -> None:
        share = KeyShares(lambda length: bytes(range(2, length + 2))).share(group)
        self.suite = suite
        self.server_hello = server_hello_message(
            TLS13,
            key_share(group, share.key_exchange),
            suite=suite,
            session_id=session_id(client_hello),
        )
        self.transcript = before + client_hello + self.server_hello
        secret = share.exchange(_client_shares(client_hello)[group])
        self._keys = server_handshake_keys(suite, secret, self.transcript)
        self.begin()

    @classmethod
    def after_retry(
        cls, client_hello: bytes, request: bytes, second_client_hello: bytes, group: NamedGroup
    ) -> Tls13Peer:
        """The peer after its own HelloRetryRequest."""
        suite = CipherSuite(int.from_bytes(request[6 + 33 + request[38] : 8 + 33 + request[38]]))
        digest = hashlib.new(transcript_hash_name(suite), client_hello).digest()
        before = message(HandshakeType.message_hash, digest) + request
        return cls(second_client_hello, suite=suite, group=group, before=before)

    def begin(self) -> None:
        """Count the protected records from the first one, again."""
        self._records = ProtectedRecords(self.suite, self._keys)

    def seal(self, content: bytes, content_type: int = ContentType.handshake) -> bytes:
        """One protected record."""
        return self._records.protect(content, content_type)

    def say(self, handshake_message: bytes) -> bytes:
        """One protected message, which the CertificateVerify to come will cover."""
        self.transcript += handshake_message
        return self.seal(handshake_message)

    def certificate_verify(self, scheme: int, sign: Callable[[bytes], bytes]) -> bytes:
        """A CertificateVerify over what was sent, not encrypted yet (RFC 9846 4.5.2)."""
        digest = hashlib.new(transcript_hash_name(self.suite), self.transcript).digest()
        signed = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00" + digest
        body = scheme.to_bytes(2, "big") + vector16(sign(signed))
        return message(HandshakeType.certificate_verify, body)


def session_id(client_hello: bytes) -> bytes:
    """The legacy_session_id of a ClientHello."""
    reader = Reader(client_hello, "ClientHello")
    reader.take(4 + 2 + 32)
    return reader.vector8()


def _client_shares(client_hello: bytes) -> dict[int, bytes]:
    extension_data = client_hello_extensions(client_hello)[ExtensionType.key_share]
    shares = Reader(Reader(extension_data, "key_share").vector16(), "key_share")
    public: dict[int, bytes] = {}
    while shares:
        group = shares.uint16()
        public[group] = shares.vector16()
    return public
