"""Text as SQLite can keep it."""

from __future__ import annotations

from typing import overload


@overload
def storable(text: str) -> str: ...


@overload
def storable(text: str | None) -> str | None: ...


def storable(text: str | None) -> str | None:
    """SQLite keeps UTF-8: a lone surrogate in a name is written as an escape."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()
