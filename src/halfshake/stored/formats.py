"""From the bytes of a file to the certificates in it: PEM, DER, PKCS#7, PKCS#12. No I/O.

No private key is parsed: in PEM, keys have their own blocks, which are skipped by their label,
unread. PKCS#12 is the exception: the library can only open the whole file to reach the
certificates; its key object is dropped in the same line.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from halfshake.errors import FailureReason, FileFailed
from halfshake.muted import muted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate  # noqa: TID251 - for the type alone


def certificates_in(content: bytes, password: bytes | None = None) -> tuple[bytes, ...]:
    """Find every certificate, in DER, in the order of the file. Raises FileFailed."""
    if b"-----BEGIN " in content:
        found = _in_pem(content)
    elif content[:1] == b"\x30" and len(content) > 1:
        found = _in_der(content, password)
    else:
        found = ()
    if not found:
        raise FileFailed(
            "it holds a private key but no certificate; the key was not read"
            if b"PRIVATE KEY-----" in content
            else "it holds no certificate in PEM, DER, PKCS#7 or PKCS#12",
            reason=FailureReason.file_without_certificate,
        )
    return tuple(found)


def holds_only_a_key(content: bytes) -> bool:
    """Is this the key of a certificate, which we do not want to read?"""
    return b"PRIVATE KEY-----" in content and not _BLOCK.search(content)


def _in_pem(content: bytes) -> Sequence[bytes]:
    found: list[bytes] = []
    for number, block in enumerate(_BLOCK.finditer(content), start=1):
        try:
            der = base64.b64decode(b"".join(block["body"].split()), validate=True)
        except binascii.Error as error:
            raise FileFailed(
                f"its PEM block {number} is broken: the base64 does not decode",
                reason=FailureReason.file_broken,
            ) from error
        found.extend(_in_pkcs7(der) if block["label"] in {b"PKCS7", b"CMS"} else [der])
    return found


def _in_der(content: bytes, password: bytes | None) -> Sequence[bytes]:
    # The first element inside the outer SEQUENCE tells the formats apart.
    header = 2 if content[1] < 0x80 else 2 + (content[1] & 0x7F)
    inside = content[header : header + 3]
    if inside[:1] == b"\x30":
        return [content]
    if inside[:1] == b"\x06":
        return _in_pkcs7(content)
    if inside == b"\x02\x01\x03":
        return _in_pkcs12(content, password)
    return []  # version 0 or 1: a private key, which is not read


def _in_pkcs7(der: bytes) -> Sequence[bytes]:
    with muted():  # BER instead of DER, as many tools write it
        try:
            certificates = pkcs7.load_der_pkcs7_certificates(der)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise FileFailed(
                f"its PKCS#7 cannot be read: {error}", reason=FailureReason.file_broken
            ) from error
    return _encoded(_end_entity_first(certificates))


def _end_entity_first(certificates: list[Certificate]) -> list[Certificate]:
    """Sort a set into a chain: first the certificate that issued no other, then its issuer."""
    issuers = {certificate.issuer for certificate in certificates}
    rest = sorted(certificates, key=lambda certificate: certificate.subject in issuers)
    ordered = rest[:1]
    rest = rest[1:]
    while rest:
        above = [other for other in rest if other.subject == ordered[-1].issuer] or rest
        ordered.append(above[0])
        rest.remove(above[0])
    return ordered


def _in_pkcs12(content: bytes, password: bytes | None) -> Sequence[bytes]:
    with muted():
        # One password is for many files; unencrypted files have no password, or an empty one.
        for attempt in (None, b""):
            with contextlib.suppress(ValueError, UnsupportedAlgorithm):
                return _encoded(_without_key(pkcs12.load_pkcs12(content, attempt)))
        try:
            certificates = _without_key(pkcs12.load_pkcs12(content, password))
        except ValueError as error:
            if "password" not in str(error).lower() and "mac" not in str(error).lower():
                raise FileFailed(
                    f"its PKCS#12 cannot be read: {error}", reason=FailureReason.file_broken
                ) from error
            what = "the password does not open it" if password else "it needs a password"
            raise FileFailed(
                f"{what} (PKCS#12): give a file that holds it with --password-file",
                reason=FailureReason.file_password,
            ) from error
        except UnsupportedAlgorithm as error:
            raise FileFailed(
                f"its PKCS#12 encryption is too old: {error}",
                reason=FailureReason.file_broken,
            ) from error
    return _encoded(certificates)


def _without_key(store: pkcs12.PKCS12KeyAndCertificates) -> list[Certificate]:
    own = [store.cert.certificate] if store.cert else []
    return own + [entry.certificate for entry in store.additional_certs]


def _encoded(certificates: Sequence[Certificate]) -> list[bytes]:
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


# The labels that we read; the body of any other block is not even matched.
_BLOCK = re.compile(
    rb"-----BEGIN (?P<label>(?:X509 )?CERTIFICATE|PKCS7|CMS)-----(?P<body>[^-]*)"
    rb"-----END (?P=label)-----"
)
