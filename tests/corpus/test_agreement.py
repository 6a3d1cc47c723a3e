"""For every chain of the corpus, Halfshake agrees with a live curl at the same server."""

from __future__ import annotations

import os
import shutil

import pytest

from corpus import Case, ordinary
from corpus.all_cases import ALL_CASES, CASES
from corpus.exceptions import CURL as OTHERWISE
from corpus.judges import accepts, curl_says, halfshake_says, halfshake_sees
from corpus.recorded import recorded
from halfshake import judge
from halfshake.trust.store import trust_store_from_pem

pytestmark = pytest.mark.interop

every_case = pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)

# The servers of these refuse curl, which does not offer their curves.
UNSEEN = {"P-192 leaf", "P-224 leaf", "secp256k1 leaf", "brainpoolP256r1 leaf"}


@pytest.fixture(autouse=True, scope="module")
def curl() -> None:
    """Without curl there is nothing to compare with."""
    if shutil.which("curl") is None:
        missing = "curl is not installed: run `make servers`"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)


def test_the_corpus_is_a_corpus() -> None:
    """There are many cases, each with its own name, and exceptions only for existing cases."""
    assert len(ALL_CASES) >= 300
    assert len(CASES) == len(ALL_CASES)
    assert OTHERWISE.keys() | UNSEEN <= CASES.keys()


@every_case
def test_agrees_with_curl(case: Case) -> None:
    """If Halfshake trusts chain and name, curl connects; the exceptions are in exceptions.py."""
    agrees = accepts(halfshake_says(case)) == curl_says(case).accepts
    assert agrees == (case.name not in OTHERWISE), (curl_says(case), halfshake_says(case).findings)


@every_case
def test_curl_finds_the_fault_that_the_case_is_made_for(case: Case) -> None:
    """The corpus is right: curl rejects the faulty ones, because of the chain, not the network."""
    answer = curl_says(case)
    as_expected = answer.accepts == (case.fault is None)
    assert as_expected == (case.name not in OTHERWISE), answer
    assert answer.saw_the_chain == (case.name not in UNSEEN), answer


@pytest.mark.parametrize(
    "name", sorted(OTHERWISE.keys() - UNSEEN - {"intermediate without a subject"})
)
def test_python_sides_with_us_on_names(name: str) -> None:
    """Where curl has an opinion of its own on names, Python 3.13 has ours (`test_strict.py`)."""
    assert recorded("openssl-strict").accepts(name) == accepts(halfshake_says(CASES[name]))


@every_case
def test_the_name_is_judged_apart_from_the_chain(case: Case) -> None:
    """The answer about the name is the same if the chain is not trusted."""
    seen = halfshake_sees(case)
    stranger = trust_store_from_pem(ordinary.OTHER_ROOT.pem, "other.pem")
    assert judge(seen, stranger).name_matches == halfshake_says(case).name_matches
