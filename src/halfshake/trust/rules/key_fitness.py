"""Does the certificate's key fit what the handshake does with it?

The scheme of the signature, the kind of key that the cipher suite needs, what keyUsage allows, and
the ephemeral key of a TLS <= 1.2 handshake. What does not fit is an oddity: the certificate can
still be read, but real clients hang up.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from halfshake.certificate import pattern_known_to_parse
from halfshake.tls.keys.key_exchange import is_valid_public_value
from halfshake.tls.oddities import Oddity, OddityKind
from halfshake.tls.registries.cipher_suites import (
    Authentication,
    CipherSuite,
    KeyExchange,
    authentication,
    key_exchange,
)
from halfshake.tls.registries.codepoints import (
    NamedGroup,
    ProtocolVersion,
    SignatureScheme,
    code_name,
)
from halfshake.trust.path import extension, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator


def key_oddities(
    end_entity: bytes, version: ProtocolVersion, suite: CipherSuite, scheme: int | None
) -> tuple[Oddity, ...]:
    """Look at a certificate (DER) and what was negotiated; `scheme` is None where nobody signed."""
    return _oddities(_Certified(end_entity), version, suite, scheme)


def scheme_fits_key(end_entity: bytes, scheme: int, version: ProtocolVersion) -> bool:
    """May a key like the certificate's (DER) sign with this scheme? True where that is unknown."""
    return _fits(_Certified(end_entity), scheme, version)


class _Certified:
    """A certificate that is the same as another of its pattern, which has key kind and usage."""

    def __init__(self, der: bytes) -> None:
        self.der = der
        self._pattern = pattern_known_to_parse(der) or der
        self._hash = hash(self._pattern)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Certified) and self._pattern == other._pattern


@functools.lru_cache(maxsize=4096)
def _oddities(
    certified: _Certified, version: ProtocolVersion, suite: CipherSuite, scheme: int | None
) -> tuple[Oddity, ...]:
    certificate = parsed(certified.der)
    kind = None if certificate is None else _kind(certificate)
    if certificate is None or kind is None:
        return ()
    return (
        *_of_scheme(kind, scheme, version),
        *_of_suite(kind, suite, version),
        *_of_key_usage(certificate, suite, version),
    )


@functools.lru_cache(maxsize=4096)
def _fits(certified: _Certified, scheme: int, version: ProtocolVersion) -> bool:
    certificate = parsed(certified.der)
    kind = None if certificate is None else _kind(certificate)
    return kind is None or not any(_of_scheme(kind, scheme, version))


def key_exchange_oddities(group: int | None, public_value: bytes) -> tuple[Oddity, ...]:
    """Look at the server's ephemeral key of a TLS <= 1.2 ECDHE, as it came."""
    if group is None or is_valid_public_value(group, public_value) is not False:
        return ()
    seen = (
        f"the server's ephemeral key of {len(public_value)} bytes is not a valid public value of "
        f"{code_name(NamedGroup, group)} (RFC 8422 5.4, 5.11)"
    )
    return (Oddity(OddityKind.key_exchange_invalid, seen),)


def _of_scheme(kind: str, scheme: int | None, version: ProtocolVersion) -> Iterator[Oddity]:
    if scheme is None:
        return
    name = code_name(SignatureScheme, scheme)
    wanted = _kind_of_scheme(name, version)
    if wanted is None or kind.startswith(wanted) or wanted.startswith(kind):
        return
    # RFC 9846 4.3.3: "The keys found in certificates MUST also be of appropriate type for the
    # signature algorithms they are used with." RFC 5246 7.4.3: they "MUST be compatible with the
    # key in the server's end-entity certificate".
    newer = name.startswith("rsa_pss") or not _before_tls13(version)
    yield Oddity(
        OddityKind.scheme_not_of_key,
        f"the server signs with {name}, but the key of its certificate is {_name(kind)} "
        f"({'RFC 9846 4.3.3' if newer else 'RFC 5246 7.4.3'})",
    )


def _of_suite(kind: str, suite: CipherSuite, version: ProtocolVersion) -> Iterator[Oddity]:
    # RFC 5246 7.4.2: the key "MUST be compatible with the selected key exchange algorithm"; EdDSA
    # goes with the ECDSA suites (RFC 8422 2). TLS 1.3's suites say nothing of keys.
    if not _before_tls13(version) or kind.startswith(_KINDS_OF_SUITE[authentication(suite)]):
        return
    yield Oddity(
        OddityKind.suite_not_of_key,
        f"the server chooses {suite.name}, but the key of its certificate is {_name(kind)} "
        "(RFC 5246 7.4.2)",
    )


def _of_key_usage(
    certificate: x509.Certificate, suite: CipherSuite, version: ProtocolVersion
) -> Iterator[Oddity]:
    usage = extension(certificate, x509.KeyUsage)
    if usage is None:
        return
    if not _before_tls13(version):
        # RFC 9846 4.5.1.2: "the digitalSignature bit MUST be set if the Key Usage extension is
        # present".
        needed, section = "digitalSignature", "RFC 9846 4.5.1.2"
    elif key_exchange(suite) is KeyExchange.static_rsa:
        # RFC 5246 7.4.2: "the keyEncipherment bit MUST be set".
        needed, section = "keyEncipherment", "RFC 5246 7.4.2"
    else:
        # RFC 5246 7.4.2: "the digitalSignature bit MUST be set".
        needed, section = "digitalSignature", "RFC 5246 7.4.2"
    allowed = usage.key_encipherment if needed == "keyEncipherment" else usage.digital_signature
    if not allowed:
        yield Oddity(
            OddityKind.key_usage_not_allowed,
            f"the keyUsage of the certificate does not allow {needed}, which {suite.name} needs in "
            f"{version.label} ({section})",
        )


def _kind_of_scheme(name: str, version: ProtocolVersion) -> str | None:
    """The kind of key that a scheme is for; of an ECDSA curve only where the scheme fixes it."""
    if name.startswith("rsa_pss_pss_"):
        return "rsa-pss"
    if name.startswith(("rsa_pss_rsae_", "rsa_pkcs1_")):
        return "rsa "
    if name.startswith("ecdsa_"):
        # RFC 9846 4.3.3: up to TLS 1.2 "the old semantics did not constrain the signing curve".
        curve = None if _before_tls13(version) else _CURVES_OF_SCHEMES.get(name)
        return f"ecdsa {curve}" if curve else "ecdsa"
    if name.startswith("dsa_"):
        return "dsa"
    return name if name in {"ed25519", "ed448"} else None


def _kind(certificate: x509.Certificate) -> str | None:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    match key:
        case rsa.RSAPublicKey():
            # cryptography before 43 does not tell which of the two: then it is either.
            algorithm = getattr(certificate, "public_key_algorithm_oid", None)
            return "rsa" if algorithm is None else _RSA_KINDS.get(algorithm.dotted_string, "rsa")
        case ec.EllipticCurvePublicKey():
            return f"ecdsa {key.curve.name}"
        case ed25519.Ed25519PublicKey():
            return "ed25519"
        case ed448.Ed448PublicKey():
            return "ed448"
        case dsa.DSAPublicKey():
            return "dsa"
    return None


def _name(kind: str) -> str:
    return _NAMES.get(kind) or f"an ECDSA key on {kind.removeprefix('ecdsa ')}"


def _before_tls13(version: ProtocolVersion) -> bool:
    return version < ProtocolVersion.TLSv1_3


# rsaEncryption and id-RSASSA-PSS (RFC 3279 2.3.1, RFC 4055 1.2).
_RSA_KINDS = {"1.2.840.113549.1.1.1": "rsa encryption", "1.2.840.113549.1.1.10": "rsa-pss"}

_CURVES_OF_SCHEMES = {
    "ecdsa_secp256r1_sha256": "secp256r1",
    "ecdsa_secp384r1_sha384": "secp384r1",
    "ecdsa_secp521r1_sha512": "secp521r1",
    "ecdsa_brainpoolP256r1tls13_sha256": "brainpoolP256r1",
    "ecdsa_brainpoolP384r1tls13_sha384": "brainpoolP384r1",
    "ecdsa_brainpoolP512r1tls13_sha512": "brainpoolP512r1",
}

_KINDS_OF_SUITE = {
    Authentication.rsa: ("rsa",),
    Authentication.ecdsa: ("ecdsa", "ed"),
    Authentication.dss: ("dsa",),
}

_NAMES = {
    "rsa": "an RSA key",
    "rsa encryption": "an RSA key",
    "rsa-pss": "an RSA key for RSASSA-PSS only",
    "ed25519": "an Ed25519 key",
    "ed448": "an Ed448 key",
    "dsa": "a DSA key",
}
