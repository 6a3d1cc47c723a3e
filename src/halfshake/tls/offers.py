"""What we offer: wide, and best first, so that every server from TLS 1.0 to 1.3 finds its own.

An offer has nothing in it that the RFC of its highest version forbids there, but for one thing
that is meant (`_MUSEUM_SCHEMES`). What belongs to one version only is offered with that version
only: a strict server turns anything else away.
"""

from __future__ import annotations

from halfshake.tls.cipher_suites import (
    TLS12_CIPHER_SUITES,
    TLS13_CIPHER_SUITES,
    Authentication,
    CipherSuite,
    authentication,
    needs_tls12,
)
from halfshake.tls.client_hello import ALL_VERSIONS, KeyType, Offer
from halfshake.tls.codepoints import NamedGroup, ProtocolVersion, SignatureScheme
from halfshake.tls.keys.key_exchange import KEY_SHARE_GROUPS, POST_QUANTUM_GROUPS


def standard_offer(
    *,
    key_type: KeyType | None = None,
    alpn: tuple[str, ...] = (),
    versions: tuple[ProtocolVersion, ...] = ALL_VERSIONS,
    post_quantum: bool = False,
) -> Offer:
    """Offer what a modern client does, and down to TLS 1.0 what there is to read.

    With `key_type` only signatures (and TLS <= 1.2 suites) of that kind of certificate key are
    accepted; what signs the certificates themselves stays open. `versions` are offered best first,
    to see what a server does in an older one. With `post_quantum` the ML-KEM hybrids are named too.
    They are not by default, because OpenSSL 3.5 and Go answer everyone who names one with a
    HelloRetryRequest for it: a third round trip, for keys that protect nothing.
    """
    best = max(versions)
    groups = (*KEY_SHARE_GROUPS, *CERTIFICATE_ONLY_GROUPS)
    if not post_quantum:
        groups = tuple(group for group in groups if group not in POST_QUANTUM_GROUPS)
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


def _of_versions(versions: tuple[ProtocolVersion, ...]) -> tuple[CipherSuite, ...]:
    # A suite of a version that is not offered is one that no answer may choose.
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

# What TLS 1.3 alone has: RFC 8734 gave the brainpool curves numbers of their own there, and the
# drafts of the ML-KEM hybrids and of ML-DSA ("MUST NOT be used in TLS 1.2") are for it only.
TLS13_GROUPS = frozenset(
    group for group in NamedGroup if group.name.endswith("tls13") or "MLKEM" in group.name
)
TLS13_SCHEMES = frozenset(
    scheme for scheme in SignatureScheme if "tls13" in scheme.name or scheme.name[:5] == "mldsa"
)
