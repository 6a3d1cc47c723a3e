"""The strict profile: what Python 3.13's default context says, live, recorded and replayed.

`python_313.json` holds its answer to every case: "accepted", or why not. Made again by
`PYTHONPATH=tests python tests/corpus/record_python_313.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpus.all_cases import ALL_CASES
from corpus.judges import (
    ACCEPTED,
    python_313,
    python_313_answers,
    python_313_says,
    strict_replay,
)

if TYPE_CHECKING:
    from corpus import Case

RECORDED: dict[str, str] = json.loads((Path(__file__).parent / "python_313.json").read_text())

every_case = pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)

_CURVE = (
    "Python does not offer this curve, so it never sees the certificate; the replay judges the "
    "chain alone"
)
OTHERWISE = {
    "P-192 leaf": _CURVE,
    "P-224 leaf": _CURVE,
    "secp256k1 leaf": _CURVE,
    "brainpoolP256r1 leaf": _CURVE,
}


def test_every_case_is_recorded() -> None:
    """A new case needs its answer."""
    assert RECORDED.keys() == {case.name for case in ALL_CASES}


@pytest.mark.skipif(python_313() is None, reason="there is no Python 3.13 here to ask")
def test_python_313_says_what_is_recorded() -> None:
    """The record matches what a live Python 3.13 says today."""
    answers = python_313_answers(ALL_CASES)
    said = {case.name: answer for case, answer in zip(ALL_CASES, answers, strict=True)}
    assert said == RECORDED


@pytest.mark.skipif(python_313() is None, reason="there is no Python 3.13 here to ask")
def test_python_313_is_asked_case_by_case() -> None:
    """A case gets the same answer alone as together with all others."""
    for case in ALL_CASES[:3]:
        assert python_313_says(case) == (RECORDED[case.name] == ACCEPTED)


@every_case
def test_the_replay_is_as_strict(case: Case) -> None:
    """The chain shown to a strict context gets Python 3.13's answer, and for the same reason."""
    replayed = strict_replay(case)
    said = ACCEPTED if replayed.verify_code == 0 else replayed.message
    agrees = said == RECORDED[case.name]
    assert agrees == (case.name not in OTHERWISE), (said, RECORDED[case.name])
