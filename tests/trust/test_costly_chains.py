"""Chains that are made to be slow: how much is done about them, and what is said then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.trust import path
from halfshake.trust.cost import MAX_NAME_CHECKS, cost_of
from halfshake.trust.findings import MAX_MESSAGE_CHARACTERS, found
from halfshake.trust.store import TrustStore
from pki import Authority
from trust.costly import NAME, constrained, cross_signed, same_named
from trust.observations import codes, judged, observed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from halfshake.trust.cost import Cost

ROOT = Authority.root()
NOBODY = TrustStore((), ())


def cost(chain: Sequence[x509.Certificate]) -> Cost:
    """What the chain costs by an empty store."""
    return cost_of(tuple(one.public_bytes(Encoding.DER) for one in chain), NOBODY)


def count_signatures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every signature that the walk checks from now on."""
    checked: list[Any] = []
    whole = path.is_signed_by

    def counting(certificate: x509.Certificate, issuer: x509.Certificate) -> bool | None:
        checked.append(issuer)
        return whole(certificate, issuer)

    monkeypatch.setattr(path, "is_signed_by", counting)
    return checked


@pytest.mark.parametrize("chain", [same_named(40), cross_signed(4, 10)], ids=["named", "signed"])
def test_a_maze(chain: Sequence[x509.Certificate], monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL's word counts; nobody else is asked, nothing is guessed, and that is said."""
    checked = count_signatures(monkeypatch)
    verdict = judged(observed(*chain), ROOT)
    assert verdict.trusted is False
    assert {"untrusted", "costly-chain"} <= set(codes(verdict))
    assert not {"missing-intermediate", "unknown-ca"} & set(codes(verdict))
    (web_pki,) = [client for client in verdict.clients if client.profile == "web-pki"]
    assert web_pki.accepts is None
    assert "possible issuers" in web_pki.reason
    assert not checked


def test_a_maze_around_a_good_path() -> None:
    """What OpenSSL clients accept is accepted, whatever is sent beside it."""
    good = ROOT.intermediate().issue(NAME).chain
    verdict = judged(observed(*good, *same_named(40)[1:]), ROOT)
    assert verdict.trusted is True
    assert "costly-chain" in codes(verdict)


def test_a_few_renewed_cas_are_no_maze(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is told of them, as ever; and a walk is made once."""
    checked = count_signatures(monkeypatch)
    verdict = judged(observed(*same_named(5)), ROOT)
    assert "costly-chain" not in codes(verdict)
    assert "missing-intermediate" in codes(verdict)
    assert 0 < len(checked) <= cost(same_named(5)).candidates


def test_a_real_chain_costs_little() -> None:
    """It is judged at once, in the loop."""
    chain = ROOT.intermediate().issue(NAME).chain
    assert not cost(chain).is_high
    assert cost(chain).excess is None


@pytest.mark.parametrize(
    "chain",
    [
        same_named(10),
        same_named(40),
        constrained(ROOT, 40, 40),
        ROOT.issue(*["a.test"] * 2500).chain,
    ],
    ids=["same-named", "maze", "constraints", "names"],
)
def test_others_are_judged_aside(chain: Sequence[x509.Certificate]) -> None:
    """By number, by size, by names."""
    assert cost(chain).is_high


@pytest.mark.parametrize(("names", "constraints", "limited"), [(10, 50, False), (300, 300, True)])
def test_names_under_constraints(names: int, constraints: int, limited: bool) -> None:
    """Above a number of comparisons only OpenSSL is asked."""
    chain = constrained(ROOT, names, constraints)
    assert (cost(chain).name_checks > MAX_NAME_CHECKS) is limited
    verdict = judged(observed(*chain), ROOT)
    assert verdict.trusted is True
    assert ("costly-chain" in codes(verdict)) is limited


def test_candidates_are_counted_by_name() -> None:
    """An anchor counts, too; a certificate is no candidate for itself."""
    leaf, *cas = same_named(3)
    presented = tuple(one.public_bytes(Encoding.DER) for one in (leaf, *cas))
    assert cost_of(presented, NOBODY).candidates == 3 + 3 * 2
    root = Authority.root("Maze").certificate.public_bytes(Encoding.DER)
    assert cost_of(presented, TrustStore((root,), ("ca.pem",))).candidates == 4 + 3 * 3
    assert cost(ROOT.issue(NAME).chain).candidates == 0


def test_a_long_message_says_what_it_leaves_out() -> None:
    """A name of a server's choosing is no page in a report."""
    message = found("untrusted", "x" * 5000).message
    assert len(message) < MAX_MESSAGE_CHARACTERS + 50
    assert message.endswith("... (3000 more characters)")
