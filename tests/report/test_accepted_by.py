"""The lines about clients on the page: one if all say the same, one for each answer if not."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest

from corpus.all_cases import CASES
from corpus.opinions import judgement_of
from halfshake.report.people.console import Page, console_for
from halfshake.trust.clients.families import FAMILIES
from pki import Authority
from trust.observations import NAME, judged, observed

ROOT = Authority.root()


def _lines(page: str, *labels: str) -> list[str]:
    return [line.strip() for line in page.splitlines() if line.strip().startswith(labels)]


def test_fine_everywhere_is_one_line() -> None:
    """Nobody has to read eight answers that are the same."""
    seen = observed(*ROOT.issue(NAME).chain)
    stream = StringIO()
    Page(console_for(stream)).reading(seen, judged(seen, ROOT))
    (line,) = _lines(stream.getvalue(), "accepted by", "rejected by", "not known")
    everybody = ", ".join(family.label for family in FAMILIES.values())
    assert line == f"accepted by all clients asked: {everybody}"


def test_fine_nowhere_is_one_line() -> None:
    """The findings say why."""
    seen = observed(*ROOT.issue(NAME).chain)
    stream = StringIO()
    Page(console_for(stream)).reading(seen, judged(seen, Authority.root("Other")))
    (line,) = _lines(stream.getvalue(), "accepted by", "rejected by", "not known")
    assert line.startswith("accepted by none of the clients asked: OpenSSL,")


@pytest.mark.parametrize(
    ("case_name", "lines"),
    [
        (
            "store of the intermediate alone",
            [
                "accepted by OpenSSL, Python 3.13+, Go, rustls, Java, GnuTLS, CA/Browser profile",
                "rejected by Python up to 3.12",
            ],
        ),
        (
            "leaf with an extension twice",
            [
                "accepted by OpenSSL, Python up to 3.12, Python 3.13+",
                "rejected by Go, Java, GnuTLS, CA/Browser profile",
                "not known   rustls",
            ],
        ),
    ],
)
def test_disagreement_takes_lines(case_name: str, lines: list[str]) -> None:
    """Who accepts, who rejects, and for whom it is not known."""
    seen = observed(*ROOT.issue(NAME).chain)
    judgement = judgement_of(CASES[case_name], datetime.now(UTC))
    stream = StringIO()
    Page(console_for(stream)).reading(seen, judged(seen, ROOT)._replace(clients=judgement.clients))
    assert _lines(stream.getvalue(), "accepted by", "rejected by", "not known") == lines
