"""What will soon be a problem for clients."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from halfshake.observation import ClientAuth, Enforcement
from halfshake.trust.findings import Severity
from halfshake.trust.guides.every_finding import FINDING_GUIDES
from halfshake.trust.policy import Policy
from halfshake.trust.store import TrustStore
from halfshake.trust.verdict import judge
from pki import Authority, new_key
from trust.observations import NAME, NOW, codes, judged, observed, store_of

ROOT = Authority.root()
PUBLIC = x509.CertificatePolicies(
    [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)]
)


def _seen(enforcement: Enforcement) -> ClientAuth:
    return ClientAuth(requested=True, acceptable_cas=("CN=A",), enforcement=enforcement)


def test_a_chain_in_order_has_no_findings() -> None:
    """No findings if nothing is wrong."""
    intermediate = ROOT.intermediate()
    assert codes(judged(observed(*intermediate.issue(NAME).chain), ROOT)) == []


def test_static_rsa_and_old_versions() -> None:
    """Facts of the handshake."""
    chain = ROOT.issue(NAME).chain
    static = observed(*chain, cipher_suite="TLS_RSA_WITH_AES_128_CBC_SHA", tls_version="TLSv1.2")
    assert codes(judged(static, ROOT)) == ["static-rsa"]
    assert codes(judged(observed(*chain, tls_version="TLSv1.1"), ROOT)) == ["old-tls-version"]


def test_must_staple_without_a_staple() -> None:
    """RFC 7633: a certificate that requires one."""
    feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
    leaf = ROOT.issue(NAME, extensions=(feature,)).chain[0]
    assert codes(judged(observed(leaf), ROOT)) == ["staple-missing"]


def test_no_extended_key_usage() -> None:
    """Most clients accept it, some require it: an info."""
    verdict = judged(observed(*ROOT.issue(NAME, extended_key_usage=()).chain), ROOT)
    assert codes(verdict) == ["server-auth-missing"]
    assert verdict.findings[0].severity is Severity.info


def test_a_key_reused_after_a_renewal() -> None:
    """Only if an earlier reading is given, and the certificate is different."""
    first = ROOT.issue(NAME)
    renewed = observed(*ROOT.issue(NAME, key=first.key).chain)
    other = observed(*ROOT.issue(NAME).chain)
    earlier = observed(*first.chain)
    assert codes(judged(renewed, ROOT, earlier=earlier)) == ["key-reused"]
    assert codes(judged(other, ROOT, earlier=earlier)) == []
    assert codes(judged(earlier, ROOT, earlier=earlier)) == []


@pytest.mark.parametrize(
    ("before", "now", "dropped"),
    [
        (ClientAuth(requested=True), ClientAuth(requested=False), True),
        (ClientAuth(requested=False), ClientAuth(requested=True, acceptable_cas=("CN=A",)), False),
        (ClientAuth(requested=None), ClientAuth(requested=False), False),
        (_seen(Enforcement.tls_required), _seen(Enforcement.tls_optional), True),
        (_seen(Enforcement.http_enforced), _seen(Enforcement.tls_required), False),
        (_seen(Enforcement.tls_required), _seen(Enforcement.unknown), False),
        (_seen(Enforcement.tls_optional), _seen(Enforcement.tls_optional), False),
    ],
)
def test_a_door_that_was_closed_before(
    before: ClientAuth, now: ClientAuth, *, dropped: bool
) -> None:
    """It no longer asks, or no longer refuses; an unknown state is not an alarm."""
    chain = ROOT.issue(NAME).chain
    earlier = observed(*chain, client_auth=before)
    found = codes(judged(observed(*chain, client_auth=now), ROOT, earlier=earlier))
    assert ("client-auth-dropped" in found) is dropped


@pytest.mark.parametrize(
    ("issued", "days", "allowed"),
    [
        ("2021-01-01", 398, None),
        ("2021-01-01", 399, 398),
        ("2026-03-14", 398, None),
        ("2026-03-15", 201, 200),
        ("2026-03-15", 200, None),
        ("2027-03-15", 101, 100),
        ("2029-03-15", 48, 47),
        ("2029-03-15", 47, None),
    ],
)
def test_lifetimes_of_public_certificates(issued: str, days: int, allowed: int | None) -> None:
    """SC-081's steps, by notBefore; a second more than a day does not make a day more."""
    now = datetime.fromisoformat(issued).replace(tzinfo=UTC)
    root = Authority.root(now=now)
    leaf = root.issue(NAME, now=now, days=(0, days), extensions=(PUBLIC,)).chain[0]
    verdict = judged(observed(leaf), root, now=now)
    found = [one for one in verdict.findings if one.code == "lifetime-too-long"]
    assert [one.evidence["allowed_days"] for one in found] == ([allowed] if allowed else [])


def test_a_private_certificate_may_live_as_long_as_it_likes() -> None:
    """The limit is for publicly trusted chains."""
    assert codes(judged(observed(*ROOT.issue(NAME, days=(-1, 3000)).chain), ROOT)) == []


def test_python_313_would_reject() -> None:
    """A root without keyUsage: OpenSSL clients accept it, the strict profile reports it."""
    name = x509.Name.from_rfc4514_string("CN=Plain Root")
    key = new_key("ecdsa")
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW.replace(year=NOW.year - 1))
        .not_valid_after(NOW.replace(year=NOW.year + 9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority = Authority(root, key)
    verdict = judged(observed(*authority.issue(NAME).chain), authority)
    assert verdict.trusted
    assert "strict-clients-reject" in codes(verdict)
    accepts = {client.profile: client.accepts for client in verdict.clients}
    refusing = {profile for profile, accepted in accepts.items() if not accepted}
    assert refusing == {"openssl-strict", "web-pki"}
    message = next(one.message for one in verdict.findings if one.code == "strict-clients-reject")
    assert "CN=Plain Root (depth 1)" in message


def test_without_a_name_to_check_it_is_not_checked() -> None:
    """A unix socket has no name: neither yes nor no."""
    verdict = judge(observed(*ROOT.issue(NAME).chain, name=""), store_of(ROOT), Policy(), NOW)
    assert verdict.trusted
    assert verdict.name_matches is None
    assert "name-mismatch" not in codes(verdict)


def test_an_empty_store_trusts_nothing() -> None:
    """And says so, without crashing."""
    verdict = judge(observed(*ROOT.issue(NAME).chain), TrustStore((), ()), Policy(), NOW)
    assert verdict.trusted is False
    assert "missing-intermediate" in codes(verdict)


def test_every_guide_has_a_severity_that_exists() -> None:
    """The table is data: a typo would be a KeyError in somebody's monitoring."""
    assert {guide.severity for guide in FINDING_GUIDES.values()} <= set(Severity.__members__)
    assert all(guide.example and guide.advice.endswith(".") for guide in FINDING_GUIDES.values())
