"""Asks a live client of each family about every case, and writes down what it says.

`make corpus-record`; with names of families as arguments only those. The answers stand in
`recorded/`, a file a family, with the client's release and the day.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from corpus.all_cases import ALL_CASES
from corpus.judges import reference
from corpus.live import LIVE_CLIENTS, Question
from corpus.recorded import Record, write_down
from corpus.seconds import INTO_THE_SECOND, cases_of_a_second
from corpus.serving import port_of

if TYPE_CHECKING:
    from corpus import Case
    from corpus.live import LiveClient


def record(client: LiveClient) -> Record:
    """Build a client, and ask it everything."""
    release = client.prepare()
    said = client.ask([_question(case) for case in ALL_CASES])
    answers = {case.name: answer for case, answer in zip(ALL_CASES, said, strict=True)}
    return Record(release, f"{datetime.now(UTC):%Y-%m-%d}", answers | _of_a_second(client))


def _of_a_second(client: LiveClient) -> dict[str, str]:
    # Far enough away for servers and programs to have started; the first question is a warm-up.
    second = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)
    cases = list(cases_of_a_second(second))
    at = (second + INTO_THE_SECOND).timestamp()
    questions = [_question(ALL_CASES[0]), *(_question(case, at) for case in cases)]
    _, *said = client.ask(questions)
    assert datetime.now(UTC) - second < timedelta(seconds=1), "too slow for a second"
    return {case.name: answer for case, answer in zip(cases, said, strict=True)}


def _question(case: Case, at: float = 0) -> Question:
    return Question(port_of(case), reference(case), case.ca_file, at)


for family in sys.argv[1:] or LIVE_CLIENTS:
    kept = record(LIVE_CLIENTS[family])
    write_down(family, kept)
    accepted = sum(map(kept.accepts, kept.answers))
    print(f"{family}: {kept.client}: {accepted} of {len(kept.answers)} accepted")  # noqa: T201
