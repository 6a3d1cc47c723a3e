"""Has the CA revoked it? Checked with a stapled OCSP response (RFC 6960) and CRLs (RFC 5280 5).

Nothing is fetched: a staple comes with the handshake, a CRL from a local file.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from halfshake.certificate import UNREADABLE
from halfshake.trust.findings import Finding, found
from halfshake.trust.path import (
    canonical_names_agree,
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


class RevocationList(NamedTuple):
    """A CRL, and the name of the file it came from."""

    source: str
    crl: x509.CertificateRevocationList


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


def check_revocation_lists(
    crls: tuple[RevocationList, ...], path: tuple[bytes, ...], now: datetime
) -> list[Finding]:
    """Check every certificate of a path, except its anchor, against the CRL of its issuer."""
    findings: list[Finding] = []
    for depth, (der, issuer_der) in enumerate(itertools.pairwise(path)):
        certificate, issuer = parsed(der), parsed(issuer_der)
        if certificate is None or issuer is None:
            continue
        own = [crl for crl in crls if canonical_names_agree(crl.crl.issuer, issuer.subject)]
        if not own and depth == 0:
            findings.append(
                found(
                    "crl-missing",
                    f"none of the given CRLs is from {describe(issuer)}, so "
                    f"{describe(certificate)} may be revoked",
                )
            )
        for revocation_list in own:
            findings.extend(_look_up(certificate, issuer, revocation_list, now))
    return findings


def _look_up(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    revocation_list: RevocationList,
    now: datetime,
) -> list[Finding]:
    source, crl = revocation_list
    if not crl_is_signed_by(crl, issuer):
        message = f"the CRL in {source} is not signed by {describe(issuer)}"
        return [found("crl-invalid", message)]
    findings = []
    stale_since = crl_stale_since(crl, now)
    if stale_since is not None:
        message = (
            f"the CRL of {describe(issuer)} ({source}) has been out of date since "
            f"{stale_since:%Y-%m-%d %H:%M} UTC"
        )
        findings.append(found("crl-stale", message))
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is not None:
        try:
            reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
        except (x509.ExtensionNotFound, *UNREADABLE):
            reason = "no reason given"
        since = entry.revocation_date_utc
        message = (
            f"{describe(certificate)} was revoked on {since:%Y-%m-%d} ({reason}), according to "
            f"its CA's CRL ({source})"
        )
        findings.append(found("revoked", message, {"reason": reason, "source": source}))
    return findings


def parse_crl(data: bytes) -> x509.CertificateRevocationList:
    """Parse a CRL in DER or PEM, as far as it is needed here. Raises ValueError."""
    pem = data.startswith(b"-----")
    try:
        crl = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
        _ = crl.issuer, crl.next_update_utc
    except UNREADABLE as error:
        raise ValueError(str(error)) from error
    return crl


def crl_is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Did the issuer's key sign the CRL?"""
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except UNREADABLE:
        return False


def crl_stale_since(crl: x509.CertificateRevocationList, now: datetime) -> datetime | None:
    """The CRL's nextUpdate if it is past; None if the CRL is fresh or has no nextUpdate."""
    end = crl.next_update_utc
    return end if end is not None and end < now else None


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
