"""Keys, made once and found again by their label, and signatures by them.

A key writes its own SubjectPublicKeyInfo and PKCS #8, so it may be of a kind (id-RSASSA-PSS, a
curve with explicit parameters) that the library can read but not write.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import warnings
from dataclasses import dataclass
from typing import TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.utils import CryptographyDeprecationWarning

from corpus.der import NULL, bit_string, explicit, integer, octet_string, oid, sequence

PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | dsa.DSAPrivateKey
)


@dataclass(frozen=True)
class Key:
    """A private key, its SubjectPublicKeyInfo, and its PKCS #8."""

    private: PrivateKey
    spki: bytes
    pkcs8: bytes

    @property
    def identifier(self) -> bytes:
        """The key identifier: a digest of the public key (RFC 5280 4.2.1.2)."""
        return hashlib.sha1(self.spki).digest()

    @property
    def pem(self) -> bytes:
        """The private key in a file, unencrypted."""
        return pem("PRIVATE KEY", self.pkcs8)


def pem(label: str, der: bytes) -> bytes:
    """Wrap DER as PEM."""
    lines = base64.encodebytes(der)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), lines, label.encode())


@functools.cache
def key(label: str, kind: str = "P-256") -> Key:
    """Find the key of this label and kind, or make it.

    Kinds: P-192 to P-521, secp256k1, P-256 explicit, Ed25519, Ed448, DSA, RSA-2048, and
    RSASSA-PSS-2048 for a key that may sign with PSS only.
    """
    del label  # it only tells keys of one kind apart
    if kind in CURVES:
        return _plain(ec.generate_private_key(CURVES[kind]()))
    match kind.split("-"):
        case ["P", "256 explicit"]:
            return _explicit(_plain(ec.generate_private_key(ec.SECP256R1())))
        case ["Ed25519"]:
            return _plain(ed25519.Ed25519PrivateKey.generate())
        case ["Ed448"]:
            return _plain(ed448.Ed448PrivateKey.generate())
        case ["DSA"]:
            return _plain(_dsa())
        case ["RSA", bits]:
            return _plain(rsa.generate_private_key(65537, int(bits)))
        case ["RSASSA", "PSS", bits]:
            return _pss_only(rsa.generate_private_key(65537, int(bits)))
        case _:
            raise ValueError(kind)


def signature(signer: Key, tbs: bytes, digest: str, *, pss: bool) -> tuple[bytes, bytes]:
    """Sign; return the AlgorithmIdentifier and the signature."""
    algorithm = algorithm_identifier(signer, digest, pss=pss)
    hashing = _HASHES[digest]()
    private = signer.private
    match private:
        case rsa.RSAPrivateKey() if pss:
            salted = padding.PSS(padding.MGF1(hashing), hashing.digest_size)
            return algorithm, private.sign(tbs, salted, hashing)
        case rsa.RSAPrivateKey():
            return algorithm, private.sign(tbs, padding.PKCS1v15(), hashing)
        case ec.EllipticCurvePrivateKey():
            return algorithm, private.sign(tbs, ec.ECDSA(hashing))
        case dsa.DSAPrivateKey():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CryptographyDeprecationWarning)
                return algorithm, private.sign(tbs, hashing)
        case _:
            return algorithm, private.sign(tbs)


def algorithm_identifier(signer: Key, digest: str, *, pss: bool) -> bytes:
    """Write the AlgorithmIdentifier of a signature by this key."""
    match signer.private:
        case rsa.RSAPrivateKey() if pss:
            hashing = sequence(oid(_DIGEST_OIDS[digest]), NULL)
            return sequence(
                oid(ID_RSASSA_PSS),
                sequence(
                    explicit(0, hashing),
                    explicit(1, sequence(oid("1.2.840.113549.1.1.8"), hashing)),
                    explicit(2, integer(_HASHES[digest]().digest_size)),
                ),
            )
        case rsa.RSAPrivateKey():
            return sequence(oid(_WITH_RSA[digest]), NULL)
        case ec.EllipticCurvePrivateKey():
            return sequence(oid(_ECDSA_WITH[digest]))
        case dsa.DSAPrivateKey():
            return sequence(oid("2.16.840.1.101.3.4.3.2"))
        case ed25519.Ed25519PrivateKey():
            return sequence(oid("1.3.101.112"))
        case _:
            return sequence(oid("1.3.101.113"))


def _plain(private: PrivateKey) -> Key:
    return Key(
        private,
        private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    )


def _pss_only(private: rsa.RSAPrivateKey) -> Key:
    algorithm = sequence(oid(ID_RSASSA_PSS))
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    secret = private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return Key(
        private,
        sequence(algorithm, bit_string(public)),
        sequence(integer(0), algorithm, octet_string(secret)),
    )


def _explicit(named: Key) -> Key:
    # RFC 3279 2.3.5: the curve is spelled out, which RFC 5480 2.1.1 forbids.
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    gx = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
    gy = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    parameters = sequence(
        integer(1),
        sequence(oid("1.2.840.10045.1.1"), integer(p)),
        sequence(octet_string((p - 3).to_bytes(32, "big")), octet_string(b.to_bytes(32, "big"))),
        octet_string(b"\x04" + gx.to_bytes(32, "big") + gy.to_bytes(32, "big")),
        integer(order),
        integer(1),
    )
    point = named.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    spki = sequence(sequence(oid("1.2.840.10045.2.1"), parameters), bit_string(point))
    return Key(named.private, spki, named.pkcs8)


def _dsa() -> dsa.DSAPrivateKey:
    # The parameters are public, and take seconds to find.
    return dsa.DSAParameterNumbers(DSA_P, DSA_Q, DSA_G).parameters().generate_private_key()


ID_RSASSA_PSS = "1.2.840.113549.1.1.10"
CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P-192": ec.SECP192R1,
    "P-224": ec.SECP224R1,
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_DIGEST_OIDS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_WITH_RSA = {
    "md5": "1.2.840.113549.1.1.4",
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_ECDSA_WITH = {
    "sha1": "1.2.840.10045.4.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}
DSA_P = int(
    "b902352c9ea215b6f4bff24455d3caafc7a317addb6693ba5f47fd46597e6b907bed20b5cfc977dbf80e1b1e"
    "97c237c604ee13f276307bb9ffe3c5be05009d9c19349baf24cc7fdaf9af51ef0e21511d88929e1cb87a4c2e"
    "f6c904e6a409d4df399c53a2e8c23fdb775585414de327ddc2e47e5a04cfbe028b3de7a29101c87bd9b62aa6"
    "9d6f20886ab8f165039d03caaaa38cf2e3fc07103e4400aa994afb80f3e49e671c74044c2c6a6c6e07c2a1fd"
    "71a52f8880cf498aedd97d5fbcd69028fc55e89a5f675921b26fa5c2e596f6c7c5f1a9b3eeb281430d915ea9"
    "0a0f5e534014360c71ebef0d40e3c534693ead50f0359aa23cf1cda41a582d90233f6303"
    "",
    16,
)
DSA_Q = 0x8DB4AB84499E05CBD733A440721CF219188F4E4C16AFD61B59DC19E2EDE9E177
DSA_G = int(
    "6555e3fad53b230b1308b307a6fcc8d229d23d66ade2f1b5dc66a02824f1af4924b8be73357517adc23f78ac"
    "a15615f6013977d47ccc83d8c9b5367f6f79b0c38cecc01bee8766da9a8545270503a12f441ed819e104ceb4"
    "3fa87be77dc81b08842bcc2b19e5f17bc09235b565a028b29026110c756569c52c7eb604c1c7434a7073909b"
    "88f0f9ef4db00dc0473c91849db4975177d847c9916f761ccaacc9ae6640b7ff2aae4051009659ade3f14355"
    "8c09c495bf64802a71484eb637434358d1bc19fecd335b643092c08829340e08b04e885277f3fa86df6e9812"
    "add3e1a99fff6c55d5c143430d9e62e45fdbbba105c6f641c8962b9b4b1608aa24efcbba"
    "",
    16,
)
