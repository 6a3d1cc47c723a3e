"""What a CRL can say (RFC 5280 5), beside what the live `openssl verify -crl_check` says of it."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.trust.policy import Policy
from halfshake.trust.rules.pointers import Fetched
from halfshake.trust.rules.revocation.revocation_list import RevocationList
from halfshake.trust.status import Status
from halfshake.trust.verdict import judge
from pki import Authority
from trust.observations import NAME, NOW, codes, judged, observed, store_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pki import Credential

ROOT = Authority.root()
CA = ROOT.intermediate()
# Another key under the CA's name.
NAMESAKE = Authority.root("Test Intermediate")
LEAF = CA.issue(NAME)
SERIAL = LEAF.chain[0].serial_number
OTHER_SERIAL = 4711
HOUR = timedelta(hours=1)
Reason = x509.ReasonFlags


def unknown(*, critical: bool) -> tuple[x509.ExtensionType, bool]:
    """An extension that nobody knows."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), critical


def entry(
    serial_number: int, *extensions: tuple[x509.ExtensionType, bool]
) -> x509.RevokedCertificate:
    """One entry of a CRL."""
    builder = x509.RevokedCertificateBuilder().serial_number(serial_number)
    builder = builder.revocation_date(NOW - 48 * HOUR)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return builder.build()


def because(reason: x509.ReasonFlags) -> tuple[x509.ExtensionType, bool]:
    """The reason of an entry."""
    return x509.CRLReason(reason), False


def named(authority: Authority) -> tuple[x509.ExtensionType, bool]:
    """The issuer of the certificate that an entry is about (RFC 5280 5.3.3)."""
    return x509.CertificateIssuer([x509.DirectoryName(authority.certificate.subject)]), True


def crl(
    *entries: x509.RevokedCertificate,
    by: Authority = CA,
    issuer: Authority | None = None,
    last: float = -1,
    until: float = 24,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> x509.CertificateRevocationList:
    """A CRL signed `by` a CA, from `last` to `until` in hours from now."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name((issuer or by).certificate.subject)
        .last_update(NOW + last * HOUR)
        .next_update(NOW + until * HOUR)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    for one in entries:
        builder = builder.add_revoked_certificate(one)
    return builder.sign(by.key, hashes.SHA256())


def scope(**given: Any) -> tuple[x509.ExtensionType, bool]:
    """An issuingDistributionPoint (RFC 5280 5.2.5)."""
    fields = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(fields | given)), True


def at(*urls: str) -> list[x509.GeneralName]:
    """The name of a distribution point."""
    return [x509.UniformResourceIdentifier(url) for url in urls]


def pointing_to(*points: x509.DistributionPoint) -> Credential:
    """A certificate that points to its CRLs."""
    return CA.issue(NAME, extensions=(x509.CRLDistributionPoints(list(points)),))


DELTA = (x509.DeltaCRLIndicator(1), True)
NUMBER = (x509.CRLNumber(5), False)
THIS_KEY = x509.AuthorityKeyIdentifier.from_issuer_public_key(CA.key.public_key())
OTHER_KEY = x509.AuthorityKeyIdentifier.from_issuer_public_key(NAMESAKE.key.public_key())
FRESHEST = x509.FreshestCRL([x509.DistributionPoint(at("http://x"), None, None, None)])
ON_HOLD, REMOVED = because(Reason.certificate_hold), because(Reason.remove_from_crl)

OK, REVOKED, NOT_KNOWN = "ok", "revoked", "not known"


class Case(NamedTuple):
    """CRLs, what OpenSSL makes of them, and our findings."""

    crls: Sequence[x509.CertificateRevocationList]
    openssl: str
    findings: Sequence[str] = ()
    leaf: Credential = LEAF


NO_CRL_SIGN = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
POINT = x509.DistributionPoint(at("http://pki.test/1.crl"), None, None, None)
POINTING = pointing_to(POINT)
OF_ANOTHER = x509.DistributionPoint(
    at("http://pki.test/1.crl"), None, None, [x509.DirectoryName(ROOT.certificate.subject)]
)
UNUSABLE = ("crl-unusable",)

CASES = {
    "nothing in it": Case([crl()], OK),
    "revoked": Case([crl(entry(SERIAL))], REVOKED, ["revoked"]),
    "another is revoked": Case([crl(entry(OTHER_SERIAL))], OK),
    "on hold": Case([crl(entry(SERIAL, ON_HOLD))], REVOKED, ["revoked"]),
    "removed from the CRL": Case([crl(entry(SERIAL, REMOVED))], OK),
    "of another issuer": Case([crl(by=ROOT)], NOT_KNOWN, ["crl-missing"]),
    # extensions that are not understood
    "critical": Case([crl(extensions=[unknown(critical=True)])], NOT_KNOWN, UNUSABLE),
    "critical, revoked": Case(
        [crl(entry(SERIAL), extensions=[unknown(critical=True)])], NOT_KNOWN, UNUSABLE
    ),
    "not critical": Case([crl(extensions=[unknown(critical=False)])], OK),
    "critical in its entry": Case(
        [crl(entry(SERIAL, unknown(critical=True)))], NOT_KNOWN, UNUSABLE
    ),
    "critical in another's entry": Case(
        [crl(entry(OTHER_SERIAL, unknown(critical=True)))], NOT_KNOWN, UNUSABLE
    ),
    "not critical in its entry": Case(
        [crl(entry(SERIAL, unknown(critical=False)))], REVOKED, ["revoked"]
    ),
    "a critical number": Case([crl(extensions=[(x509.CRLNumber(5), True)])], NOT_KNOWN, UNUSABLE),
    "a critical freshest CRL": Case([crl(extensions=[(FRESHEST, True)])], NOT_KNOWN, UNUSABLE),
    "critical, and a good one": Case([crl(extensions=[unknown(critical=True)]), crl()], OK),
    # whose key
    "a critical key identifier": Case([crl(extensions=[(THIS_KEY, True)])], OK),
    "of another key": Case([crl(extensions=[(OTHER_KEY, False)])], NOT_KNOWN, UNUSABLE),
    "signed by another": Case([crl(by=NAMESAKE, issuer=CA)], NOT_KNOWN, ["crl-invalid"]),
    "signed by another, and a good one": Case(
        [crl(by=NAMESAKE, issuer=CA), crl()], NOT_KNOWN, ["crl-invalid"]
    ),
    # dates
    "out of date": Case([crl(last=-9, until=-1)], NOT_KNOWN, ["crl-stale"]),
    "out of date, revoked": Case(
        [crl(entry(SERIAL), last=-9, until=-1)], REVOKED, ["revoked", "crl-stale"]
    ),
    "of the future": Case([crl(last=1)], NOT_KNOWN, ["crl-stale"]),
    "of the future, revoked": Case([crl(entry(SERIAL), last=1)], REVOKED, ["revoked", "crl-stale"]),
    "out of date, and a good one": Case([crl(last=-9, until=-1), crl()], OK),
    "no longer revoked": Case([crl(entry(SERIAL, ON_HOLD), last=-5), crl()], OK),
    "revoked since": Case([crl(last=-5), crl(entry(SERIAL))], REVOKED, ["revoked"]),
    # issuingDistributionPoint
    "end entities only": Case([crl(extensions=[scope(only_contains_user_certs=True)])], OK),
    "CAs only": Case([crl(extensions=[scope(only_contains_ca_certs=True)])], NOT_KNOWN, UNUSABLE),
    "attributes only": Case(
        [crl(extensions=[scope(only_contains_attribute_certs=True)])], NOT_KNOWN, UNUSABLE
    ),
    "another point": Case(
        [crl(entry(SERIAL), extensions=[scope(full_name=at("http://pki.test/1.crl"))])],
        NOT_KNOWN,
        UNUSABLE,
    ),
    "its point": Case(
        [crl(extensions=[scope(full_name=at("http://pki.test/0.crl", "http://pki.test/1.crl"))])],
        OK,
        leaf=POINTING,
    ),
    "the other half": Case(
        [crl(extensions=[scope(full_name=at("http://pki.test/2.crl"))])],
        NOT_KNOWN,
        UNUSABLE,
        leaf=POINTING,
    ),
    "everything, for one that points": Case([crl()], OK, leaf=POINTING),
    "its point, of another CA": Case(
        [crl(extensions=[scope(full_name=at("http://pki.test/1.crl"))])],
        NOT_KNOWN,
        UNUSABLE,
        leaf=pointing_to(OF_ANOTHER),
    ),
    # an entry's own issuer
    "an entry of another CA": Case([crl(entry(SERIAL, named(ROOT)))], OK),
    "entries behind one of another CA": Case(
        [crl(entry(OTHER_SERIAL, named(ROOT)), entry(SERIAL))], OK
    ),
    "an entry that names its CA": Case([crl(entry(SERIAL, named(CA)))], REVOKED, ["revoked"]),
    # what lists a part only
    "some reasons": Case(
        [crl(extensions=[scope(only_some_reasons=frozenset([Reason.key_compromise]))])],
        NOT_KNOWN,
        UNUSABLE,
    ),
    "indirect": Case([crl(extensions=[scope(indirect_crl=True)])], NOT_KNOWN, UNUSABLE),
    "a delta, and its base": Case([crl(last=-5), crl(extensions=[DELTA, NUMBER])], OK),
    "revoked since the base": Case(
        [crl(last=-5), crl(entry(SERIAL), extensions=[DELTA, NUMBER])], REVOKED, ["revoked"]
    ),
}

# Without -use_deltas OpenSSL takes a delta CRL for a complete one, or does not look into it at all;
# and it looks into none that lists a part, even if this certificate is in it.
STRICTER = {
    "a delta alone": Case([crl(extensions=[DELTA, NUMBER])], OK, UNUSABLE),
    "revoked in a delta beside its base": Case(
        [crl(), crl(entry(SERIAL), extensions=[DELTA, NUMBER])], OK, ["revoked"]
    ),
    "revoked in an indirect one": Case(
        [crl(entry(SERIAL), extensions=[scope(indirect_crl=True)])], NOT_KNOWN, ["revoked"]
    ),
    "revoked for one of some reasons": Case(
        [
            crl(
                entry(SERIAL, because(Reason.key_compromise)),
                extensions=[scope(only_some_reasons=frozenset([Reason.key_compromise]))],
            )
        ],
        NOT_KNOWN,
        ["revoked"],
    ),
}


def given(crls: Sequence[x509.CertificateRevocationList]) -> tuple[RevocationList, ...]:
    """CRLs, as their files are loaded."""
    return tuple(RevocationList(f"{number}.crl", one) for number, one in enumerate(crls))


def openssl_says(case: Case, directory: Path, ca: Authority = CA, root: Authority = ROOT) -> str:
    """What `openssl verify` says of the leaf."""
    (directory / "ca.pem").write_bytes(root.pem)
    (directory / "leaf.pem").write_bytes(case.leaf.chain[0].public_bytes(Encoding.PEM))
    (directory / "int.pem").write_bytes(ca.pem)
    (directory / "crls.pem").write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in case.crls))
    files = ["-CAfile", "ca.pem", "-untrusted", "int.pem", "-CRLfile", "crls.pem", "leaf.pem"]
    done = subprocess.run(
        ["openssl", "verify", "-crl_check", "-partial_chain", *files],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = re.findall(r"^error (\d+) at 0 depth", done.stdout + done.stderr, re.MULTILINE)
    if "23" in errors:
        return REVOKED
    return NOT_KNOWN if errors else OK


@pytest.mark.parametrize("name", [*CASES, *STRICTER])
def test_beside_openssl(name: str, tmp_path: Path) -> None:
    """It revokes, clears, or does not tell, as OpenSSL says; where we are stricter it is listed."""
    case = (CASES | STRICTER)[name]
    assert openssl_says(case, tmp_path) == case.openssl
    verdict = judged(observed(*case.leaf.chain), ROOT, crls=given(case.crls))
    assert codes(verdict) == list(case.findings)
    if name in CASES:
        assert (case.openssl == OK) == (verdict.status is Status.ok)
        assert (case.openssl == REVOKED) == ("revoked" in codes(verdict))


def test_a_ca_that_may_not_sign_crls(tmp_path: Path) -> None:
    """KeyUsage without cRLSign: its CRL revokes and clears nothing."""
    ca = ROOT.intermediate(key_usage=NO_CRL_SIGN)
    leaf = ca.issue(NAME)
    for entries in ([], [entry(leaf.chain[0].serial_number)]):
        case = Case([crl(*entries, by=ca)], NOT_KNOWN, UNUSABLE, leaf)
        assert openssl_says(case, tmp_path, ca) == NOT_KNOWN
        verdict = judged(observed(*leaf.chain), ROOT, crls=given(case.crls))
        assert codes(verdict) == ["crl-unusable"]
        assert "no cRLSign" in verdict.findings[0].message


def test_cas_only_is_about_cas() -> None:
    """The root's CRL about CAs revokes the intermediate; one about end entities does not."""
    serial = CA.certificate.serial_number
    for given_scope, expected in (
        (scope(only_contains_ca_certs=True), ["revoked"]),
        (scope(only_contains_user_certs=True), ["crl-unusable"]),
    ):
        lists = given([crl(), crl(entry(serial), by=ROOT, extensions=[given_scope])])
        assert codes(judged(observed(*LEAF.chain), ROOT, crls=lists)) == expected


@pytest.mark.parametrize("name", ["critical", "CAs only", "of the future", "revoked", "indirect"])
def test_a_fetched_crl(name: str) -> None:
    """It is held to the same as one from a file."""
    case = CASES[name]
    fetched = Fetched(crls=given(case.crls))
    verdict = judge(observed(*LEAF.chain), store_of(ROOT), Policy(), NOW, fetched=fetched)
    assert codes(verdict) == list(case.findings)


def test_a_crl_whose_entries_cannot_be_read() -> None:
    """An extension twice, say: then nothing of it is believed, and that is said."""
    good = crl(entry(OTHER_SERIAL, because(Reason.superseded)))
    der = good.public_bytes(Encoding.DER)
    broken = x509.load_der_x509_crl(der.replace(b"\x0a\x01\x04", b"\x0a\x01\x07"))
    verdict = judged(observed(*LEAF.chain), ROOT, crls=given([broken]))
    assert codes(verdict) == ["crl-unusable"]
    assert "cannot be read" in verdict.findings[0].message


def test_many_entries_are_read_once() -> None:
    """A list is asked about every target: entries and signature are not gone through again."""
    (one,) = given([crl(*(entry(number) for number in range(1, 500)))])
    reads = []

    class Counting:
        """Stands before a CRL, and counts who goes through it."""

        def __getattr__(self, name: str) -> Any:
            return getattr(whole, name)

        def __iter__(self) -> Any:
            reads.append("entries")
            return iter(whole)

        def is_signature_valid(self, key: Any) -> bool:
            reads.append("signature")
            return whole.is_signature_valid(key)

    whole = one.crl
    one.crl = Counting()  # type: ignore[assignment]
    for _ in range(3):
        leaf = CA.issue(NAME)
        assert codes(judged(observed(*leaf.chain), ROOT, crls=(one,))) == []
    assert reads == ["entries", "signature"]
