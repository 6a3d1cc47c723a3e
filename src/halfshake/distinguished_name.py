"""A distinguished name that stands alone, as in a CertificateRequest, in words."""

from __future__ import annotations

import functools

from cryptography import x509

from halfshake.certificate_fields import UNREADABLE
from halfshake.muted import muted


def name_from_der(der: bytes) -> str:
    """Print a distinguished name as in RFC 4514; print an unreadable one as "#" and hex."""
    try:
        return _name(der)
    except UNREADABLE:
        return "#" + der.hex()


@functools.lru_cache(maxsize=4096)
def _name(der: bytes) -> str:
    # The library reads names only inside certificates: this is the smallest certificate with a
    # name.
    body = _TBS_BEFORE_ISSUER + der + _TBS_AFTER_ISSUER
    tbs = _der_sequence(body)
    with muted():
        certificate = x509.load_der_x509_certificate(_der_sequence(tbs + _SIGNATURE))
        return certificate.issuer.rfc4514_string()


def _der_sequence(content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return b"\x30" + length.to_bytes(1, "big") + content
    size = (length.bit_length() + 7) // 8
    return b"\x30" + (0x80 | size).to_bytes(1, "big") + length.to_bytes(size, "big") + content


# serialNumber 1, Ed25519 | validity 2000 to 2049, empty subject, an Ed25519 key | its signature.
_TBS_BEFORE_ISSUER = bytes.fromhex("020101300506032b6570")
_TBS_AFTER_ISSUER = (
    _der_sequence(b"\x17\x0d000101000000Z\x17\x0d491231235959Z")
    + _der_sequence(b"")
    + bytes.fromhex("302a300506032b6570032100")
    + bytes(32)
)
_SIGNATURE = bytes.fromhex("300506032b6570034100") + bytes(64)
