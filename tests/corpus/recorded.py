"""What live clients said of the corpus once, so that tests need none of them (`recorder.py`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from corpus.live import ACCEPTED, LIVE_CLIENTS

RECORDED = Path(__file__).parent / "recorded"


class Record(NamedTuple):
    """A client's release, the day it was asked, and to each case "accepted", or why not."""

    client: str
    recorded_on: str
    answers: dict[str, str]

    def accepts(self, case_name: str) -> bool:
        """Did the client take the chain for the name."""
        return self.answers[case_name] == ACCEPTED


def recorded(family: str) -> Record:
    """Read the record of a family."""
    return Record(**json.loads((RECORDED / f"{family}.json").read_text("utf-8")))


def write_down(family: str, record: Record) -> None:
    """Keep a record, a line a case, so that what has changed shows."""
    text = json.dumps(record._asdict(), indent=1, ensure_ascii=False)
    (RECORDED / f"{family}.json").write_text(text + "\n", "utf-8")


FAMILIES = tuple(LIVE_CLIENTS)
