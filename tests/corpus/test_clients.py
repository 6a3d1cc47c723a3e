"""Every family of clients is said to take what its live client took (`recorded/`), and no more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.all_cases import ALL_CASES, CASES
from corpus.clients_page import clients_page
from corpus.exceptions import OTHERWISE
from corpus.judges import reference
from corpus.live import LIVE_CLIENTS, Question, python
from corpus.opinions import judgement_of, judgements, opinions
from corpus.recorded import FAMILIES, recorded
from corpus.seconds import cases_of_a_second
from corpus.serving import port_of
from halfshake.trust.clients.families import FAMILIES as TOLD_OF

every_family = pytest.mark.parametrize("family", FAMILIES)

DOCS = Path(__file__).parent.parent.parent / "docs"


@every_family
def test_every_case_is_recorded(family: str) -> None:
    """A new case needs its answers: `make corpus-record`."""
    of_a_second = cases_of_a_second(datetime.now(UTC))
    names = {case.name for case in (*ALL_CASES, *of_a_second)}
    assert recorded(family).answers.keys() == names


@pytest.mark.parametrize(
    ("family", "version"), [("openssl-no-partial-chain", "3.12"), ("openssl-strict", "3.13")]
)
def test_a_live_python_still_says_what_is_recorded(family: str, version: str) -> None:
    """The record can be made again; the other clients take longer to build."""
    if python(version) is None:
        pytest.skip(f"there is no Python {version} here to ask")
    questions = [Question(port_of(case), reference(case), case.ca_file) for case in ALL_CASES]
    said = LIVE_CLIENTS[family].ask(questions)
    record = recorded(family).answers
    assert {case.name: record[case.name] for case in ALL_CASES} == {
        case.name: answer for case, answer in zip(ALL_CASES, said, strict=True)
    }


@every_family
def test_agrees_with_the_live_client(family: str) -> None:
    """All but the exceptions, each of which has its reason."""
    disagreeing = {
        name: opinion for name, opinion in opinions(family).items() if opinion.agrees is False
    }
    assert disagreeing.keys() == OTHERWISE[family].keys(), disagreeing


@every_family
def test_is_seldom_unknown(family: str) -> None:
    """Under one case in twenty, and not because rules gave up on what is common."""
    told = opinions(family)
    unknown = [name for name, opinion in told.items() if opinion.agrees is None]
    assert len(unknown) < len(told) / 20, unknown


@every_family
def test_a_refusal_has_its_reason(family: str) -> None:
    """What is refused, or not known, says why; what is taken has nothing to say."""
    for name, opinion in opinions(family).items():
        assert bool(opinion.reason) == (opinion.accepts is not True), name


def test_every_family_is_told_of() -> None:
    """The families of the record, and the CA/Browser profile, which has no client of its own."""
    assert set(TOLD_OF) == {*FAMILIES, "web-pki"}
    for name, judgement in judgements().items():
        assert [client.profile for client in judgement.clients] == list(TOLD_OF), name


def test_a_finding_for_each_family_that_refuses_what_openssl_accepts() -> None:
    """One a family, which names it, and none where OpenSSL refuses, too."""
    for name, judgement in judgements().items():
        found = [
            finding.evidence["profile"]
            for finding in judgement.findings
            if "profile" in finding.evidence
        ]
        accepted = judgement.trusted and judgement.name_matches
        refusing = [client.profile for client in judgement.clients if client.accepts is False]
        assert sorted(map(str, found)) == (sorted(refusing) if accepted else []), name


def test_a_root_is_missing_for_those_without_partial_chains() -> None:
    """Whoever trusts a CA that is not self-signed is told who will not."""
    judgement = judgement_of(CASES["store of the intermediate alone"], datetime.now(UTC))
    refusals = [finding for finding in judgement.findings if finding.code == "clients-reject"]
    assert [finding.evidence["profile"] for finding in refusals] == ["openssl-no-partial-chain"]
    assert "CA file that holds the root" in refusals[0].advice


def test_the_page_is_current() -> None:
    """docs/clients.md says what is recorded, and what Halfshake says of it."""
    assert (DOCS / "clients.md").read_text("utf-8") == clients_page(), "run `make docs`"
