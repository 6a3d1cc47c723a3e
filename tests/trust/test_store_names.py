"""How a sentence names a trust store of several parts."""

from __future__ import annotations

import pytest

from halfshake.trust.store import TrustStore


@pytest.mark.parametrize(
    ("sources", "any_of"),
    [
        ((), "an empty trust store"),
        (("a.pem",), "a.pem"),
        (("a.pem", "b.pem"), "a.pem or b.pem"),
        (
            ("a.pem", "b.pem", "the system's trust store"),
            "a.pem, b.pem or the system's trust store",
        ),
    ],
)
def test_what_is_in_none_of_them(sources: tuple[str, ...], any_of: str) -> None:
    """As in "which is not in a.pem or b.pem"."""
    assert TrustStore((), sources).any_of == any_of
