"""`Entry`: one target of the input as it is written, and what the input says of it."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """`text` is the TARGET; `server_name` is what the input says to ask it for, None for nothing.

    `problem` is a sentence that says why a line of the input is no target; None for one that may be
    a target.
    """

    text: str
    server_name: str | None = None
    problem: str | None = None
