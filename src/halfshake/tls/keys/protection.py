"""Opening TLS 1.3 records (RFC 9846 5.2 to 5.4): nonce, AEAD, padding, inner content type."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from halfshake.errors import FailureReason, PeerMisbehaved
from halfshake.tls.registries.cipher_suites import CipherSuite

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

    from halfshake.tls.keys.key_schedule import TrafficKeys

    Aead: TypeAlias = AESCCM | AESGCM | ChaCha20Poly1305


class RecordProtection:
    """Opens the records of one direction under one traffic secret, in order."""

    __slots__ = ("_aead", "_iv", "_sequence_number")

    def __init__(self, cipher_suite: CipherSuite, keys: TrafficKeys) -> None:
        self._aead = _aead(cipher_suite)(keys.key)
        self._iv = int.from_bytes(keys.iv, "big")
        self._sequence_number = 0

    def open(self, header: bytes, encrypted_record: bytes) -> tuple[int, bytes]:
        """The inner content type and content of one TLSCiphertext.

        `header` is the record's five bytes, which are also authenticated. Raises PeerMisbehaved if
        the record cannot be decrypted, or holds only padding.
        """
        # RFC 9846 5.3: the sequence number, padded to iv_length, XORed with the static iv.
        nonce = (self._iv ^ self._sequence_number).to_bytes(NONCE_BYTES, "big")
        self._sequence_number += 1
        try:
            inner = self._aead.decrypt(nonce, encrypted_record, header)
        except (InvalidTag, ValueError) as error:
            raise PeerMisbehaved(
                "the server sent a record that does not decrypt under the handshake keys "
                "(RFC 9846 5.2)",
                reason=FailureReason.record_undecryptable,
            ) from error
        unpadded = inner.rstrip(b"\x00")
        # RFC 9846 5.4: without a non-zero octet there is no content type: unexpected_message.
        if not unpadded:
            raise PeerMisbehaved(
                "the server sent a protected record of nothing but padding (RFC 9846 5.4)",
                reason=FailureReason.unexpected_message,
            )
        if len(inner) > MAX_INNER_PLAINTEXT_BYTES:
            raise PeerMisbehaved(
                f"the server sent a record of {len(inner)} bytes of plaintext, "
                f"{MAX_INNER_PLAINTEXT_BYTES} are allowed (RFC 9846 5.4)",
                reason=FailureReason.limit_exceeded,
            )
        return unpadded[-1], unpadded[:-1]


@functools.cache
def _aead(cipher_suite: CipherSuite) -> Callable[[bytes], Aead]:
    # Start-up counts, and a reading without TLS 1.3 needs none of them.
    from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415
        AESCCM,
        AESGCM,
        ChaCha20Poly1305,
    )

    match cipher_suite:
        case CipherSuite.TLS_CHACHA20_POLY1305_SHA256:
            return ChaCha20Poly1305
        case CipherSuite.TLS_AES_128_CCM_SHA256:
            return functools.partial(AESCCM, tag_length=16)
        case CipherSuite.TLS_AES_128_CCM_8_SHA256:
            return functools.partial(AESCCM, tag_length=8)
        case _:
            return AESGCM


# RFC 9846 5.4: the full TLSInnerPlaintext, type and padding included.
MAX_INNER_PLAINTEXT_BYTES = 2**14 + 1

# RFC 9846 5.3: every TLS 1.3 AEAD has a 12-byte nonce.
NONCE_BYTES = 12
