"""Turns the bytes of a CRL file into reliable lists: fresh, and signed by a known CA."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.trust.path import canonical_names_agree, describe, is_signed_by, parsed
from halfshake.trust.rules.revocation.revocation_list import RevocationList, parse_crl
from halfshake.trust.store import certificates_in

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from halfshake.trust.store import TrustStore


def read_revocation_lists(
    data: bytes, source: str, store: TrustStore, now: datetime
) -> list[RevocationList]:
    """Read every CRL of a PEM file, or the one of a DER file; raises UsageError."""
    blocks = _CRL.findall(data) or [data]
    own = [certificate for der in certificates_in(data) if (certificate := parsed(der))]
    anchors = [certificate for der in store.anchors if (certificate := parsed(der))]
    issuers = anchors + [
        certificate
        for certificate in own
        if any(is_signed_by(certificate, anchor) for anchor in anchors)
    ]
    lists = []
    for block in blocks:
        crl = RevocationList(source, _parse(block, source))
        _check(crl, issuers, store, now)
        # Long lists are gone through now: later there are deadlines to keep.
        _ = crl.problem
        lists.append(crl)
    return lists


def _parse(block: bytes, source: str) -> x509.CertificateRevocationList:
    try:
        return parse_crl(block)
    except ValueError as error:
        raise UsageError(f"{source} holds no readable CRL, in PEM or DER") from error


def _check(
    crl: RevocationList,
    issuers: list[x509.Certificate],
    store: TrustStore,
    now: datetime,
) -> None:
    named = [one for one in issuers if canonical_names_agree(one.subject, crl.crl.issuer)]
    source, name = crl.source, crl.crl.issuer.rfc4514_string()
    if not named:
        raise UsageError(
            f"{source} is the CRL of {name}, which is not in {store.any_of}: if that is one of "
            "your intermediates, put its certificate into the CRL file"
        )
    if not any(crl.is_signed_by(issuer) for issuer in named):
        raise UsageError(
            f"{source} is not signed by {describe(named[0])}, the issuer that it names"
        )
    stale_since = crl.stale_since(now)
    if stale_since is not None:
        raise UsageError(
            f"{source} has been out of date since {stale_since:%Y-%m-%d %H:%M} UTC: fetch the "
            "CA's current CRL"
        )


_CRL = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)
