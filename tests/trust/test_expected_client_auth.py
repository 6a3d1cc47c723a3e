"""Expectations about clients without a certificate: met, broken, and not known."""

from __future__ import annotations

import pytest

from halfshake.observation import ClientAuth, Enforcement
from halfshake.trust.policy import ExpectedClientAuth, Policy
from pki import Authority
from trust.observations import codes, judged, observed

ROOT = Authority.root()
LEAF = ROOT.issue("api.halfshake.test").chain[0]

ASKED, NOT_ASKED = True, False
NO_VISIT = None
MET: list[str] = []
BROKEN, NOT_KNOWN = ["unexpected-client-auth"], ["client-auth-unknown"]


@pytest.mark.parametrize(
    ("expected", "requested", "enforcement", "found"),
    [
        ("requested", ASKED, NO_VISIT, MET),
        ("requested", ASKED, "tls-optional", MET),
        ("requested", NOT_ASKED, NO_VISIT, BROKEN),
        ("requested", NOT_ASKED, "http-enforced", BROKEN),
        ("tls-required", ASKED, "tls-required", MET),
        ("tls-required", ASKED, "http-enforced", BROKEN),
        ("tls-required", ASKED, "tls-optional", BROKEN),
        ("tls-required", ASKED, "open", BROKEN),
        ("tls-required", ASKED, "unknown", NOT_KNOWN),
        ("tls-required", ASKED, NO_VISIT, NOT_KNOWN),
        ("tls-required", NOT_ASKED, "open", BROKEN),
        ("tls-required", NOT_ASKED, "unknown", BROKEN),
        ("tls-required", NOT_ASKED, NO_VISIT, BROKEN),
        ("tls-required", NOT_ASKED, "tls-required", BROKEN),
        ("http-enforced", ASKED, "http-enforced", MET),
        ("http-enforced", NOT_ASKED, "http-enforced", MET),
        ("http-enforced", ASKED, "tls-required", BROKEN),
        ("http-enforced", NOT_ASKED, "open", BROKEN),
        ("http-enforced", NOT_ASKED, NO_VISIT, NOT_KNOWN),
        ("none", NOT_ASKED, "open", MET),
        ("none", NOT_ASKED, "http-enforced", BROKEN),
        ("none", NOT_ASKED, "unknown", NOT_KNOWN),
        ("none", ASKED, NO_VISIT, BROKEN),
        ("none", ASKED, "open", BROKEN),
    ],
)
def test_every_expectation(
    expected: str, enforcement: str | None, found: list[str], *, requested: bool
) -> None:
    """Critical if not met, a warning if not known; both visits count."""
    state = None if enforcement is None else Enforcement(enforcement)
    client_auth = ClientAuth(
        requested, ("CN=Client CA",), enforcement=state, enforcement_reason="so it was seen"
    )
    verdict = judged(
        observed(LEAF, client_auth=client_auth),
        ROOT,
        policy=Policy(expected_client_auth=ExpectedClientAuth(expected)),
    )
    assert codes(verdict) == found
    if found:
        (finding,) = verdict.findings
        assert expected in finding.message
        assert finding.evidence["expected"] == expected
        assert verdict.status == ("critical" if found == BROKEN else "warning")
    else:
        assert verdict.status == "ok"


def test_nothing_is_expected_unless_told() -> None:
    """An open server alone is not a finding."""
    client_auth = ClientAuth(requested=False, enforcement=Enforcement.open)
    assert codes(judged(observed(LEAF, client_auth=client_auth), ROOT)) == []
