"""`RevocationList`: a CRL (RFC 5280 5), whether it can be used at all, and for which certificates.

What takes long is found out once: to check the signature over 100,000 entries takes a third of a
second, and one CRL is asked about many certificates.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509

from halfshake.certificate_fields import UNREADABLE
from halfshake.trust.path import canonical_names_agree, extension, key_identifiers_agree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class RevocationList:
    """A CRL, and the name of the file or the URL that it came from."""

    def __init__(self, source: str, crl: x509.CertificateRevocationList) -> None:
        self.source = source
        self.crl = crl
        self._signed_by: dict[x509.Certificate, bool] = {}

    @functools.cached_property
    def this_update(self) -> datetime:
        """When it was issued."""
        return self.crl.last_update_utc

    def stale_since(self, now: datetime) -> datetime | None:
        """Its nextUpdate where that is past; None where it is fresh or names none."""
        end = self.crl.next_update_utc
        return end if end is not None and end < now else None

    def is_signed_by(self, issuer: x509.Certificate) -> bool:
        """Did the issuer's key sign it."""
        if issuer not in self._signed_by:
            try:
                holds = self.crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
            except UNREADABLE:
                holds = False
            self._signed_by[issuer] = holds
        return self._signed_by[issuer]

    @property
    def is_partial(self) -> bool:
        """Can it revoke, but clear nothing: what is not in it may be revoked all the same.

        A delta CRL lists what has changed, others list some reasons only; and an indirect CRL is
        one that OpenSSL takes for nothing unless it is told to.
        """
        return self._is_delta or (
            self._scope is not None
            and (self._scope.indirect_crl or self._scope.only_some_reasons is not None)
        )

    @functools.cached_property
    def problem(self) -> str | None:
        """Why nothing can be believed of it; None where it can be used."""
        try:
            extensions = list(self.crl.extensions)
            in_entries = self._entries.critical
        except UNREADABLE as error:
            return f"cannot be read: {error}"
        # RFC 5280 5.2: "If a CRL contains a critical extension that the application cannot process,
        # then the application MUST NOT use that CRL to determine the status of certificates."
        not_understood = [
            one.oid.dotted_string
            for one in extensions
            if one.critical and not isinstance(one.value, UNDERSTOOD)
        ]
        # RFC 5280 5.3 says the same of each entry: "the status of any certificates".
        not_understood += sorted(in_entries)
        if not_understood:
            return f"has the critical extension {not_understood[0]}, which is not understood"
        return None

    def why_not_about(self, certificate: x509.Certificate, issuer: x509.Certificate) -> str | None:
        """Why it tells nothing of a certificate of this issuer; None where it does."""
        # RFC 5280 6.3.3 (c) (3): the issuer's key is the one that the CRL names.
        if not key_identifiers_agree(self.crl, issuer):
            return "is signed with another key than the certificate"
        if self._scope is None:
            return None
        constraints = extension(certificate, x509.BasicConstraints)
        is_ca = constraints is not None and constraints.ca
        # RFC 5280 6.3.3 (b) (2): onlyContains... against the certificate's cA
        if self._scope.only_contains_attribute_certs:
            return "is about attribute certificates only"
        if self._scope.only_contains_user_certs and is_ca:
            return "is about end entities only"
        if self._scope.only_contains_ca_certs and not is_ca:
            return "is about CAs only"
        # RFC 5280 6.3.3 (b) (2) (i): "verify that one of the names in the IDP matches one of the
        # names in the DP"
        own = _names(self._scope, self.crl.issuer)
        points = extension(certificate, x509.CRLDistributionPoints) or ()
        if own and not any(self._is_at(point, own) for point in points):
            return "is that of another distribution point"
        return None

    def entry(self, certificate: x509.Certificate) -> x509.RevokedCertificate | None:
        """What it says of a certificate; None where that is not in it."""
        serial_number = certificate.serial_number
        if serial_number not in self._entries.own_serial_numbers:
            return None
        return self.crl.get_revoked_certificate_by_serial_number(serial_number)

    def _is_at(self, point: x509.DistributionPoint, own: set[x509.GeneralName]) -> bool:
        if point.crl_issuer is not None and not _has_name(point.crl_issuer, self.crl.issuer):
            return False
        names = _names(point, self.crl.issuer)
        return not names or bool(names & own)

    @functools.cached_property
    def _is_delta(self) -> bool:
        return extension(self.crl, x509.DeltaCRLIndicator) is not None

    @functools.cached_property
    def _scope(self) -> x509.IssuingDistributionPoint | None:
        return extension(self.crl, x509.IssuingDistributionPoint)

    @functools.cached_property
    def _entries(self) -> _Entries:
        own: set[int] = set()
        critical: set[str] = set()
        is_own = True
        for entry in self.crl:
            for one in entry.extensions:
                if isinstance(one.value, x509.CertificateIssuer):
                    # RFC 5280 5.3.3: it holds for the entries behind it too, up to the next one.
                    is_own = _has_name(one.value, self.crl.issuer)
                elif one.critical:
                    critical.add(one.oid.dotted_string)
            if is_own:
                own.add(entry.serial_number)
        return _Entries(frozenset(own), frozenset(critical))


class _Entries(NamedTuple):
    """Which certificates of the CRL's own issuer are in it, and which extensions are critical."""

    own_serial_numbers: frozenset[int]
    critical: frozenset[str]


def parse_crl(data: bytes) -> x509.CertificateRevocationList:
    """Parse a CRL in DER or PEM, as far as it is looked at here. Raises ValueError."""
    pem = data.startswith(b"-----")
    try:
        crl = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
        _ = crl.issuer, crl.last_update_utc, crl.next_update_utc
    except UNREADABLE as error:
        raise ValueError(str(error)) from error
    return crl


def _has_name(names: Iterable[x509.GeneralName], issuer: x509.Name) -> bool:
    return any(
        isinstance(name, x509.DirectoryName) and canonical_names_agree(name.value, issuer)
        for name in names
    )


def _names(
    point: x509.DistributionPoint | x509.IssuingDistributionPoint, issuer: x509.Name
) -> set[x509.GeneralName]:
    """The names of a distribution point; a relative one is completed (RFC 5280 4.2.1.13)."""
    if point.relative_name is not None:
        return {x509.DirectoryName(x509.Name([*issuer.rdns, point.relative_name]))}
    return set(point.full_name or ())


# As OpenSSL; every other one, also one that is known and may never be critical, it refuses.
UNDERSTOOD = (
    x509.IssuingDistributionPoint,
    x509.AuthorityKeyIdentifier,
    x509.DeltaCRLIndicator,
)
