"""What Halfshake says for each family of clients, to hold against what live ones said."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from corpus.all_cases import ALL_CASES
from corpus.judges import reference
from corpus.recorded import recorded
from corpus.seconds import INTO_THE_SECOND, cases_of_a_second
from halfshake.certificate import read_certificate
from halfshake.trust.kept_judgements import ChainJudgements
from halfshake.trust.store import trust_store_from_pem

if TYPE_CHECKING:
    from corpus import Case
    from halfshake.trust.chain_judgement import ChainJudgement


class Opinion(NamedTuple):
    """One family's answer to one case as Halfshake tells it, and as its live client gave it."""

    accepts: bool | None
    reason: str
    live_accepts: bool
    live_answer: str

    @property
    def agrees(self) -> bool | None:
        """Are the two the same; None where Halfshake cannot tell."""
        return None if self.accepts is None else self.accepts == self.live_accepts


@functools.cache
def opinions(family: str) -> dict[str, Opinion]:
    """Every case's opinion."""
    record = recorded(family)
    told = {}
    for name, judgement in judgements().items():
        verdict = next(client for client in judgement.clients if client.profile == family)
        told[name] = Opinion(
            verdict.accepts, verdict.reason, record.accepts(name), record.answers[name]
        )
    return told


@functools.cache
def judgements() -> dict[str, ChainJudgement]:
    """Every case, judged at a moment of today; those of a second within it."""
    now = datetime.now(UTC)
    second = now.replace(microsecond=0)
    asked = [(case, now) for case in ALL_CASES]
    asked += [(case, second + INTO_THE_SECOND) for case in cases_of_a_second(second)]
    return {case.name: judgement_of(case, moment) for case, moment in asked}


def judgement_of(case: Case, moment: datetime) -> ChainJudgement:
    """Judge a case's chain by its CA file, without a server."""
    chain = tuple(read_certificate(der) for der in case.presented)
    store = trust_store_from_pem(case.ca_file, "ca.pem")
    return ChainJudgements(maxsize=1).judge(chain, store, reference(case), moment)
