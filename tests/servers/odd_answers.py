"""Servers with odd answers to our extensions: malformed, empty, or to what was not asked."""

from __future__ import annotations

from halfshake.tls.codec import vector16, vector24
from halfshake.tls.oddities import OddityKind
from servers.odd_scripts import (
    RSA,
    STAPLED,
    STATIC_SUITE,
    Odd,
    answering,
    not_asked,
    pss,
    tls12,
    tls13,
)
from tls_peer import (
    extension,
)

OF_EXTENSIONS = (
    Odd(
        "an empty staple in TLS 1.3",
        tls13(entry=extension(5, b"\x01" + vector24(b""))),
        OddityKind.extension_malformed,
        "holds no OCSP response (RFC 6066 8)",
    ),
    Odd(
        "a staple without even a type in TLS 1.3",
        tls13(entry=extension(5, b"")),
        OddityKind.extension_malformed,
        "holds no OCSP response (RFC 6066 8)",
    ),
    Odd(
        "an empty staple in TLS 1.2",
        tls12(extension(5, b""), staple=STAPLED),
        OddityKind.extension_malformed,
        "holds no OCSP response (RFC 6066 8)",
    ),
    Odd(
        "an empty staple for static RSA",
        tls12(
            extension(5, b""),
            staple=STAPLED,
            credential=RSA,
            suite=STATIC_SUITE,
            sign=pss(RSA),
        ),
        OddityKind.extension_malformed,
        "holds no OCSP response (RFC 6066 8)",
        "unproven",
    ),
    Odd(
        "an empty SCT list in TLS 1.3",
        tls13(entry=extension(18, b"\x00\x00")),
        OddityKind.extension_malformed,
        "the SCT list of the server's certificate 0 holds no SCT (RFC 6962 3.3)",
    ),
    Odd(
        "an empty SCT list in TLS 1.2",
        tls12(extension(18, b"")),
        OddityKind.extension_malformed,
        "the signed_certificate_timestamp in the server's ServerHello holds no SCT",
    ),
    Odd(
        "trailing bytes in server_name in TLS 1.2",
        tls12(extension(0, b"\x00")),
        OddityKind.extension_malformed,
        "the server_name in the server's ServerHello is not empty (RFC 6066 3)",
    ),
    Odd(
        "trailing bytes in server_name in TLS 1.3",
        tls13(encrypted_extensions=answering(extension(0, b"\x00"))),
        OddityKind.extension_malformed,
        "the server_name in the server's EncryptedExtensions is not empty (RFC 6066 3)",
    ),
    Odd(
        "trailing bytes in status_request",
        tls12(extension(5, b"\x00")),
        OddityKind.extension_malformed,
        "the status_request in the server's ServerHello is not empty (RFC 6066 8)",
    ),
    Odd(
        "a renegotiation_info of a renegotiation",
        tls12(extension(0xFF01, b"\x0c" + bytes(12))),
        OddityKind.extension_malformed,
        "is not that of a first handshake (RFC 5746 3.4)",
    ),
    Odd(
        "ec_point_formats without the uncompressed one",
        tls12(extension(11, b"\x01\x01")),
        OddityKind.extension_malformed,
        "does not name the uncompressed format (RFC 8422 5.2)",
    ),
    Odd(
        "an unknown extension on a certificate",
        tls13(entry=extension(0x9999, b"")),
        OddityKind.extension_unsolicited,
        "certificate 0 has the extension 0x9999, which our hello did not contain (RFC 9846 4.5.1)",
    ),
    Odd(
        "an unknown extension in ServerHello of TLS 1.2",
        tls12(extension(0x1234, b"")),
        OddityKind.extension_unsolicited,
        "ServerHello answers 0x1234, which our hello did not contain (RFC 9846 4.3)",
    ),
    Odd(
        "an unknown extension in EncryptedExtensions",
        tls13(encrypted_extensions=answering(extension(0x1234, b""))),
        OddityKind.extension_unsolicited,
        "EncryptedExtensions answers 0x1234, which our hello did not contain (RFC 9846 4.3)",
    ),
    Odd(
        "an acknowledged server_name in TLS 1.2, when none was sent",
        tls12(extension(0, b"")),
        OddityKind.extension_unsolicited,
        "ServerHello answers server_name, which our hello did not contain (RFC 9846 4.3)",
        server_name="127.0.0.1",
    ),
    Odd(
        "an acknowledged server_name in TLS 1.3, when none was sent",
        tls13(encrypted_extensions=answering(extension(0, b""))),
        OddityKind.extension_unsolicited,
        "EncryptedExtensions answers server_name",
        server_name="127.0.0.1",
    ),
)


SCTS = vector16(vector16(b"sct"))
NOT_ASKED_FOR = (
    Odd(
        "an announced staple that the hello did not ask for",
        not_asked(tls12(extension(5, b""))),
        OddityKind.extension_unsolicited,
        "ServerHello answers status_request, which our hello did not contain",
    ),
    Odd(
        "SCTs that the hello did not ask for in TLS 1.2",
        not_asked(tls12(extension(18, SCTS))),
        OddityKind.extension_unsolicited,
        "ServerHello answers signed_certificate_timestamp",
    ),
    Odd(
        "SCTs that the hello did not ask for in TLS 1.3",
        not_asked(tls13(entry=extension(18, SCTS))),
        OddityKind.extension_unsolicited,
        "has the extension signed_certificate_timestamp, which our hello did not contain",
    ),
    Odd(
        "a staple that the hello did not ask for in TLS 1.3",
        not_asked(tls13(entry=extension(5, b"\x01" + vector24(b"ocsp")))),
        OddityKind.extension_unsolicited,
        "has the extension status_request, which our hello did not contain",
    ),
)
