"""Walks a chain from the server's certificate up: by name, authority key identifier and signature.

This is how people search for the fault in a chain. It finds the certificate to name in a sentence;
OpenSSL decides whether the chain is trusted.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from halfshake.certificate_fields import UNREADABLE, parse_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes


CanonicalName: TypeAlias = tuple[frozenset[tuple[str, str]], ...]
Extension = TypeVar("Extension", bound=x509.ExtensionType)


class Step(NamedTuple):
    """One certificate of the walk: its depth (the end entity has 0), and whether it is trusted.

    `signature_holds` says whether the next step's key made its signature; None for the last step,
    and if it cannot be checked.
    """

    certificate: x509.Certificate
    der: bytes
    depth: int
    anchor: bool
    signature_holds: bool | None


def walk(presented: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> tuple[Step, ...]:
    """Climb from the end entity as far as issuers are known; anchors come before presented issuers.

    Empty if the end entity does not parse, or if so many certificates could have issued each other
    that a walk would take too long. An issuer whose key made the signature is preferred to one that
    only has the name.
    """
    if issuer_candidates(presented, anchors) > MAX_CANDIDATES:
        return ()
    return _walk(presented, anchors)


@functools.lru_cache(maxsize=64)
def _walk(presented: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> tuple[Step, ...]:
    steps: list[Step] = []
    certificate, der, anchor = parsed(presented[0]), presented[0], presented[0] in anchors
    while certificate is not None:
        seen = {step.der for step in steps} | {der}
        issuer = None if anchor else _issuer(certificate, presented, anchors, seen)
        holds = None if issuer is None else issuer.signed
        steps.append(Step(certificate, der, len(steps), anchor, holds))
        if issuer is None or len(steps) > MAX_DEPTH:
            break
        certificate, der, anchor, _ = issuer
    return tuple(steps)


def issuer_candidates(presented: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> int:
    """How many certificates could be the issuers of the presented ones, by their names alone.

    As many signatures a walk may have to check.
    """
    every = dict.fromkeys((*presented, *anchors))
    named = Counter(map(canonical_subject, every))
    candidates = 0
    for der in dict.fromkeys(presented):
        issuer = canonical_issuer(der)
        if issuer is not None:
            candidates += named[issuer] - (canonical_subject(der) == issuer)
    return candidates


def steps_of(path: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> tuple[Step, ...]:
    """A path that is already known, as steps."""
    return tuple(
        Step(certificate, der, depth, der in anchors, None)
        for depth, der in enumerate(path)
        if (certificate := parsed(der)) is not None
    )


class _Candidate(NamedTuple):
    certificate: x509.Certificate
    der: bytes
    anchor: bool
    signed: bool | None


def _issuer(
    certificate: x509.Certificate,
    presented: tuple[bytes, ...],
    anchors: tuple[bytes, ...],
    seen: set[bytes],
) -> _Candidate | None:
    if is_self_issued(certificate) and is_signed_by(certificate, certificate):
        return None
    wanted = _canonical(lambda: certificate.issuer)
    candidates = [
        _Candidate(issuer, der, anchor, is_signed_by(certificate, issuer))
        for ders, anchor in ((anchors, True), (presented, False))
        for der in ders
        if der not in seen and wanted is not None and canonical_subject(der) == wanted
        if (issuer := parsed(der)) is not None
    ]
    return max(
        candidates,
        key=lambda candidate: (
            candidate.signed is not False,
            key_identifiers_agree(certificate, candidate.certificate),
            candidate.anchor,
        ),
        default=None,
    )


def issuers_among(der: bytes, others: Iterable[bytes]) -> set[bytes]:
    """Which of the certificates could have issued this one, judging only by the name."""
    wanted = canonical_issuer(der)
    if wanted is None:
        return set()
    return {other for other in others if other != der and canonical_subject(other) == wanted}


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Are subject and issuer the same name? (RFC 5280 6.1)"""
    subject = _canonical(lambda: certificate.subject)
    return subject is not None and subject == _canonical(lambda: certificate.issuer)


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool | None:
    """Did the issuer's key make the signature? None if that cannot be checked here."""
    try:
        key, hashing = issuer.public_key(), certificate.signature_hash_algorithm
        parameters = certificate.signature_algorithm_parameters
        if parameters is None and hashing and isinstance(key, ec.EllipticCurvePublicKey):
            # The library has none for ecdsa-with-SHA1, though it verifies it.
            parameters = ec.ECDSA(hashing)
        return signature_holds(
            key,
            certificate.signature,
            certificate.tbs_certificate_bytes,
            parameters,
            hashing,
        )
    except UNREADABLE:
        return None


def signature_holds(
    key: CertificatePublicKeyTypes,
    signature: bytes,
    content: bytes,
    parameters: object,
    hash_algorithm: object,
) -> bool:
    """Check an X.509 signature, with the algorithm's parameters in the form of `cryptography`.

    Raises UnsupportedAlgorithm, ValueError or TypeError if key and algorithm do not fit.
    """
    try:
        match key:
            case rsa.RSAPublicKey():
                key.verify(signature, content, parameters, hash_algorithm)  # type: ignore[arg-type]
            case ec.EllipticCurvePublicKey():
                key.verify(signature, content, parameters)  # type: ignore[arg-type]
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, content)
            case dsa.DSAPublicKey():
                key.verify(signature, content, hash_algorithm)  # type: ignore[arg-type]
            case _:
                raise UnsupportedAlgorithm(type(key).__name__)
    except InvalidSignature:
        return False
    return True


def key_identifiers_agree(
    certificate: x509.Certificate | x509.CertificateRevocationList, issuer: x509.Certificate
) -> bool:
    """Do authority and subject key identifier agree, if both are present? (RFC 5280 4.2.1)"""
    authority = extension(certificate, x509.AuthorityKeyIdentifier)
    if authority is None:
        return True
    if authority.authority_cert_serial_number not in {None, issuer.serial_number}:
        return False
    subject = extension(issuer, x509.SubjectKeyIdentifier)
    return (
        subject is None
        or authority.key_identifier is None
        or authority.key_identifier == subject.digest
    )


def extension(
    certificate: x509.Certificate | x509.CertificateRevocationList, kind: type[Extension]
) -> Extension | None:
    """One extension's value; None if it is absent or the extensions cannot be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return None


@functools.lru_cache(maxsize=4096)
def parsed(der: bytes) -> x509.Certificate | None:
    """Parse one certificate, once; None if the library rejects it."""
    return parse_certificate(der)


@functools.lru_cache(maxsize=4096)
def canonical_subject(der: bytes) -> CanonicalName | None:
    """The subject of a certificate for comparisons; None if it cannot be read."""
    certificate = parsed(der)
    return None if certificate is None else _canonical(lambda: certificate.subject)


@functools.lru_cache(maxsize=4096)
def canonical_issuer(der: bytes) -> CanonicalName | None:
    """The issuer of a certificate to compare by; None where there is none to read."""
    certificate = parsed(der)
    return None if certificate is None else _canonical(lambda: certificate.issuer)


def canonical_names_agree(one: x509.Name, other: x509.Name) -> bool:
    """Are two names the same? Case, string type and spaces do not count (RFC 5280 7.1)."""
    canonical = _canonical(lambda: one)
    return canonical is not None and canonical == _canonical(lambda: other)


def _canonical(read_name: Callable[[], x509.Name]) -> CanonicalName | None:
    try:
        return tuple(
            frozenset(
                (attribute.oid.dotted_string, " ".join(str(attribute.value).casefold().split()))
                for attribute in rdn
            )
            for rdn in read_name().rdns
        )
    except UNREADABLE:
        return None


def describe(certificate: x509.Certificate) -> str:
    """Name a certificate for a sentence."""
    try:
        return certificate.subject.rfc4514_string() or "a certificate without a subject"
    except UNREADABLE:
        return "a certificate whose subject cannot be read"


# The same as OpenSSL's default verification depth.
MAX_DEPTH = 100

# A signature costs up to 3 ms (RSA of 16,384 bits), and a hundred CAs of one name have 10,000 to
# check. A real chain has one for each certificate, and one more for each renewed CA beside it.
MAX_CANDIDATES = 64
