"""The numbers of TLS, as IANA registers them, in registry order and in hex.

Cipher suites have their own file: `cipher_suites.py`.
"""

from __future__ import annotations

import functools
from enum import IntEnum


class ContentType(IntEnum):
    """TLS ContentType (RFC 9846 B.1)."""

    change_cipher_spec = 0x14
    alert = 0x15
    handshake = 0x16
    application_data = 0x17


class HandshakeType(IntEnum):
    """TLS HandshakeType (RFC 9846 B.3, RFC 5246 7.4)."""

    hello_request = 0x00
    client_hello = 0x01
    server_hello = 0x02
    new_session_ticket = 0x04
    encrypted_extensions = 0x08
    certificate = 0x0B
    server_key_exchange = 0x0C
    certificate_request = 0x0D
    server_hello_done = 0x0E
    certificate_verify = 0x0F
    client_key_exchange = 0x10
    finished = 0x14
    certificate_status = 0x16
    key_update = 0x18
    message_hash = 0xFE


class ProtocolVersion(IntEnum):
    """The versions a certificate can be read from; older ones are not offered."""

    TLSv1 = 0x0301
    TLSv1_1 = 0x0302
    TLSv1_2 = 0x0303
    TLSv1_3 = 0x0304

    @property
    def label(self) -> str:
        """The name that OpenSSL prints and the result document uses: "TLSv1.3"."""
        return _VERSION_LABELS[self]


VERSIONS = {int(version): version for version in ProtocolVersion}
_VERSION_LABELS = {version: version.name.replace("_", ".") for version in ProtocolVersion}


class ExtensionType(IntEnum):
    """TLS ExtensionType: those that we send, or read in an answer (RFC 9846 4.3)."""

    server_name = 0x0000
    status_request = 0x0005
    supported_groups = 0x000A
    ec_point_formats = 0x000B
    signature_algorithms = 0x000D
    application_layer_protocol_negotiation = 0x0010
    signed_certificate_timestamp = 0x0012
    padding = 0x0015
    extended_master_secret = 0x0017
    pre_shared_key = 0x0029
    supported_versions = 0x002B
    cookie = 0x002C
    certificate_authorities = 0x002F
    signature_algorithms_cert = 0x0032
    key_share = 0x0033
    renegotiation_info = 0xFF01


class NamedGroup(IntEnum):
    """TLS Supported Groups: elliptic curves, finite fields, hybrids (RFC 9846 4.3.7)."""

    sect233k1 = 0x0006
    sect233r1 = 0x0007
    sect283k1 = 0x0009
    sect283r1 = 0x000A
    sect409k1 = 0x000B
    sect409r1 = 0x000C
    sect571k1 = 0x000D
    sect571r1 = 0x000E
    secp192r1 = 0x0013
    secp224r1 = 0x0015
    secp256k1 = 0x0016
    secp256r1 = 0x0017
    secp384r1 = 0x0018
    secp521r1 = 0x0019
    brainpoolP256r1 = 0x001A
    brainpoolP384r1 = 0x001B
    brainpoolP512r1 = 0x001C
    x25519 = 0x001D
    x448 = 0x001E
    brainpoolP256r1tls13 = 0x001F
    brainpoolP384r1tls13 = 0x0020
    brainpoolP512r1tls13 = 0x0021
    ffdhe2048 = 0x0100
    ffdhe3072 = 0x0101
    ffdhe4096 = 0x0102
    ffdhe6144 = 0x0103
    ffdhe8192 = 0x0104
    SecP256r1MLKEM768 = 0x11EB
    X25519MLKEM768 = 0x11EC
    SecP384r1MLKEM1024 = 0x11ED


class SignatureScheme(IntEnum):
    """TLS SignatureScheme (RFC 9846 4.3.3); up to TLS 1.2 a pair of hash and signature."""

    rsa_pkcs1_sha1 = 0x0201
    dsa_sha1 = 0x0202
    ecdsa_sha1 = 0x0203
    rsa_pkcs1_sha224 = 0x0301
    dsa_sha224 = 0x0302
    ecdsa_sha224 = 0x0303
    rsa_pkcs1_sha256 = 0x0401
    dsa_sha256 = 0x0402
    ecdsa_secp256r1_sha256 = 0x0403
    rsa_pkcs1_sha384 = 0x0501
    dsa_sha384 = 0x0502
    ecdsa_secp384r1_sha384 = 0x0503
    rsa_pkcs1_sha512 = 0x0601
    dsa_sha512 = 0x0602
    ecdsa_secp521r1_sha512 = 0x0603
    rsa_pss_rsae_sha256 = 0x0804
    rsa_pss_rsae_sha384 = 0x0805
    rsa_pss_rsae_sha512 = 0x0806
    ed25519 = 0x0807
    ed448 = 0x0808
    rsa_pss_pss_sha256 = 0x0809
    rsa_pss_pss_sha384 = 0x080A
    rsa_pss_pss_sha512 = 0x080B
    ecdsa_brainpoolP256r1tls13_sha256 = 0x081A
    ecdsa_brainpoolP384r1tls13_sha384 = 0x081B
    ecdsa_brainpoolP512r1tls13_sha512 = 0x081C
    mldsa44 = 0x0904
    mldsa65 = 0x0905
    mldsa87 = 0x0906


# What TLS 1.3 alone has: RFC 8734 gave the brainpool curves numbers of their own there, and the
# drafts of the ML-KEM hybrids and of ML-DSA ("MUST NOT be used in TLS 1.2") are for it only.
TLS13_GROUPS = frozenset(
    group for group in NamedGroup if group.name.endswith("tls13") or "MLKEM" in group.name
)
TLS13_SCHEMES = frozenset(
    scheme for scheme in SignatureScheme if "tls13" in scheme.name or scheme.name[:5] == "mldsa"
)


class AlertLevel(IntEnum):
    """TLS AlertLevel (RFC 5246 7.2)."""

    warning = 0x01
    fatal = 0x02


class AlertDescription(IntEnum):
    """TLS AlertDescription (RFC 9846 6, RFC 5246 7.2); numbers in decimal, as logs print them."""

    close_notify = 0
    unexpected_message = 10
    bad_record_mac = 20
    decryption_failed = 21
    record_overflow = 22
    decompression_failure = 30
    handshake_failure = 40
    no_certificate = 41
    bad_certificate = 42
    unsupported_certificate = 43
    certificate_revoked = 44
    certificate_expired = 45
    certificate_unknown = 46
    illegal_parameter = 47
    unknown_ca = 48
    access_denied = 49
    decode_error = 50
    decrypt_error = 51
    export_restriction = 60
    protocol_version = 70
    insufficient_security = 71
    internal_error = 80
    inappropriate_fallback = 86
    user_canceled = 90
    no_renegotiation = 100
    missing_extension = 109
    unsupported_extension = 110
    certificate_unobtainable = 111
    unrecognized_name = 112
    bad_certificate_status_response = 113
    bad_certificate_hash_value = 114
    unknown_psk_identity = 115
    certificate_required = 116
    general_error = 117
    no_application_protocol = 120
    ech_required = 121


def version_label(version: int) -> str:
    """Name a protocol version, known or not: "TLSv1.2", "SSLv3", "0x0305"."""
    if version == 0x0300:
        return "SSLv3"
    try:
        return ProtocolVersion(version).label
    except ValueError:
        return f"0x{version:04x}"


@functools.lru_cache(maxsize=1024)
def code_name(registry: type[IntEnum], code: int) -> str:
    """Name a code point by its registry; an unregistered one prints as hex: "0x1a2b"."""
    try:
        return registry(code).name
    except ValueError:
        return f"0x{code:04x}"


def alert_name(description: int) -> str:
    """Name an alert; an unregistered one prints as "alert_200"."""
    try:
        return AlertDescription(description).name
    except ValueError:
        return f"alert_{description}"
