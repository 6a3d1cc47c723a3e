"""Does the server hold its certificate's private key? (RFC 9846 4.5.2, RFC 5246 7.4.3)."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from halfshake.certificate import public_key_of
from halfshake.muted import muted
from halfshake.observation import KeyPossession, KeyPossessionEvidence
from halfshake.tls.registries.codepoints import SignatureScheme, code_name
from halfshake.trust.rules.key_fitness import scheme_fits_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from halfshake.tls.registries.codepoints import ProtocolVersion
    from halfshake.tls.server_flight import KeyProof


def key_possession(
    end_entity: bytes, proof: KeyProof | None, version: ProtocolVersion
) -> KeyPossessionEvidence:
    """Check the server's signature with the key of its certificate (DER).

    One whose scheme does not fit the key proves nothing, however well it verifies: a client that
    keeps to the RFCs never looks at it.
    """
    if proof is None:
        return _unproven("the key exchange is static RSA, which the server does not sign")
    key = public_key_of(end_entity)
    if key is None:
        return _unproven("the certificate's public key cannot be read")
    scheme = "before TLSv1.2" if proof.scheme is None else code_name(SignatureScheme, proof.scheme)
    try:
        _verify(key, proof)
    except InvalidSignature:
        return KeyPossessionEvidence(
            KeyPossession.refuted,
            f"its signature ({scheme}) does not verify with the certificate's key",
        )
    except (UnsupportedAlgorithm, ValueError):  # the latter if an RSA key is shorter than the hash
        return _unproven(f"signatures of type {scheme} cannot be checked here")
    if proof.scheme is not None and not scheme_fits_key(end_entity, proof.scheme, version):
        return _unproven(f"its signature's scheme {scheme} does not fit the certificate's key")
    return KeyPossessionEvidence(KeyPossession.proven)


def _unproven(reason: str) -> KeyPossessionEvidence:
    return KeyPossessionEvidence(KeyPossession.unproven, reason)


def _verify(key: CertificatePublicKeyTypes, proof: KeyProof) -> None:
    scheme = "" if proof.scheme is None else code_name(SignatureScheme, proof.scheme)
    signature, content = proof.signature, proof.signed_content
    # Each look at a key's class takes thousands of instructions: the usual ones come first.
    match key:
        case ec.EllipticCurvePublicKey() if proof.scheme is None or scheme.startswith("ecdsa_"):
            key.verify(signature, content, ec.ECDSA(_hash(scheme)))
        case rsa.RSAPublicKey() if not scheme.startswith("mldsa"):
            _verify_rsa(key, scheme, signature, content)
        case dsa.DSAPublicKey() if proof.scheme is None or scheme.startswith("dsa_"):
            with muted():
                key.verify(signature, content, _hash(scheme))
        case ed25519.Ed25519PublicKey() if scheme == "ed25519":
            key.verify(signature, content)
        case ed448.Ed448PublicKey() if scheme == "ed448":
            key.verify(signature, content)
        case _ if scheme.startswith("mldsa"):
            # Their classes exist only in newer releases of the library.
            if type(key).__name__ != scheme.upper() + "PublicKey":
                raise UnsupportedAlgorithm(scheme)
            key.verify(signature, content)  # type: ignore[union-attr, call-arg]
        case _:
            raise InvalidSignature


def _verify_rsa(key: rsa.RSAPublicKey, scheme: str, signature: bytes, content: bytes) -> None:
    if not scheme:
        _verify_md5_and_sha1(key, signature, content)
    elif scheme.startswith("rsa_pss_"):
        algorithm = _hash(scheme)
        pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        key.verify(signature, content, pss, algorithm)
    elif scheme.startswith("rsa_pkcs1_"):
        key.verify(signature, content, padding.PKCS1v15(), _hash(scheme))
    else:
        raise InvalidSignature


def _verify_md5_and_sha1(key: rsa.RSAPublicKey, signature: bytes, content: bytes) -> None:
    # RFC 4346 7.4.3: MD5 and SHA-1 at the same time, in PKCS #1 padding without a DigestInfo.
    signed = key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
    md5 = hashlib.md5(content, usedforsecurity=False).digest()
    sha1 = hashlib.sha1(content, usedforsecurity=False).digest()
    if not hmac.compare_digest(signed, md5 + sha1):
        raise InvalidSignature


def _hash(scheme: str) -> hashes.HashAlgorithm:
    return _HASHES.get(scheme.rpartition("_")[2], hashes.SHA1)()


_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
