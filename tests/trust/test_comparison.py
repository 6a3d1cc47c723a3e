"""What differs between the faces of one target, and which one is named as the odd one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.observation import ClientAuth, Face, FacesRead
from halfshake.target import Target
from halfshake.trust.comparison import compare, summarize
from halfshake.trust.findings import Severity
from halfshake.trust.policy import Policy
from halfshake.trust.status import Status
from pki import Authority
from trust.observations import NAME, NOW, observed

if TYPE_CHECKING:
    from halfshake.observation import Observation

ROOT = Authority.root()
LEAF = ROOT.issue(NAME).chain[0]
OLDER = ROOT.issue(NAME, days=(-60, 5)).chain[0]
SAME_DAY = ROOT.issue(NAME, days=(-30, 60.4)).chain[0]
ASKS, ASKS_NOT = ClientAuth(requested=True), ClientAuth(requested=False)


def at(number: int, *chain: Any, **changes: Any) -> Observation:
    """A reading of the address 192.0.2.number."""
    address = f"192.0.2.{number}"
    face = Face(address=address, **changes.pop("face", {}))
    return observed(
        *(chain or (LEAF,)),
        address=f"{address}:443",
        face=face,
        key_type=face.key_type,
        **changes,
    )


def found(*readings: Observation) -> dict[str, str]:
    """The findings' messages by code."""
    return {finding.code: finding.message for finding in compare(readings)}


def test_what_is_the_same_is_not_worth_a_word() -> None:
    """Nor is one reading alone, nor none."""
    assert found(at(1), at(2), at(3)) == {}
    assert found(at(1)) == found() == found(observed(LEAF)) == {}


@pytest.mark.parametrize(
    ("auths", "sentence"),
    [
        ((ASKS, ASKS_NOT, ASKS), "no client certificate is asked for by 192.0.2.2:443,"),
        ((ASKS_NOT, ASKS), "no client certificate is asked for by 192.0.2.1:443,"),
        ((ASKS_NOT, ASKS, ASKS_NOT), "a client certificate is asked for only by 192.0.2.2:443"),
    ],
)
def test_the_odd_one_is_who_differs_from_most(auths: tuple[ClientAuth, ...], sentence: str) -> None:
    """And without a majority, the one that asks for nothing."""
    readings = [at(number, client_auth=auth) for number, auth in enumerate(auths, start=1)]
    differing = found(*readings)
    assert list(differing) == ["addresses-differ-client-auth"]
    assert differing["addresses-differ-client-auth"].startswith(sentence)


def test_an_older_certificate() -> None:
    """Named with the days between; certificates of the same day are normal for nodes."""
    differing = found(at(1), at(2, OLDER), at(3))
    assert list(differing) == ["addresses-differ-not-after", "addresses-differ-certificate"]
    assert "192.0.2.2:443 serves an older certificate" in differing["addresses-differ-not-after"]
    assert "55.0 days before" in differing["addresses-differ-not-after"]
    assert list(found(at(1), at(2, SAME_DAY))) == ["addresses-differ-certificate"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_odd_one_of_two_is_the_same_in_every_run(order: int) -> None:
    """By the certificates' dates, else by address: not by a fingerprint, nor by who came first."""
    for _ in range(8):  # the fingerprints are others each time
        newer, older = ROOT.issue(NAME).chain[0], ROOT.issue(NAME, days=(-30, 59.9)).chain[0]
        for numbers in ((1, 2), (2, 1)):
            readings = [at(numbers[0], newer), at(numbers[1], older)][::order]
            assert found(*readings) == {
                "addresses-differ-certificate": (
                    f"192.0.2.{numbers[1]}:443 serves another certificate than the other one"
                )
            }
    auths = [ClientAuth(requested=True, acceptable_cas=(name,)) for name in ("CN=A", "CN=B")]
    readings = [at(number, client_auth=auth) for number, auth in enumerate(auths, 1)][::order]
    assert found(*readings)["addresses-differ-acceptable-cas"].startswith("192.0.2.2:443 ")


def test_each_node_has_a_certificate_of_its_own() -> None:
    """No odd one is made up."""
    nodes = [at(number, ROOT.issue(NAME).chain[0]) for number in (1, 2, 3)]
    assert found(*nodes) == {
        "addresses-differ-certificate": "each address serves its own certificate"
    }


def test_an_issuer_a_chain_and_a_version() -> None:
    """Another CA explains another chain, so that is not reported twice."""
    intermediate = ROOT.intermediate()
    full = intermediate.issue(NAME).chain
    assert (
        "192.0.2.2:443 sends other CA"
        in found(at(1, *full), at(2, full[0]))["addresses-differ-chain"]
    )
    other = Authority.root("Other CA").issue(NAME).chain[0]
    differing = found(at(1, *full), at(2, *full), at(3, other))
    assert "192.0.2.3:443 was issued by CN=Other CA" in differing["addresses-differ-issuer"]
    assert "addresses-differ-chain" not in differing
    older = found(at(1), at(2, tls_version="TLSv1.2"))
    assert older == {
        "addresses-differ-tls-version": "192.0.2.2:443 speaks TLSv1.2, the other one TLSv1.3"
    }


def test_other_acceptable_cas() -> None:
    """Order does not count."""
    two, turned = ("CN=A", "CN=B"), ("CN=B", "CN=A")
    auths = [ClientAuth(requested=True, acceptable_cas=names) for names in (two, turned, ("CN=A",))]
    differing = found(*(at(number, client_auth=auth) for number, auth in enumerate(auths, 1)))
    assert differing == {
        "addresses-differ-acceptable-cas": (
            "192.0.2.3:443 accepts client certificates from other CAs than the 2 others"
        )
    }


def test_key_types_of_each_address_are_compared_apart() -> None:
    """An old RSA certificate on one node is not compared with the others' ECDSA certificates."""
    rsa, old_rsa = (ROOT.issue(NAME, key_type="rsa", days=(-30, days)).chain[0] for days in (60, 5))
    readings = [
        at(number, certificate, face={"key_type": kind})
        for number, kind, certificate in (
            (1, "rsa", rsa), (1, "ecdsa", LEAF), (2, "rsa", old_rsa), (2, "ecdsa", LEAF),
        )
    ]  # fmt: skip
    differing = found(*readings)
    assert differing["addresses-differ-not-after"].endswith("before the last one (RSA)")
    message = differing["key-types-differ-not-after"]
    assert message.startswith("the RSA certificate expires")
    assert message.endswith("(at 192.0.2.2:443)")


@pytest.mark.parametrize("order", [1, -1])
def test_names_are_told_in_the_same_order_in_every_run(order: int) -> None:
    """They are asked for side by side, and answered in any order."""
    faces = [
        at(1, OLDER, face={"sni": name}, client_auth=ASKS_NOT) for name in ("a.test", "b.test")
    ]
    differing = found(at(1), *faces[::order])
    assert differing["sni-differ-client-auth"].endswith("not under a.test, under b.test")
    served = differing["sni-differ-certificate"]
    assert served.index("under a.test") < served.index("under b.test")


def test_open_in_an_older_version() -> None:
    """What is the same at every address is reported once."""
    older = {"tls_version": "TLSv1.2"}
    readings = [
        reading
        for number in (1, 2)
        for reading in (
            at(number),
            at(number, face=older, tls_version="TLSv1.2", client_auth=ASKS_NOT),
        )
    ]
    assert found(*readings) == {
        "versions-differ-client-auth": "a client certificate is asked for in TLSv1.3, and not in "
        "TLSv1.2"
    }


def summary(*readings: Observation, **severities: Severity | None) -> Any:
    """The summary of these readings by a policy."""
    named = {code.replace("_", "-"): severity for code, severity in severities.items()}
    faces = FacesRead(Target(NAME, NAME, 443, NAME), NOW, readings, (), ())
    return summarize(faces, Policy(severities=named))


def test_a_summary_is_weighed_like_a_verdict() -> None:
    """--severity raises, lowers and mutes; the spread is there even without a finding."""
    readings = (at(1), at(2, SAME_DAY))
    plain = summary(*readings)
    assert plain.status is Status.ok
    assert plain.last_not_after - plain.first_not_after > timedelta(hours=9)
    raised = summary(*readings, addresses_differ_certificate=Severity.critical)
    assert raised.status is Status.critical
    assert summary(*readings, addresses_differ_certificate=None).findings == ()
    assert summary().first_not_after is None
