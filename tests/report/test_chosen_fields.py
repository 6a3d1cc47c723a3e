"""Chosen fields are those of the whole document, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from halfshake.errors import FailureReason, Phase
from halfshake.inputs.target_text import parse_target
from halfshake.observation import Alert, ProbeFailure, Timings
from halfshake.report.chosen_fields import FIELDS, ChosenFields
from halfshake.report.jsonlines import failure_line, reading_line
from halfshake.trust.status import Status
from pki import Authority
from trust.observations import NAME, NOW, judged, observed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT, MIDDLE = Authority.root(), Authority.root("Middle")
READ = observed(*ROOT.issue(NAME).chain, MIDDLE.certificate)
VERDICT = judged(READ, ROOT)
FAILED = ProbeFailure(
    parse_target("192.0.2.7:8443"),
    NOW,
    Phase.handshake,
    FailureReason.alert_received,
    "it said no",
    Timings(connect=1.5),
    alert=Alert(40, "handshake_failure"),
    chain=READ.chain,
)
PATHS = [*FIELDS, *(f"{first}.{second}" for first, below in FIELDS.items() for second in below)]


@given(paths=st.lists(st.sampled_from([*PATHS, "leaf.key.bits", "tls.version.x"]), min_size=1))
@example(PATHS)
@example(["chain", "leaf"])
@example(["leaf.not_after", "leaf", "leaf.subject"])
@example(["verdict", "verdict.status"])
def test_a_line_is_part_of_the_document(paths: list[str]) -> None:
    """Each path has the value that it has there; nothing stands beside them."""
    fields = ChosenFields(paths)
    whole = json.loads(reading_line(READ, VERDICT))
    _is_part(json.loads(fields.line(READ, VERDICT, "ok")), whole, paths)
    whole = json.loads(failure_line(FAILED, Status.unknown))
    _is_part(json.loads(fields.line(FAILED, None, "unknown")), whole, paths)


@given(paths=st.lists(st.sampled_from(PATHS), min_size=1, unique=True))
def test_a_row_has_a_value_for_each_path(paths: list[str]) -> None:
    """None where there is none."""
    whole = json.loads(reading_line(READ, VERDICT))
    row = json.loads(json.dumps(ChosenFields(paths).row(READ, VERDICT, "ok")))
    assert row == [_at(whole, path) for path in paths]


def _is_part(line: dict[str, Any], whole: dict[str, Any], paths: list[str]) -> None:
    for path in paths:
        assert _at(line, path) == _at(whole, path)
    asked = {
        path.replace("leaf", "chain", 1) if path.startswith("leaf") else path for path in paths
    }
    for found in _ends(line):
        assert any(found == path or found.startswith(f"{path}.") for path in asked), found
    if "chain" not in paths:
        assert len(line.get("chain", [])) <= 1


def _at(document: dict[str, Any], path: str) -> Any:
    value: Any = document | {"leaf": document["chain"][0]} if "chain" in document else document
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _ends(value: Any, path: str = "") -> Iterator[str]:
    """The paths of everything that stands in a document."""
    if path == "chain":
        for each in value:
            yield from _ends(each, "chain.")
    elif isinstance(value, dict) and (value or not path):
        for key, each in value.items():
            yield from _ends(each, f"{path}.{key}".lstrip(".").replace("..", "."))
    else:
        yield path
