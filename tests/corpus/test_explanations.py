"""Every fault of the corpus is found: its code, and the faulty certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corpus.all_cases import ALL_CASES, CASES
from corpus.judges import halfshake_says
from corpus.undecoded import openssl_decodes

if TYPE_CHECKING:
    from corpus import Case
    from halfshake.trust.findings import Finding

FAULTS = {case.fault.code for case in ALL_CASES if case.fault}
BALLAST = {"wrong-order", "extra-certificates", "root-sent"}

named = pytest.mark.parametrize(
    "case", [case for case in ALL_CASES if case.fault], ids=lambda case: case.name
)
remarked = pytest.mark.parametrize(
    "case", [case for case in ALL_CASES if case.remarks], ids=lambda case: case.name
)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_names_the_fault_and_no_other(case: Case) -> None:
    """The fault's code is among the findings; no other fault is, except the remarks."""
    expected = {case.fault.code} if case.fault else set()
    assert _codes(case) & FAULTS == (expected | set(case.remarks)) & FAULTS, _findings(case)


@named
def test_points_at_the_certificate(case: Case) -> None:
    """The evidence names the faulty certificate: its depth and its subject."""
    assert case.fault is not None
    pointing = [
        (finding.evidence.get("depth"), finding.evidence.get("subject"))
        for finding in _findings(case)
        if finding.code == case.fault.code
    ]
    readable = all(map(openssl_decodes, case.presented))
    assert pointing == [(case.fault.depth, case.fault.subject if readable else "")]


@remarked
def test_remarks_on_what_is_odd_besides(case: Case) -> None:
    """Extra certificates, wrong order and bare common names are found, whether trusted or not."""
    assert set(case.remarks) <= _codes(case)


@pytest.mark.parametrize("name", ["three tiers", "ten tiers", "leaf by the root", "wildcard"])
def test_does_not_remark_on_what_is_in_order(name: str) -> None:
    """A correct chain has no findings."""
    assert not _codes(CASES[name]) & (BALLAST | {"cn-only"})


def _findings(case: Case) -> tuple[Finding, ...]:
    return halfshake_says(case).findings


def _codes(case: Case) -> set[str]:
    return {finding.code for finding in _findings(case)}
