"""On which line of a TOML file a key stands: tomllib says what is there, but not where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tomllib
    from collections.abc import Sequence


def toml_line(text: str, path: Sequence[str | int]) -> int | None:
    """Find a path, or its nearest parent; arrays that are written inline count as one key."""
    best: tuple[int, int | None] = (0, None)
    table: tuple[str | int, ...] = ()
    arrays: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _named(header["name"], arrays, array=line.lstrip().startswith("[["))
            here = table
        elif key := _KEY.match(line):
            here = (*table, *_keys(key["name"]))
        else:
            continue
        if len(here) > best[0] and tuple(path[: len(here)]) == here:
            best = (len(here), number)
    return best[1]


def toml_problem(error: tomllib.TOMLDecodeError) -> tuple[int | None, str]:
    """The line of an error, and what is wrong there."""
    sentence = str(error)
    found = re.search(r" \(at line (\d+), column \d+\)$", sentence)
    if found is None:
        return None, sentence
    return int(found[1]), sentence[: found.start()]


def _named(
    name: str, arrays: dict[tuple[str | int, ...], int], *, array: bool
) -> tuple[str | int, ...]:
    path: tuple[str | int, ...] = ()
    keys = _keys(name)
    for depth, key in enumerate(keys):
        path = (*path, key)
        if array and depth == len(keys) - 1:
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path = (*path, arrays[path])
    return path


def _keys(name: str) -> list[str]:
    return [key.strip().strip("\"'") for key in name.split(".")]


_HEADER = re.compile(r"\s*\[\[?(?P<name>[^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*(?P<name>[A-Za-z0-9_.\-\"']+)\s*=")
