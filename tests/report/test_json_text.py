"""Members that are written one by one are those that an encoder writes."""

from __future__ import annotations

import json
import math

from hypothesis import example, given
from hypothesis import strategies as st

from halfshake.report.json_text import json_line, members
from halfshake.trust.status import Status

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(Status),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values=st.lists(VALUES, max_size=6))
@example([True, 1, 1.0, -0.0, 1e16, 1e-7, math.inf, -math.inf, math.nan])
@example(["", '"\\/', "\x00\x1f\x7f\x85\u2028\ud800", "ä€😀", Status.ok])
@example([None, [], {}, (1, "a"), [None, {"a": None, '"': [True]}]])
def test_members_are_the_same_as_in_a_line(values: list[object]) -> None:
    """Whatever they are, and whatever in them could break a line."""
    document = {f"key_{number}": value for number, value in enumerate(values)}
    assert f"{{{members(document)}}}" == json_line(document)
    assert members(document).isprintable()


def test_what_is_written_is_read_again() -> None:
    """As JSON."""
    document = {"text": 'a "quoted"\n\\ text', "number": 12.5, "yes": True, "list": [1, None]}
    assert json.loads(f"{{{members(document)}}}") == document
