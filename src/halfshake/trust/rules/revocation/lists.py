"""Has the CA revoked it? Checked with CRLs (RFC 5280 5) from files, or fetched before."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from cryptography import x509

from halfshake.certificate_fields import UNREADABLE
from halfshake.trust.findings import Finding, found
from halfshake.trust.path import canonical_names_agree, describe, extension, parsed

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.trust.rules.revocation.revocation_list import RevocationList


def check_revocation_lists(
    crls: tuple[RevocationList, ...], path: tuple[bytes, ...], now: datetime
) -> list[Finding]:
    """Look every certificate of a path, but for its anchor, up in the CRLs of its issuer."""
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
        findings += _look_up(certificate, issuer, own, now)
    return findings


def _look_up(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    own: list[RevocationList],
    now: datetime,
) -> list[Finding]:
    invalid: list[Finding] = []
    unusable: list[Finding] = []
    partial: list[RevocationList] = []
    complete: list[RevocationList] = []
    for crl in own:
        reason = _why_unusable(crl, certificate, issuer)
        if reason is not None:
            unusable.append(_unusable(crl, certificate, issuer, reason))
        elif not crl.is_signed_by(issuer):
            message = f"the CRL in {crl.source} is not signed by {describe(issuer)}"
            invalid.append(found("crl-invalid", message))
        elif crl.is_partial:
            partial.append(crl)
        else:
            complete.append(crl)
    # As OpenSSL: one that is in date before the others, then the newest.
    newest = max(
        complete,
        key=lambda crl: (_out_of_date(crl, now) is None, crl.this_update),
        default=None,
    )
    if newest is None:
        unusable += [
            _unusable(crl, certificate, issuer, "lists only a part of what is revoked")
            for crl in partial
        ]
    else:
        # One CRL is enough: the others need not be about this certificate.
        unusable = _stale(newest, issuer, now)
        partial = [crl for crl in partial if crl.this_update >= newest.this_update]
    revoked = [
        finding
        for crl in (*partial, *([newest] if newest else ()))
        if (finding := _revoked(crl, certificate)) is not None
    ]
    if revoked:
        return [*invalid, *(unusable if newest else ()), revoked[0]]
    return invalid + unusable


def _why_unusable(
    crl: RevocationList, certificate: x509.Certificate, issuer: x509.Certificate
) -> str | None:
    if crl.problem is not None:
        return crl.problem
    # RFC 5280 6.3.3 (f): "If a key usage extension is present in the CRL issuer's certificate,
    # verify that the cRLSign bit is set."
    usage = extension(issuer, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        return "is signed by a CA that may not sign CRLs (its keyUsage has no cRLSign)"
    return crl.why_not_about(certificate, issuer)


def _unusable(
    crl: RevocationList, certificate: x509.Certificate, issuer: x509.Certificate, reason: str
) -> Finding:
    message = (
        f"the CRL of {describe(issuer)} ({crl.source}) {reason}, "
        f"so {describe(certificate)} may be revoked"
    )
    return found("crl-unusable", message, {"source": crl.source})


def _stale(crl: RevocationList, issuer: x509.Certificate, now: datetime) -> list[Finding]:
    out_of_date = _out_of_date(crl, now)
    if out_of_date is None:
        return []
    message = f"the CRL of {describe(issuer)} ({crl.source}) {out_of_date}"
    return [found("crl-stale", message)]


def _out_of_date(crl: RevocationList, now: datetime) -> str | None:
    stale_since = crl.stale_since(now)
    if stale_since is not None:
        return f"has been out of date since {stale_since:%Y-%m-%d %H:%M} UTC"
    if crl.this_update > now:
        return f"is not valid before {crl.this_update:%Y-%m-%d %H:%M} UTC"
    return None


def _revoked(crl: RevocationList, certificate: x509.Certificate) -> Finding | None:
    entry = crl.entry(certificate)
    if entry is None:
        return None
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, *UNREADABLE):
        reason = None
    # RFC 5280 5.3.1: it is no longer on hold, and delta CRLs say so by naming it once more.
    if reason is x509.ReasonFlags.remove_from_crl:
        return None
    why = "no reason given" if reason is None else reason.value
    message = (
        f"{describe(certificate)} was revoked on {entry.revocation_date_utc:%Y-%m-%d} ({why}), "
        f"according to its CA's CRL ({crl.source})"
    )
    return found("revoked", message, {"reason": why, "source": crl.source})
