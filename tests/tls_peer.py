"""The server's side of a half handshake: messages, records, TLS 1.3's protection.

The test decides everything except the randomness, so it can be as odd or as wrong as needed.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from halfshake.tls.codec import vector8, vector16, vector24
from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.keys.key_exchange import KeyShares
from halfshake.tls.keys.key_schedule import TrafficKeys, server_handshake_keys
from halfshake.tls.keys.protection import NONCE_BYTES, _aead
from halfshake.tls.offers import standard_offer
from halfshake.tls.registries.cipher_suites import CipherSuite
from halfshake.tls.registries.codepoints import NamedGroup
from halfshake.tls.server_flight import HELLO_RETRY_REQUEST_RANDOM
from halfshake.tls.states import ExpectRetriedServerHello, ExpectServerHello

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halfshake.tls.client_hello import Offer

CLIENT_SHARES = KeyShares(lambda length: bytes(range(1, length + 1)))
SERVER_SHARES = KeyShares(lambda length: bytes(range(101, length + 101)))


def half_handshake(
    offer: Offer | None = None, *, server_name: str | None = "a.test"
) -> HalfHandshake:
    """Our side: a reading with fixed randomness, so that its ClientHello is always the same."""
    return HalfHandshake(
        offer or standard_offer(),
        server_name=server_name,
        key_shares=CLIENT_SHARES,
        random_bytes=bytes,
    )


def record(body: bytes, content_type: int = 0x16) -> bytes:
    """One record."""
    return bytes([content_type]) + b"\x03\x03" + vector16(body)


def records(payload: bytes, length: int = 2**14) -> bytes:
    """Handshake records of `length` bytes each."""
    return b"".join(record(payload[at : at + length]) for at in range(0, len(payload), length))


def message(handshake_type: int, body: bytes) -> bytes:
    """One handshake message."""
    return bytes([handshake_type]) + vector24(body)


def extension(number: int, data: bytes) -> bytes:
    """One extension."""
    return number.to_bytes(2, "big") + vector16(data)


def key_share(group: int, public: bytes) -> bytes:
    """The key_share extension of a ServerHello."""
    return extension(0x33, group.to_bytes(2, "big") + vector16(public))


def server_hello_message(
    *extensions: bytes,
    suite: int = 0x1301,
    random: bytes = bytes(32),
    version: int = 0x0303,
    session_id: bytes = bytes(32),
    compression: int = 0,
) -> bytes:
    """A ServerHello."""
    return message(
        2,
        b"".join(
            (
                version.to_bytes(2, "big"),
                random,
                vector8(session_id),
                suite.to_bytes(2, "big"),
                bytes([compression]),
                vector16(b"".join(extensions)),
            )
        ),
    )


def server_hello(
    *extensions: bytes,
    suite: int = 0x1301,
    random: bytes = bytes(32),
    version: int = 0x0303,
    session_id: bytes = bytes(32),
) -> bytes:
    """A ServerHello in its record."""
    return record(
        server_hello_message(
            *extensions, suite=suite, random=random, version=version, session_id=session_id
        )
    )


def hello_retry_request(*extensions: bytes, suite: int = 0x1301) -> bytes:
    """A HelloRetryRequest in its record."""
    return server_hello(TLS13, *extensions, suite=suite, random=HELLO_RETRY_REQUEST_RANDOM)


def certificate_tls12(*ders: bytes) -> bytes:
    """A Certificate message of TLS <= 1.2."""
    return message(11, vector24(b"".join(vector24(der) for der in ders)))


def certificate_tls13(*ders: bytes, extensions: bytes = b"") -> bytes:
    """A Certificate message of TLS 1.3, with the same extensions at each certificate."""
    entries = b"".join(vector24(der) + vector16(extensions) for der in ders)
    return message(11, b"\x00" + vector24(entries))


class Tls13Server:
    """A TLS 1.3 server that has agreed on keys with what a half handshake has sent.

    `hello` is its ServerHello in a record; `protect` makes the records after it, in order.
    """

    def __init__(
        self,
        half: HalfHandshake,
        *extensions: bytes,
        suite: CipherSuite = CipherSuite.TLS_AES_128_GCM_SHA256,
        group: NamedGroup = NamedGroup.x25519,
    ) -> None:
        state = half._state
        if isinstance(state, ExpectRetriedServerHello):
            before = state.transcript
        else:
            assert isinstance(state, ExpectServerHello)
            before = state.hello.encoded
        share = SERVER_SHARES.share(group)
        encoded = server_hello_message(
            TLS13, key_share(group, share.key_exchange), *extensions, suite=suite
        )
        secret = share.exchange(CLIENT_SHARES.share(group).key_exchange)
        self.hello = record(encoded)
        self._records = ProtectedRecords(
            suite, server_handshake_keys(suite, secret, before + encoded)
        )

    def protect(self, content: bytes, content_type: int = 0x16, padding: int = 0) -> bytes:
        """One protected record."""
        return self._records.protect(content, content_type, padding)

    def protect_all(self, payload: bytes, length: int = 2**14) -> bytes:
        """A handshake stream in protected records of `length` bytes each."""
        return b"".join(
            self.protect(payload[at : at + length]) for at in range(0, len(payload), length)
        )


class ProtectedRecords:
    """The sending side of `RecordProtection` (RFC 9846 5.2): no other use than in tests."""

    def __init__(self, suite: CipherSuite, keys: TrafficKeys) -> None:
        self._aead = _aead(suite)(keys.key)
        self._tag_bytes = 8 if suite is CipherSuite.TLS_AES_128_CCM_8_SHA256 else 16
        self._iv = int.from_bytes(keys.iv, "big")
        self._sequence_numbers = itertools.count()

    def protect(self, content: bytes, content_type: int = 0x16, padding: int = 0) -> bytes:
        """One record; a `content_type` of 0 leaves only padding."""
        inner = content + bytes([content_type]) + bytes(padding)
        header = b"\x17\x03\x03" + (len(inner) + self._tag_bytes).to_bytes(2, "big")
        nonce = (self._iv ^ next(self._sequence_numbers)).to_bytes(NONCE_BYTES, "big")
        return header + self._aead.encrypt(nonce, inner, header)


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """`data` cut at some places."""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:stop] for start, stop in itertools.pairwise(edges)]


TLS13 = extension(0x2B, b"\x03\x04")

# The messages of a TLS 1.3 flight that says as little as it may.
ENCRYPTED_EXTENSIONS = message(8, b"\x00\x00")
CERTIFICATE_REQUEST = message(13, b"\x00" + vector16(extension(13, b"\x00\x02\x08\x04")))
CERTIFICATE_VERIFY = message(15, b"\x08\x04" + vector16(b"signature"))
SERVER_HELLO_DONE = message(14, b"")
