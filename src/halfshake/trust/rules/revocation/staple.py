"""Has the CA revoked it? Checked with the OCSP response stapled to the handshake (RFC 6960)."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from halfshake.certificate_fields import UNREADABLE
from halfshake.trust.findings import Finding, found
from halfshake.trust.path import (
    describe,
    extension,
    is_signed_by,
    parsed,
    signature_holds,
    walk,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes


class StapleStatus(StrEnum):
    """What a stapled OCSP response says, once its signature and dates are checked."""

    good = "good"
    revoked = "revoked"
    unknown = "unknown"
    stale = "stale"
    invalid = "invalid"


def check_staple(
    response: bytes, chain: tuple[bytes, ...], path: tuple[bytes, ...], now: datetime
) -> tuple[StapleStatus, list[Finding]]:
    """Check a stapled OCSP response in DER: about this certificate, from its CA, and fresh?"""
    end_entity, issuer = _end_entity_and_issuer(chain, path)
    if end_entity is None or issuer is None:
        return _invalid("cannot be checked: the certificate's issuer is not known")
    try:
        answer = ocsp.load_der_ocsp_response(response)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return _invalid(
                f"is an error from the responder: {answer.response_status.name.lower()}"
            )
        single = next((one for one in answer.responses if _is_about(one, end_entity, issuer)), None)
        if single is None:
            return _invalid("is about another certificate")
        if not _is_by(answer, issuer):
            return _invalid("is not signed by the certificate's issuer")
    except UNREADABLE as error:
        return _invalid(f"cannot be read: {error}")
    return _staple_status(single, end_entity, now)


def _end_entity_and_issuer(
    chain: tuple[bytes, ...], path: tuple[bytes, ...]
) -> tuple[x509.Certificate | None, x509.Certificate | None]:
    if len(path) > 1:
        return parsed(path[0]), parsed(path[1])
    steps = walk(chain, ())
    issuer = steps[1].certificate if len(steps) > 1 else None
    return (steps[0].certificate if steps else None), issuer


def _is_about(
    single: ocsp.OCSPSingleResponse, end_entity: x509.Certificate, issuer: x509.Certificate
) -> bool:
    if single.serial_number != end_entity.serial_number:
        return False
    digest = hashes.Hash(single.hash_algorithm)
    digest.update(issuer.subject.public_bytes())
    return digest.finalize() == single.issuer_name_hash and single.issuer_key_hash == _key_hash(
        issuer, single.hash_algorithm
    )


def _key_hash(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> bytes:
    # RFC 6960 4.1.1: over the subjectPublicKey's bits, without tag, length and unused-bits count.
    digest = hashes.Hash(algorithm)
    digest.update(_key_bits(certificate.public_key()))
    return digest.finalize()


def _key_bits(key: CertificatePublicKeyTypes) -> bytes:
    match key:
        case rsa.RSAPublicKey():
            return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
        case ec.EllipticCurvePublicKey():
            return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        case _:
            return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _is_by(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    # RFC 6960 4.2.2.2: the CA itself, or a responder with a certificate from the CA for this.
    for signer in (issuer, *answer.certificates):
        if signer is not issuer and not _is_delegated(signer, issuer):
            continue
        if signature_holds(
            signer.public_key(),
            answer.signature,
            answer.tbs_response_bytes,
            _parameters(signer, answer),
            answer.signature_hash_algorithm,
        ):
            return True
    return False


def _is_delegated(responder: x509.Certificate, issuer: x509.Certificate) -> bool:
    usage = extension(responder, x509.ExtendedKeyUsage)
    return (
        usage is not None
        and ExtendedKeyUsageOID.OCSP_SIGNING in usage
        and is_signed_by(responder, issuer) is True
    )


def _parameters(
    signer: x509.Certificate, answer: ocsp.OCSPResponse
) -> padding.PKCS1v15 | ec.ECDSA | None:
    algorithm = answer.signature_hash_algorithm
    if isinstance(signer.public_key(), ec.EllipticCurvePublicKey) and algorithm is not None:
        return ec.ECDSA(algorithm)
    return padding.PKCS1v15()


def _staple_status(
    single: ocsp.OCSPSingleResponse, end_entity: x509.Certificate, now: datetime
) -> tuple[StapleStatus, list[Finding]]:
    starts, ends = _moment(single, "this_update"), _moment(single, "next_update")
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        since = _moment(single, "revocation_time")
        reason = single.revocation_reason.value if single.revocation_reason else "no reason given"
        when = f" on {since:%Y-%m-%d}" if since else ""
        message = (
            f"{describe(end_entity)} was revoked{when} ({reason}), according to the stapled OCSP "
            "response"
        )
        finding = found("revoked", message, {"reason": reason, "source": "ocsp staple"})
        return StapleStatus.revoked, [finding]
    if ends is not None and ends < now:
        message = f"the stapled OCSP response has been out of date since {ends:%Y-%m-%d %H:%M} UTC"
        return StapleStatus.stale, [found("ocsp-staple-stale", message)]
    if starts is not None and starts > now:
        message = f"the stapled OCSP response is not valid until {starts:%Y-%m-%d %H:%M} UTC"
        return StapleStatus.stale, [found("ocsp-staple-stale", message)]
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        message = "the CA's OCSP responder does not know this certificate"
        return StapleStatus.unknown, [found("ocsp-unknown", message)]
    return StapleStatus.good, []


def _moment(single: ocsp.OCSPSingleResponse, field: str) -> datetime | None:
    # The aware fields exist since cryptography 43; older releases have naive ones in UTC.
    moment: datetime | None
    if hasattr(single, f"{field}_utc"):
        moment = getattr(single, f"{field}_utc")
    else:
        moment = getattr(single, field)
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _invalid(what: str) -> tuple[StapleStatus, list[Finding]]:
    finding = found("ocsp-staple-invalid", f"the stapled OCSP response {what}")
    return StapleStatus.invalid, [finding]
