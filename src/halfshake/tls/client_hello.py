"""What we send: one ClientHello that every server from TLS 1.0 to 1.3 understands (RFC 9846 4.2.2).

An `Offer` is what is asked for and never changes during a reading; `ClientHello` is one message
made from it. After a HelloRetryRequest a second one is made with the same random, session id and
extensions, except for the key share and the cookie (RFC 9846 4.2.2).

Deliberately not offered: certificate compression (so we need not decompress), tickets and
pre-shared keys (a resumed session shows no certificate), early data.
"""

from __future__ import annotations

import functools
from enum import StrEnum
from typing import NamedTuple

from halfshake.tls.cipher_suites import (
    TLS12_CIPHER_SUITES,
    TLS13_CIPHER_SUITES,
    Authentication,
    CipherSuite,
    authentication,
)
from halfshake.tls.codec import uint16_list, vector8, vector16, vector24
from halfshake.tls.codepoints import (
    ContentType,
    ExtensionType,
    HandshakeType,
    NamedGroup,
    ProtocolVersion,
    SignatureScheme,
)
from halfshake.tls.keys.key_exchange import KEY_SHARE_GROUPS, POST_QUANTUM_GROUPS


class KeyType(StrEnum):
    """The kind of certificate key to ask for, if a server has several certificates."""

    rsa = "rsa"
    ecdsa = "ecdsa"
    eddsa = "eddsa"


# Best first, as in supported_versions (RFC 9846 4.3.1).
ALL_VERSIONS: tuple[ProtocolVersion, ...] = tuple(reversed(ProtocolVersion))


class Offer(NamedTuple):
    """What a ClientHello offers.

    `groups` are named in supported_groups, `key_share_groups` get a key share at once; `alpn` holds
    protocol names, empty for no ALPN extension. `certificate_schemes`, if given, says separately
    which signatures the certificates may have (signature_algorithms_cert).
    """

    versions: tuple[ProtocolVersion, ...]
    cipher_suites: tuple[CipherSuite, ...]
    groups: tuple[NamedGroup, ...]
    key_share_groups: tuple[NamedGroup, ...]
    signature_schemes: tuple[SignatureScheme, ...]
    certificate_schemes: tuple[SignatureScheme, ...] = ()
    alpn: tuple[str, ...] = ()


class ClientHello(NamedTuple):
    """One ClientHello as sent: `encoded` is the handshake message, header included.

    `extension_types` are the types that a server may answer.
    """

    offer: Offer
    random: bytes
    session_id: bytes
    server_name: str | None
    key_share_groups: tuple[NamedGroup, ...]
    extension_types: frozenset[int]
    encoded: bytes

    def record(self, version: ProtocolVersion = ProtocolVersion.TLSv1) -> bytes:
        """The message in a record; only an initial one may say TLSv1 there (RFC 9846 5.1)."""
        header = ContentType.handshake.to_bytes(1, "big") + version.to_bytes(2, "big")
        return header + vector16(self.encoded)


def standard_offer(
    *,
    key_type: KeyType | None = None,
    alpn: tuple[str, ...] = (),
    versions: tuple[ProtocolVersion, ...] = ALL_VERSIONS,
    post_quantum: bool = False,
) -> Offer:
    """Offer what a modern client offers, and also older versions down to TLS 1.0.

    With `key_type` only signatures (and TLS <= 1.2 suites) of that kind of certificate key are
    accepted; the signatures in the certificates themselves stay unrestricted. `versions` are
    offered best first, to see what a server does in an older one. With `post_quantum` the ML-KEM
    hybrids are offered too. By default they are not, because OpenSSL 3.5 and Go answer such an
    offer with a HelloRetryRequest for one of them: a third round trip, for keys that protect
    nothing.
    """
    schemes = SIGNATURE_SCHEMES[key_type] if key_type else ALL_SIGNATURE_SCHEMES
    suites = TLS12_CIPHER_SUITES
    if key_type:
        wanted = Authentication.rsa if key_type is KeyType.rsa else Authentication.ecdsa
        suites = tuple(suite for suite in suites if authentication(suite) is wanted)
    # No answer may choose a suite of a version that is not offered.
    offered_suites = TLS13_CIPHER_SUITES if max(versions) is ProtocolVersion.TLSv1_3 else ()
    if min(versions) < ProtocolVersion.TLSv1_3:
        offered_suites = (*offered_suites, *suites)
    groups = (*KEY_SHARE_GROUPS, *CERTIFICATE_ONLY_GROUPS)
    if not post_quantum:
        groups = tuple(group for group in groups if group not in POST_QUANTUM_GROUPS)
    return Offer(
        versions=versions,
        cipher_suites=offered_suites,
        groups=groups,
        key_share_groups=(NamedGroup.x25519, NamedGroup.secp256r1),
        signature_schemes=schemes,
        certificate_schemes=ALL_SIGNATURE_SCHEMES if key_type else (),
        alpn=alpn,
    )


def encode_client_hello(
    offer: Offer,
    *,
    random: bytes,
    session_id: bytes,
    server_name: str | None,
    key_shares: dict[NamedGroup, bytes],
    cookie: bytes | None = None,
) -> ClientHello:
    """Make a ClientHello.

    `random` is 32 bytes, `session_id` up to 32, `server_name` an A-label without a trailing dot
    (None sends no SNI), `key_shares` the public value of each group, `cookie` what a
    HelloRetryRequest asked us to return.
    """
    parts = _constant_parts(offer)
    extensions = b"".join(
        (
            _server_name_extension(server_name),
            _extension(ExtensionType.cookie, vector16(cookie)) if cookie is not None else b"",
            parts.extensions,
            _key_share_extension(key_shares) if parts.has_key_share else b"",
        )
    )
    start = b"".join((parts.version, random, vector8(session_id), parts.suites))
    length = len(start) + 2 + len(extensions) + 4
    if _PADDED_FROM <= length < _PADDED_TO:
        extensions += _extension(ExtensionType.padding, bytes(max(1, _PADDED_TO - length - 4)))
    body = start + vector16(extensions)
    return ClientHello(
        offer=offer,
        random=random,
        session_id=session_id,
        server_name=server_name,
        key_share_groups=tuple(key_shares),
        extension_types=parts.extension_types,
        encoded=HandshakeType.client_hello.to_bytes(1, "big") + vector24(body),
    )


class _ConstantParts(NamedTuple):
    """The part that is the same in every ClientHello of an offer."""

    version: bytes
    suites: bytes
    extensions: bytes
    extension_types: frozenset[int]
    has_key_share: bool


@functools.lru_cache(maxsize=32)
def _constant_parts(offer: Offer) -> _ConstantParts:
    tls13 = ProtocolVersion.TLSv1_3 in offer.versions
    legacy_version = min(max(offer.versions), ProtocolVersion.TLSv1_2)
    extensions = [
        _extension(ExtensionType.extended_master_secret, b""),
        _extension(ExtensionType.renegotiation_info, vector8(b"")),
        _extension(ExtensionType.supported_groups, uint16_list(offer.groups)),
        _extension(ExtensionType.ec_point_formats, vector8(b"\x00")),
        # OCSP, asking for no particular responder and no extension (RFC 6066 8).
        _extension(ExtensionType.status_request, b"\x01" + vector16(b"") + vector16(b"")),
        _extension(ExtensionType.signature_algorithms, uint16_list(offer.signature_schemes)),
        _extension(ExtensionType.signed_certificate_timestamp, b""),
    ]
    if offer.certificate_schemes:
        schemes = uint16_list(offer.certificate_schemes)
        extensions.append(_extension(ExtensionType.signature_algorithms_cert, schemes))
    if offer.alpn:
        names = vector16(b"".join(vector8(name.encode("ascii")) for name in offer.alpn))
        extensions.append(_extension(ExtensionType.application_layer_protocol_negotiation, names))
    if tls13:
        versions = b"".join(version.to_bytes(2, "big") for version in offer.versions)
        extensions.append(_extension(ExtensionType.supported_versions, vector8(versions)))
    return _ConstantParts(
        version=legacy_version.to_bytes(2, "big"),
        suites=uint16_list(offer.cipher_suites) + vector8(b"\x00"),
        extensions=b"".join(extensions),
        extension_types=frozenset(
            {
                ExtensionType.server_name,
                ExtensionType.key_share,
                *(int.from_bytes(extension[:2], "big") for extension in extensions),
            }
        ),
        has_key_share=tls13,
    )


def _extension(extension_type: ExtensionType, data: bytes) -> bytes:
    return extension_type.to_bytes(2, "big") + vector16(data)


def _server_name_extension(server_name: str | None) -> bytes:
    if server_name is None:
        return b""
    host_name = b"\x00" + vector16(server_name.encode("ascii"))
    return _extension(ExtensionType.server_name, vector16(host_name))


def _key_share_extension(key_shares: dict[NamedGroup, bytes]) -> bytes:
    entries = b"".join(
        group.to_bytes(2, "big") + vector16(key_exchange)
        for group, key_exchange in key_shares.items()
    )
    return _extension(ExtensionType.key_share, vector16(entries))


# Best first. The SHA-1, SHA-224 and DSA schemes are for the TLS 1.2 servers that have nothing
# better; ML-DSA comes last, so that a server that also has a classical certificate shows that one.
SIGNATURE_SCHEMES: dict[KeyType, tuple[SignatureScheme, ...]] = {
    KeyType.ecdsa: (
        SignatureScheme.ecdsa_secp256r1_sha256,
        SignatureScheme.ecdsa_secp384r1_sha384,
        SignatureScheme.ecdsa_secp521r1_sha512,
        SignatureScheme.ecdsa_brainpoolP256r1tls13_sha256,
        SignatureScheme.ecdsa_brainpoolP384r1tls13_sha384,
        SignatureScheme.ecdsa_brainpoolP512r1tls13_sha512,
        SignatureScheme.ecdsa_sha224,
        SignatureScheme.ecdsa_sha1,
    ),
    KeyType.eddsa: (SignatureScheme.ed25519, SignatureScheme.ed448),
    KeyType.rsa: (
        SignatureScheme.rsa_pss_rsae_sha256,
        SignatureScheme.rsa_pss_rsae_sha384,
        SignatureScheme.rsa_pss_rsae_sha512,
        SignatureScheme.rsa_pss_pss_sha256,
        SignatureScheme.rsa_pss_pss_sha384,
        SignatureScheme.rsa_pss_pss_sha512,
        SignatureScheme.rsa_pkcs1_sha256,
        SignatureScheme.rsa_pkcs1_sha384,
        SignatureScheme.rsa_pkcs1_sha512,
        SignatureScheme.rsa_pkcs1_sha224,
        SignatureScheme.rsa_pkcs1_sha1,
    ),
}

ALL_SIGNATURE_SCHEMES: tuple[SignatureScheme, ...] = (
    *SIGNATURE_SCHEMES[KeyType.ecdsa],
    *SIGNATURE_SCHEMES[KeyType.eddsa],
    *SIGNATURE_SCHEMES[KeyType.rsa],
    SignatureScheme.dsa_sha256,
    SignatureScheme.dsa_sha384,
    SignatureScheme.dsa_sha512,
    SignatureScheme.dsa_sha224,
    SignatureScheme.dsa_sha1,
    SignatureScheme.mldsa44,
    SignatureScheme.mldsa65,
    SignatureScheme.mldsa87,
)

# Curves for TLS <= 1.2 only, where we read the server's point but compute nothing with it.
CERTIFICATE_ONLY_GROUPS: tuple[NamedGroup, ...] = (
    NamedGroup.brainpoolP256r1,
    NamedGroup.brainpoolP384r1,
    NamedGroup.brainpoolP512r1,
    NamedGroup.secp256k1,
    NamedGroup.secp224r1,
    NamedGroup.secp192r1,
    NamedGroup.sect571r1,
    NamedGroup.sect571k1,
    NamedGroup.sect409r1,
    NamedGroup.sect409k1,
    NamedGroup.sect283r1,
    NamedGroup.sect283k1,
    NamedGroup.sect233r1,
    NamedGroup.sect233k1,
)

# Some load balancers of the 2010s hang on a ClientHello of 256 to 511 bytes (RFC 7685 1).
_PADDED_FROM = 256
_PADDED_TO = 512
