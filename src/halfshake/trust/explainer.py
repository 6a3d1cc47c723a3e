"""Why OpenSSL rejected a chain, in a sentence. It explains; it never overrules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.trust.findings import Finding, Severity
from halfshake.trust.openssl import (
    CERT_HAS_EXPIRED,
    CERT_NOT_YET_VALID,
    DEPTH_ZERO_SELF_SIGNED,
    INVALID_PURPOSE,
    ISSUER_NOT_FOUND,
    SELF_SIGNED_IN_CHAIN,
    OpenSslVerdict,
)
from halfshake.trust.store import dates_hold

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.store import TrustStore


def explain_rejection(
    chain: tuple[PresentedCertificate, ...],
    answer: OpenSslVerdict,
    store: TrustStore,
    now: datetime,
) -> Finding | None:
    """Say why the chain is not trusted; None where the end entity's dates say it already."""
    code = answer.verify_code
    evidence: dict[str, str | int | float] = {"openssl_code": code if code is not None else -1}
    evidence["openssl_message"] = answer.message
    if code in {CERT_HAS_EXPIRED, CERT_NOT_YET_VALID}:
        return _dates_of_the_path(answer, now, evidence)
    if code == DEPTH_ZERO_SELF_SIGNED:
        return Finding(
            "self-signed",
            Severity.critical,
            f"the certificate is self-signed and is not in {store.name}",
            "Let a CA of yours issue it, or trust this very certificate with --ca-file.",
            evidence,
        )
    if code == SELF_SIGNED_IN_CHAIN:
        root = chain[-1].subject or chain[-1].sha256
        return Finding(
            "unknown-ca",
            Severity.critical,
            f"the chain ends in {root}, which is not in {store.name}",
            "If this CA is yours, add its certificate with --ca-file.",
            {**evidence, "missing_issuer": root},
        )
    if code in ISSUER_NOT_FOUND:
        return _issuer_not_found(chain, store, evidence)
    if code == INVALID_PURPOSE:
        return Finding(
            "wrong-purpose",
            Severity.critical,
            "a certificate of the chain is not meant for a TLS server (extended key usage)",
            "Issue the server's certificate with the extended key usage serverAuth.",
            evidence,
        )
    return Finding(
        "untrusted",
        Severity.critical,
        f"OpenSSL clients reject the chain: {answer.message} (code {code})",
        "Ask the CA for a chain without this fault.",
        evidence,
    )


def _dates_of_the_path(
    answer: OpenSslVerdict, now: datetime, evidence: dict[str, str | int | float]
) -> Finding | None:
    depth, der = next(
        (depth, der) for depth, der in enumerate(answer.path) if not dates_hold(der, now)
    )
    if depth == 0:
        return None
    faulty = read_certificate(der)
    word = "has expired" if answer.verify_code == CERT_HAS_EXPIRED else "is not yet valid"
    return Finding(
        "path-expired" if answer.verify_code == CERT_HAS_EXPIRED else "path-not-yet-valid",
        Severity.critical,
        f"the CA certificate {faulty.subject} above the server's (depth {depth}) {word}",
        "Replace this CA certificate on the server, or in the trust store if it is a root.",
        {**evidence, "depth": depth, "subject": faulty.subject or "", "sha256": faulty.sha256},
    )


def _issuer_not_found(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    evidence: dict[str, str | int | float],
) -> Finding:
    subjects = {certificate.subject for certificate in chain}
    top = chain[0]
    by_subject = {certificate.subject: certificate for certificate in reversed(chain)}
    for _ in chain:
        if top.issuer not in subjects or top.issuer == top.subject:
            break
        top = by_subject[top.issuer]
    issuer = top.issuer or "an issuer that cannot be read"
    if len(chain) == 1:
        return Finding(
            "missing-intermediate",
            Severity.critical,
            f"the server sends only its own certificate, and its issuer {issuer} "
            f"is not in {store.name}",
            "Let the server send its intermediate certificates too (the full chain); "
            "if the issuer is a root of yours, add it with --ca-file.",
            {**evidence, "missing_issuer": issuer},
        )
    return Finding(
        "unknown-ca",
        Severity.critical,
        f"the chain leads to {issuer}, which the server does not send and {store.name} "
        "does not hold",
        "If this CA is yours, add its certificate with --ca-file; if it is an intermediate, "
        "let the server send it.",
        {**evidence, "missing_issuer": issuer},
    )
