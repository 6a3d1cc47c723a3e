"""What we offer: wide, and best first, so that every server from TLS 1.0 to 1.3 finds its own.

An offer has nothing in it that the RFC of its highest version forbids there, but for one thing
that is meant (`_MUSEUM_SCHEMES`). What belongs to one version only is offered with that version
only: a strict server turns anything else away.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from halfshake.tls.client_hello import ALL_VERSIONS, Offer
from halfshake.tls.key_type import KeyType
from halfshake.tls.keys.key_exchange import CLASSICAL_GROUPS, post_quantum_groups
from halfshake.tls.registries.cipher_suites import (
    TLS12_CIPHER_SUITES,
    TLS13_CIPHER_SUITES,
    Authentication,
    CipherSuite,
    authentication,
    needs_tls12,
)
from halfshake.tls.registries.codepoints import (
    TLS13_GROUPS,
    TLS13_SCHEMES,
    NamedGroup,
    ProtocolVersion,
    SignatureScheme,
)


class HelloKind(StrEnum):
    """Which hello to send: the usual one, or what a refusal of it calls for."""

    usual = "usual"
    post_quantum = "post-quantum"
    plain = "plain"


def offer_of(
    kind: HelloKind,
    *,
    key_type: KeyType | None = None,
    alpn: tuple[str, ...] = (),
    versions: tuple[ProtocolVersion, ...] = ALL_VERSIONS,
) -> Offer:
    """The offer for a kind of hello."""
    usual = standard_offer(
        key_type=key_type,
        alpn=alpn,
        versions=versions,
        post_quantum=kind is HelloKind.post_quantum,
    )
    return plain_offer(usual) if kind is HelloKind.plain else usual


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
    best = max(versions)
    hybrids = post_quantum_groups() if post_quantum else ()
    groups = (*CLASSICAL_GROUPS, *hybrids, *CERTIFICATE_ONLY_GROUPS)
    schemes = SIGNATURE_SCHEMES[key_type] if key_type else ALL_SIGNATURE_SCHEMES
    return Offer(
        versions=versions,
        cipher_suites=_of_key_type(_of_versions(versions), key_type),
        groups=_groups_of(best, groups),
        key_share_groups=_groups_of(best, KEY_SHARES_AT_ONCE, tls13_only=True),
        signature_schemes=_schemes_of(best, schemes),
        certificate_schemes=_schemes_of(best, ALL_SIGNATURE_SCHEMES) if key_type else (),
        alpn=alpn,
        session_id=best is ProtocolVersion.TLSv1_3,
    )


def plain_offer(usual: Offer) -> Offer:
    """Make the plainest modern offer of a usual one: what old and small servers have always met.

    No answer but the certificate is asked for, and everything that can be long is short. What was
    asked for stays: the kind of key, the protocols, and old versions where there are no new ones.
    """
    modern = tuple(version for version in usual.versions if version >= ProtocolVersion.TLSv1_2)
    return usual._replace(
        versions=modern or usual.versions,
        cipher_suites=_few(usual.cipher_suites, PLAIN_SUITES),
        groups=_few(usual.groups, PLAIN_GROUPS),
        signature_schemes=_few(usual.signature_schemes, PLAIN_SCHEMES),
        certificate_schemes=(),
        status_request=False,
        scts=False,
        session_id=False,
    )


_T = TypeVar("_T")


def _few(offered: tuple[_T, ...], few: frozenset[_T]) -> tuple[_T, ...]:
    # All of them, where none is left: ed448 alone, say.
    return tuple(each for each in offered if each in few) or offered


def _of_versions(versions: tuple[ProtocolVersion, ...]) -> tuple[CipherSuite, ...]:
    # No answer may choose a suite of a version that is not offered.
    suites = TLS13_CIPHER_SUITES if max(versions) is ProtocolVersion.TLSv1_3 else ()
    if min(versions) is ProtocolVersion.TLSv1_3:
        return suites
    suites = (*suites, *TLS12_CIPHER_SUITES)
    if max(versions) >= ProtocolVersion.TLSv1_2:
        return suites
    # RFC 5246 A.5 and RFC 5288 4: not without TLS 1.2.
    return tuple(suite for suite in suites if not needs_tls12(suite))


def _of_key_type(
    suites: tuple[CipherSuite, ...], key_type: KeyType | None
) -> tuple[CipherSuite, ...]:
    if key_type is None:
        return suites
    wanted = Authentication.rsa if key_type is KeyType.rsa else Authentication.ecdsa
    return tuple(
        suite for suite in suites if suite in TLS13_CIPHER_SUITES or authentication(suite) is wanted
    )


def _groups_of(
    best: ProtocolVersion, groups: tuple[NamedGroup, ...], *, tls13_only: bool = False
) -> tuple[NamedGroup, ...]:
    if best is ProtocolVersion.TLSv1_3:
        return groups
    if tls13_only:
        return ()
    return tuple(group for group in groups if group not in TLS13_GROUPS)


def _schemes_of(
    best: ProtocolVersion, schemes: tuple[SignatureScheme, ...]
) -> tuple[SignatureScheme, ...]:
    # RFC 5246 7.4.1.4.1: "Clients MUST NOT offer it if they are offering prior versions."
    if best < ProtocolVersion.TLSv1_2:
        return ()
    if best is ProtocolVersion.TLSv1_3:
        return schemes
    return tuple(scheme for scheme in schemes if scheme not in TLS13_SCHEMES)


PLAIN_SUITES = frozenset(
    {
        CipherSuite.TLS_AES_128_GCM_SHA256,
        CipherSuite.TLS_AES_256_GCM_SHA384,
        CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
        CipherSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
    }
)

PLAIN_GROUPS = frozenset({NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1})

PLAIN_SCHEMES = frozenset(
    {
        SignatureScheme.ecdsa_secp256r1_sha256,
        SignatureScheme.ecdsa_secp384r1_sha384,
        SignatureScheme.ed25519,
        SignatureScheme.rsa_pss_rsae_sha256,
        SignatureScheme.rsa_pss_rsae_sha384,
        SignatureScheme.rsa_pkcs1_sha256,
        SignatureScheme.rsa_pkcs1_sha384,
        SignatureScheme.rsa_pkcs1_sha1,
    }
)

KEY_SHARES_AT_ONCE = (NamedGroup.x25519, NamedGroup.secp256r1)

# RFC 9846 4.3.3 forbids SHA-224 and DSA in any hello, and wants SHA-1 behind everything else. A
# monitor names the former all the same: they are for TLS 1.2 servers that have nothing better.
_MUSEUM_SCHEMES: dict[KeyType, tuple[SignatureScheme, ...]] = {
    KeyType.ecdsa: (SignatureScheme.ecdsa_sha224, SignatureScheme.ecdsa_sha1),
    KeyType.eddsa: (),
    KeyType.rsa: (SignatureScheme.rsa_pkcs1_sha224, SignatureScheme.rsa_pkcs1_sha1),
}

_MODERN_SCHEMES: dict[KeyType, tuple[SignatureScheme, ...]] = {
    KeyType.ecdsa: (
        SignatureScheme.ecdsa_secp256r1_sha256,
        SignatureScheme.ecdsa_secp384r1_sha384,
        SignatureScheme.ecdsa_secp521r1_sha512,
        SignatureScheme.ecdsa_brainpoolP256r1tls13_sha256,
        SignatureScheme.ecdsa_brainpoolP384r1tls13_sha384,
        SignatureScheme.ecdsa_brainpoolP512r1tls13_sha512,
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
    ),
}

# Best first.
SIGNATURE_SCHEMES: dict[KeyType, tuple[SignatureScheme, ...]] = {
    key_type: (*_MODERN_SCHEMES[key_type], *_MUSEUM_SCHEMES[key_type]) for key_type in KeyType
}

# ML-DSA comes behind every classical scheme with a modern hash, so that a server with a classical
# certificate as well shows that one.
ALL_SIGNATURE_SCHEMES: tuple[SignatureScheme, ...] = (
    *(scheme for schemes in _MODERN_SCHEMES.values() for scheme in schemes),
    SignatureScheme.mldsa44,
    SignatureScheme.mldsa65,
    SignatureScheme.mldsa87,
    SignatureScheme.dsa_sha256,
    SignatureScheme.dsa_sha384,
    SignatureScheme.dsa_sha512,
    SignatureScheme.ecdsa_sha224,
    SignatureScheme.rsa_pkcs1_sha224,
    SignatureScheme.dsa_sha224,
    SignatureScheme.ecdsa_sha1,
    SignatureScheme.rsa_pkcs1_sha1,
    SignatureScheme.dsa_sha1,
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
