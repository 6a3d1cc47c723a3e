"""When a verdict may be another: the verdict itself, judged around that moment, says the same."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.observation import ClientAuth
from halfshake.trust.policy import Policy
from halfshake.trust.rules.client_cas import ClientSide, PartnerChain
from halfshake.trust.rules.revocation.revocation_list import RevocationList
from halfshake.trust.turns import next_turn
from pki import Authority
from trust.observations import NOW, codes, judged, observed, store_of
from trust.test_revocation import CA, LEAF, staple

if TYPE_CHECKING:
    from halfshake.observation import Observation

ROOT = Authority.root(days=(-1000, 1000), now=NOW)
MIDDLE = ROOT.intermediate(days=(-500, 12))
CLIENT_CA = Authority.root("Client CA", days=(-100, 13), now=NOW)
PARTNER = CLIENT_CA.issue("partner", days=(-40, 11), now=NOW)


def side() -> ClientSide:
    """A known client CA, and a partner below it."""
    return ClientSide(
        (CLIENT_CA.certificate.public_bytes(Encoding.DER),),
        partners=(PartnerChain("partner.pem", (PARTNER.leaf_der,)),),
    )


def crl() -> RevocationList:
    """It is out of date in six hours."""
    made = ROOT.revocation_list(last=NOW - timedelta(days=1), until=NOW + timedelta(hours=6))
    return RevocationList("list.pem", made)


def shown(authority: Authority = ROOT, **issue: Any) -> Observation:
    """What a server with such a certificate shows, which asks for no client certificate."""
    chain = authority.issue("a", now=NOW, **issue).chain
    return observed(*chain, name="a", client_auth=ClientAuth(requested=False))


CASES: dict[str, tuple[Observation, dict[str, Any], timedelta]] = {
    "a warning": (shown(days=(-60, 20)), {}, timedelta(days=6)),
    "what is critical": (shown(days=(-60, 10)), {}, timedelta(days=3)),
    "the end": (shown(days=(-60, 3)), {}, timedelta(days=3)),
    "the beginning": (shown(days=(2, 90)), {}, timedelta(days=2)),
    "a threshold of a CA": (
        shown(MIDDLE, days=(-10, 90)),
        {"policy": Policy(path_warning=timedelta(days=10), path_critical=timedelta(days=5))},
        MIDDLE.certificate.not_valid_after_utc - NOW - timedelta(days=10),
    ),
    "a list": (shown(days=(-10, 90)), {"crls": (crl(),)}, timedelta(hours=6)),
    "a partner": (
        shown(days=(-10, 90))._replace(
            client_auth=ClientAuth(requested=True, acceptable_cas=("CN=Client CA",))
        ),
        {
            "client_side": side(),
            "policy": Policy(
                warning=timedelta(days=10),
                critical=timedelta(days=1),
                path_warning=timedelta(days=2),
                path_critical=timedelta(days=1),
            ),
        },
        timedelta(days=1),
    ),
    "a client CA": (
        shown(days=(-10, 90))._replace(
            client_auth=ClientAuth(requested=True, acceptable_cas=("CN=Client CA",))
        ),
        {
            "client_side": side()._replace(partners=()),
            "policy": Policy(
                path_warning=timedelta(days=9),
                path_critical=timedelta(days=1),
                warning=timedelta(days=2),
                critical=timedelta(days=1),
            ),
        },
        timedelta(days=4),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_turn(case: str) -> None:
    """Up to it the findings are the same; behind it they are others."""
    seen, given, within = CASES[case]
    policy = given.get("policy", Policy())
    more = {name: value for name, value in given.items() if name != "policy"}
    verdict = judged(seen, ROOT, **given)
    turn = next_turn(seen, verdict, store_of(ROOT), policy, NOW, **more)
    assert turn is not None
    # The certificates have whole seconds.
    assert abs(turn - (NOW + within)) <= timedelta(seconds=1)
    before = judged(seen, ROOT, now=turn - timedelta(seconds=1), **given)
    after = judged(seen, ROOT, now=turn + timedelta(seconds=2), **given)
    assert codes(before) == codes(verdict)
    assert before.status == verdict.status
    assert [(each.code, each.severity) for each in after.findings] != [
        (each.code, each.severity) for each in before.findings
    ]


def test_a_staple() -> None:
    """It says that nothing is revoked until its next update."""
    end = NOW + timedelta(hours=1)
    seen = observed(*LEAF.chain, ocsp_response=staple(next_update=end))
    verdict = judged(seen, CA)
    turn = next_turn(seen, verdict, store_of(CA), Policy(), NOW)
    assert turn is not None
    assert abs(turn - end) <= timedelta(seconds=1)
    assert "ocsp-staple-stale" not in codes(verdict)
    assert "ocsp-staple-stale" in codes(judged(seen, CA, now=turn + timedelta(seconds=2)))


def test_what_never_turns() -> None:
    """Nothing in the future: everything has ended, and nothing begins."""
    old = Authority.root("Old", days=(-1000, -10), now=NOW)
    seen = observed(*old.issue("a", days=(-900, -20), now=NOW).chain, name="a")
    assert next_turn(seen, judged(seen, old), store_of(old), Policy(), NOW) is None
