"""Correct first flights of TLS 1.2 and 1.3 as messages, in which a script breaks one message.

`encrypted` encrypts what a script sends, after a key exchange with the connected client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from halfshake.tls.codec import vector8, vector16
from halfshake.tls.registries.codepoints import (
    ContentType,
    HandshakeType,
    NamedGroup,
    SignatureScheme,
)
from halfshake.tls.server_flight import HELLO_RETRY_REQUEST_RANDOM
from pki import Authority
from servers.scripted import Connection, Script, says
from tls_peer import (
    TLS13,
    certificate_tls12,
    certificate_tls13,
    message,
    record,
    server_hello_message,
)
from wire import Tls13Peer, certificate_request_tls13, session_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAME = "hostile.halfshake.test"
ROOT = Authority.root("Hostile Root")
CREDENTIAL = ROOT.issue(NAME)
LEAF = CREDENTIAL.leaf_der

SERVER_RANDOM = bytes(range(32))
SCHEME = SignatureScheme.ecdsa_secp256r1_sha256
# ECDHE on x25519: named_curve, the group, a point of 32 bytes.
ECDHE_PARAMETERS = b"\x03" + NamedGroup.x25519.to_bytes(2, "big") + vector8(bytes(range(32)))


def sign(content: bytes) -> bytes:
    """Sign with the key of LEAF."""
    key = CREDENTIAL.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.sign(content, ec.ECDSA(hashes.SHA256()))


# TLS 1.2: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, a client certificate asked for.
HELLO = server_hello_message(suite=0xC02B, random=SERVER_RANDOM, session_id=b"")
CERTIFICATE = certificate_tls12(LEAF)
REQUEST = message(HandshakeType.certificate_request, bytes.fromhex("014000020403000400023000"))
DONE = message(HandshakeType.server_hello_done, b"")


def server_key_exchange(
    client_hello: bytes, *, parameters: bytes = ECDHE_PARAMETERS, scheme: int = SCHEME
) -> bytes:
    """A ServerKeyExchange whose signature fits this ClientHello (RFC 8422 5.4)."""
    signature = sign(client_hello[6:38] + SERVER_RANDOM + parameters)
    body = parameters + scheme.to_bytes(2, "big") + vector16(signature)
    return message(HandshakeType.server_key_exchange, body)


# One that nobody can check, for flights that break behind it or before.
KEY_EXCHANGE = server_key_exchange(bytes(38))


def tls12(*messages: bytes) -> Script:
    """Send these messages, each in a record."""
    return says(b"".join(record(each) for each in messages))


def tls12_flight(client_hello: bytes) -> bytes:
    """A complete and correct flight."""
    messages = (HELLO, CERTIFICATE, server_key_exchange(client_hello), REQUEST, DONE)
    return b"".join(record(each) for each in messages)


# TLS 1.3: TLS_AES_128_GCM_SHA256, x25519, a client certificate asked for.
ENCRYPTED_EXTENSIONS = message(HandshakeType.encrypted_extensions, vector16(b""))
REQUEST13 = certificate_request_tls13()
CERTIFICATE13 = certificate_tls13(LEAF)


def encrypted(flight: Callable[[Tls13Peer], Iterable[bytes]]) -> Script:
    """Agree on keys, then send what `flight` makes with them."""

    async def script(connection: Connection) -> None:
        peer = Tls13Peer(await connection.client_hello())
        await connection.send(record(peer.server_hello))
        for piece in flight(peer):
            await connection.send(piece)
        await connection.until_the_client_leaves()

    return script


def tls13(*messages: bytes) -> Script:
    """Send these messages encrypted."""
    return encrypted(lambda peer: (peer.say(each) for each in messages))


def sealed(content: bytes, content_type: int = ContentType.handshake, times: int = 1) -> Script:
    """Send this content, in this many protected records of a type."""
    return encrypted(lambda peer: (peer.seal(content, content_type) for _ in range(times)))


def tls13_flight(client_hello: bytes) -> bytes:
    """A complete and correct flight."""
    peer = Tls13Peer(client_hello)
    flight = record(peer.server_hello)
    for each in (ENCRYPTED_EXTENSIONS, REQUEST13, CERTIFICATE13):
        flight += peer.say(each)
    return flight + peer.seal(peer.certificate_verify(SCHEME, sign))


def answers(
    *extensions: bytes, suite: int = 0x1301, version: int = 0x0303, random: bytes = bytes(32)
) -> Script:
    """Answer with a ServerHello that returns the client's session id, as in TLS 1.3."""

    async def script(connection: Connection) -> None:
        returned = session_id(await connection.client_hello())
        await connection.send(
            record(
                server_hello_message(
                    *extensions, suite=suite, random=random, version=version, session_id=returned
                )
            )
        )
        await connection.until_the_client_leaves()

    return script


def asks_again(*extensions: bytes) -> Script:
    """Answer with a HelloRetryRequest."""
    return answers(TLS13, *extensions, random=HELLO_RETRY_REQUEST_RANDOM)


def overwritten(handshake_message: bytes, at: int, value: bytes) -> bytes:
    """A message with bytes of its body replaced, at `at` from its start, or its end if negative."""
    start = 4 + at if at >= 0 else len(handshake_message) + at
    return handshake_message[:start] + value + handshake_message[start + len(value) :]
