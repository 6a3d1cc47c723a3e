"""What the user expects of the certificate: its key, its issuer, its file; and muted findings."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.trust.findings import Severity
from halfshake.trust.policy import ExpectedFile, Policy
from halfshake.trust.status import Status
from pki import Authority
from trust.observations import NAME, codes, judged, observed

ROOT = Authority.root("Corp CA")
CREDENTIAL = ROOT.issue(NAME)
OBSERVATION = observed(*CREDENTIAL.chain)
SPKI = OBSERVATION.end_entity.spki_sha256 or ""


def test_a_pinned_key() -> None:
    """One of several pins is enough."""
    assert (
        codes(judged(OBSERVATION, ROOT, policy=Policy(expected_spki_sha256=("0" * 64, SPKI)))) == []
    )
    verdict = judged(OBSERVATION, ROOT, policy=Policy(expected_spki_sha256=("0" * 64,)))
    assert codes(verdict) == ["unexpected-key"]
    assert verdict.status is Status.critical


def test_an_expected_issuer() -> None:
    """Any part of its name, whatever the case."""
    assert codes(judged(OBSERVATION, ROOT, policy=Policy(expected_issuers=("x", "corp ca")))) == []
    assert codes(judged(OBSERVATION, ROOT, policy=Policy(expected_issuers=("Other CA",)))) == [
        "unexpected-issuer"
    ]


def test_the_file_that_should_be_served() -> None:
    """Renewed on disk but never reloaded: the sentence says so."""
    same = ExpectedFile("cert.pem", CREDENTIAL.leaf_der)
    assert codes(judged(OBSERVATION, ROOT, policy=Policy(expected_file=same))) == []
    renewed = ROOT.issue(NAME, days=(-1, 90)).chain[0].public_bytes(Encoding.DER)
    policy = Policy(expected_file=ExpectedFile("cert.pem", renewed))
    verdict = judged(OBSERVATION, ROOT, policy=policy)
    assert codes(verdict) == ["not-the-file"]
    assert "not reloaded" in verdict.findings[0].message


def test_another_file_that_expires_on_the_same_day() -> None:
    """Two dates that look the same would tell nobody what is wrong."""
    other = ROOT.issue(NAME).chain[0].public_bytes(Encoding.DER)
    verdict = judged(
        OBSERVATION, ROOT, policy=Policy(expected_file=ExpectedFile("cert.pem", other))
    )
    assert "a different certificate from the one in cert.pem" in verdict.findings[0].message


def test_a_finding_can_be_muted_and_raised() -> None:
    """Each by its code."""
    old = observed(*CREDENTIAL.chain, tls_version="TLSv1")
    assert judged(old, ROOT).status is Status.warning
    muted = judged(old, ROOT, policy=Policy(severities={"old-tls-version": None}))
    assert codes(muted) == []
    raised = Policy(severities={"old-tls-version": Severity.critical})
    assert judged(old, ROOT, policy=raised).status is Status.critical
