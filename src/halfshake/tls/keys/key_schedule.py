"""The part of the TLS 1.3 key schedule that opens a server's first flight (RFC 9846 7.1).

              0
              |
              v
    0 ->  HKDF-Extract = Early Secret
              |
        Derive-Secret(., "derived", "")
              |
              v
    (EC)DHE -> HKDF-Extract = Handshake Secret
              |
              +--> Derive-Secret(., "s hs traffic", ClientHello...ServerHello)
                        = server_handshake_traffic_secret --> key, iv

Nothing below is computed, since nothing is ever sent or read under it.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from halfshake.tls.registries.cipher_suites import CipherSuite


class TrafficKeys(NamedTuple):
    """What protects the records of one direction (RFC 9846 7.3)."""

    key: bytes
    iv: bytes


def server_handshake_keys(
    cipher_suite: CipherSuite, shared_secret: bytes, transcript: bytes
) -> TrafficKeys:
    """Derive the server's handshake keys.

    `shared_secret` is the (EC)DHE output, `transcript` the messages ClientHello...ServerHello.
    """
    hash_name = transcript_hash_name(cipher_suite)
    secret = server_handshake_traffic_secret(
        hash_name, handshake_secret(hash_name, shared_secret), transcript
    )
    return TrafficKeys(
        hkdf_expand_label(hash_name, secret, b"key", b"", _KEY_BYTES[cipher_suite]),
        hkdf_expand_label(hash_name, secret, b"iv", b"", _IV_BYTES),
    )


def handshake_secret(hash_name: str, shared_secret: bytes) -> bytes:
    """HKDF-Extract(Derive-Secret(Early Secret, "derived", ""), (EC)DHE)."""
    return hkdf_extract(hash_name, _derived_early_secret(hash_name), shared_secret)


def server_handshake_traffic_secret(hash_name: str, secret: bytes, transcript: bytes) -> bytes:
    """Derive-Secret(Handshake Secret, "s hs traffic", ClientHello...ServerHello)."""
    return derive_secret(hash_name, secret, b"s hs traffic", transcript)


@functools.cache
def _derived_early_secret(hash_name: str) -> bytes:
    zeros = bytes(hashlib.new(hash_name).digest_size)
    early_secret = hkdf_extract(hash_name, zeros, zeros)
    return derive_secret(hash_name, early_secret, b"derived", b"")


def derive_secret(hash_name: str, secret: bytes, label: bytes, messages: bytes) -> bytes:
    """Derive-Secret(Secret, Label, Messages) of RFC 9846 7.1."""
    context = transcript_hash(hash_name, messages)
    return hkdf_expand_label(hash_name, secret, label, context, len(context))


def hkdf_extract(hash_name: str, salt: bytes, input_keying_material: bytes) -> bytes:
    """HKDF-Extract of RFC 5869 2.2, which is one HMAC."""
    return hmac.digest(salt, input_keying_material, hash_name)


def hkdf_expand_label(
    hash_name: str, secret: bytes, label: bytes, context: bytes, length: int
) -> bytes:
    """HKDF-Expand-Label(Secret, Label, Context, Length) of RFC 9846 7.1."""
    hkdf_label = _hkdf_label(label, length, len(context)) + context
    return HKDFExpand(_HASHES[hash_name], length, hkdf_label).derive(secret)


@functools.cache
def _hkdf_label(label: bytes, length: int, context_length: int) -> bytes:
    full_label = b"tls13 " + label
    return b"%b%b%b%b" % (
        length.to_bytes(2, "big"),
        len(full_label).to_bytes(1, "big"),
        full_label,
        context_length.to_bytes(1, "big"),
    )


def transcript_hash(hash_name: str, messages: bytes) -> bytes:
    """Transcript-Hash(Messages) of RFC 9846 4.1, of messages in one piece."""
    return _TRANSCRIPT_HASHES[hash_name](messages).digest()


def transcript_hash_name(cipher_suite: CipherSuite) -> str:
    """The hash of a TLS 1.3 suite, by hashlib's name: the last part of the suite's."""
    return "sha384" if cipher_suite is _WITH_SHA384 else "sha256"


_TRANSCRIPT_HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}
_WITH_SHA384 = CipherSuite.TLS_AES_256_GCM_SHA384

_HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}

_KEY_BYTES = {
    CipherSuite.TLS_AES_128_GCM_SHA256: 16,
    CipherSuite.TLS_AES_256_GCM_SHA384: 32,
    CipherSuite.TLS_CHACHA20_POLY1305_SHA256: 32,
    CipherSuite.TLS_AES_128_CCM_SHA256: 16,
    CipherSuite.TLS_AES_128_CCM_8_SHA256: 16,
}

_IV_BYTES = 12
