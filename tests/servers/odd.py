"""Servers that do what no RFC allows, but show a certificate all the same; each by name.

`ODD` has them with the kind of oddity and a piece of its sentence, and what becomes of the key's
possession.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes

from halfshake.tls.codec import vector16
from halfshake.tls.oddities import OddityKind
from halfshake.tls.registries.cipher_suites import CipherSuite
from halfshake.tls.registries.codepoints import NamedGroup, SignatureScheme
from servers.flights import (
    CREDENTIAL,
)
from servers.odd_answers import NOT_ASKED_FOR, OF_EXTENSIONS
from servers.odd_scripts import (
    AGREEMENT,
    COMPRESSED,
    ECDSA_SUITE,
    NO_ALGORITHM,
    P256,
    P384,
    POINT,
    PSS,
    RSA,
    RSA_SUITE,
    SCHEMES,
    SIGNING_RSA,
    STATIC_SUITE,
    Odd,
    ecdsa,
    on_curve,
    pss,
    pss_credential,
    tls12,
    tls13,
)
from tls_peer import (
    extension,
    message,
)

OF_KEYS = (
    Odd(
        "an id-RSASSA-PSS key under rsa_pss_rsae in TLS 1.3",
        tls13(credential=pss_credential(), scheme=PSS, sign=pss(pss_credential())),
        OddityKind.scheme_not_of_key,
        "signs with rsa_pss_rsae_sha256, but the key of its certificate is an RSA key for RSASSA",
        "unproven",
    ),
    Odd(
        "an id-RSASSA-PSS key under rsa_pss_rsae in TLS 1.2",
        tls12(credential=pss_credential(), scheme=PSS, sign=pss(pss_credential()), suite=RSA_SUITE),
        OddityKind.scheme_not_of_key,
        "(RFC 9846 4.3.3)",
        "unproven",
    ),
    Odd(
        "an rsaEncryption key under rsa_pss_pss",
        tls13(credential=RSA, scheme=SignatureScheme.rsa_pss_pss_sha256, sign=pss(RSA)),
        OddityKind.scheme_not_of_key,
        "the key of its certificate is an RSA key (RFC 9846 4.3.3)",
        "unproven",
    ),
    Odd(
        "a P-256 key under ecdsa_secp384r1_sha384 in TLS 1.3",
        tls13(scheme=P384, sign=ecdsa(CREDENTIAL, hashes.SHA384())),
        OddityKind.scheme_not_of_key,
        "signs with ecdsa_secp384r1_sha384, but the key of its certificate is an ECDSA key on secp",
        "unproven",
    ),
    Odd(
        "an ECDSA scheme under an RSA key",
        tls13(credential=RSA, scheme=P256, sign=pss(RSA)),
        OddityKind.scheme_not_of_key,
        "signs with ecdsa_secp256r1_sha256, but the key of its certificate is an RSA key",
        "refuted",
    ),
    Odd(
        "keyUsage without digitalSignature in TLS 1.3",
        tls13(credential=AGREEMENT),
        OddityKind.key_usage_not_allowed,
        "does not allow digitalSignature, which TLS_AES_128_GCM_SHA256 needs in TLSv1.3 (RFC 9846",
    ),
    Odd(
        "keyUsage without digitalSignature in TLS 1.2",
        tls12(credential=AGREEMENT),
        OddityKind.key_usage_not_allowed,
        "does not allow digitalSignature",
    ),
    Odd(
        "keyUsage without digitalSignature in TLS 1.0",
        tls12(
            credential=AGREEMENT,
            version=0x0301,
            suite=CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
            scheme=None,
            sign=ecdsa(AGREEMENT, hashes.SHA1()),
            request=message(13, b"\x01\x40\x00\x00"),
        ),
        OddityKind.key_usage_not_allowed,
        "in TLSv1 (RFC 5246 7.4.2)",
    ),
    Odd(
        "keyUsage without keyEncipherment for static RSA",
        tls12(credential=SIGNING_RSA, suite=STATIC_SUITE, sign=pss(SIGNING_RSA)),
        OddityKind.key_usage_not_allowed,
        "does not allow keyEncipherment, which TLS_RSA_WITH_AES_128_GCM_SHA256 needs",
        "unproven",
    ),
    Odd(
        "an ECDSA certificate under an RSA suite",
        tls12(suite=RSA_SUITE),
        OddityKind.suite_not_of_key,
        "chooses TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, but the key of its certificate is an ECDSA",
    ),
    Odd(
        "an RSA certificate under an ECDSA suite",
        tls12(credential=RSA, scheme=PSS, sign=pss(RSA)),
        OddityKind.suite_not_of_key,
        "chooses TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, but the key of its certificate is an RSA",
    ),
)

OF_CHOICES = (
    Odd(
        "our session id, and a certificate",
        tls12(echo=True),
        OddityKind.session_id_echoed,
        "returns our session id",
    ),
    *(
        Odd(
            f"{suite.name} in {label}",
            tls12(
                suite=suite,
                version=version,
                scheme=None,
                sign=ecdsa(CREDENTIAL, hashes.SHA1()),
                request=message(13, b"\x01\x40\x00\x00"),
            ),
            OddityKind.suite_of_later_version,
            f"chooses {suite.name}, a suite of TLSv1.2, in {label} (RFC 5246 6.2.3.3)",
        )
        for version, label in ((0x0301, "TLSv1"), (0x0302, "TLSv1.1"))
        for suite in (
            ECDSA_SUITE,
            CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
            CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        )
    ),
    Odd(
        "ML-DSA in TLS 1.2",
        tls12(scheme=SignatureScheme.mldsa65),
        OddityKind.scheme_of_later_version,
        "signs with mldsa65, a scheme of TLSv1.3, in TLSv1.2",
        "unproven",
    ),
    Odd(
        "a brainpool scheme of TLS 1.3 in TLS 1.2",
        tls12(scheme=SignatureScheme.ecdsa_brainpoolP256r1tls13_sha256),
        OddityKind.scheme_of_later_version,
        "a scheme of TLSv1.3",
    ),
)

OF_REQUESTS = (
    Odd(
        "no signature algorithm in TLS 1.3",
        tls13(request=message(13, NO_ALGORITHM)),
        OddityKind.certificate_request_odd,
        "no signature algorithm (RFC 9846 4.3.3)",
    ),
    Odd(
        "no signature_algorithms in TLS 1.3",
        tls13(request=message(13, b"\x00\x00\x00")),
        OddityKind.certificate_request_odd,
        "no signature algorithm (RFC 9846 4.3.3)",
    ),
    Odd(
        "a list of CAs without one in TLS 1.3",
        tls13(request=message(13, b"\x00" + vector16(SCHEMES + extension(47, b"\x00\x00")))),
        OddityKind.certificate_request_odd,
        "a certificate_authorities without a name (RFC 9846 4.3.4)",
    ),
    Odd(
        "no signature algorithm in TLS 1.2",
        tls12(request=message(13, b"\x01\x40\x00\x00\x00\x00")),
        OddityKind.certificate_request_odd,
        "no signature algorithm (RFC 5246 7.4.4)",
    ),
    Odd(
        "no certificate type in TLS 1.2",
        tls12(request=message(13, b"\x00\x00\x02\x04\x03\x00\x00")),
        OddityKind.certificate_request_odd,
        "no certificate type (RFC 5246 7.4.4)",
    ),
)

OF_POINTS = tuple(
    Odd(
        f"{what} on {group.name}",
        tls12(parameters=on_curve(group, point)),
        OddityKind.key_exchange_invalid,
        f"the server's ephemeral key of {len(point)} bytes is not a valid public value of "
        f"{group.name} (RFC 8422 5.4, 5.11)",
    )
    for what, group, point in (
        ("a truncated point", NamedGroup.secp256r1, POINT[:-1]),
        ("a padded point", NamedGroup.secp256r1, POINT + b"\x00"),
        ("a compressed point", NamedGroup.secp256r1, COMPRESSED),
        ("a point off its curve", NamedGroup.secp256r1, POINT[:-1] + bytes([POINT[-1] ^ 1])),
        ("an empty point", NamedGroup.secp256r1, b""),
        ("a truncated key", NamedGroup.x25519, bytes(range(31))),
        ("a padded key", NamedGroup.x25519, bytes(range(33))),
        ("a key of low order", NamedGroup.x25519, b"\x01" + bytes(31)),
        ("an all-zero key", NamedGroup.x448, bytes(56)),
        ("a point off its curve", NamedGroup.secp224r1, b"\x04" + b"\x01" * 56),
    )
)

ODD = (*OF_KEYS, *OF_CHOICES, *OF_REQUESTS, *OF_POINTS, *OF_EXTENSIONS, *NOT_ASKED_FOR)
