"""Targets in a column of CSV, or under a key of JSON Lines; a line at a time."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.inputs.target_list import MAX_LINE_BYTES
from halfshake.scan.sources.entries import Entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def csv_entries(
    lines: AsyncIterator[bytes], column: str, *, name: str, delimiter: str
) -> AsyncIterator[Entry]:
    """Yield the targets of one column, by its header or its number from 1.

    A record may go over several lines, in quotes. Raises UsageError if there is no such column.
    """
    place: int | None = None
    record = ""
    async for line in lines:
        text = _text(line)
        record = f"{record}\n{text}" if record else text
        if record.count('"') % 2 and len(record) < MAX_LINE_BYTES:
            continue  # the record ends on a later line
        if record.strip():
            cells = _cells(record, delimiter)
            if place is None:
                place = _place(column, cells or [], name)
                if not column.isdecimal():
                    record = ""
                    continue
            yield _cell(cells, place, record, column)
        record = ""
    if record.strip() and place is not None:
        yield Entry(record[:SHOWN], problem="a quote in this line of CSV does not end")
    if place is None:
        raise UsageError(f"{name} is empty: it has no column {column!r}")


def _cells(record: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([record], delimiter=delimiter))
    except (csv.Error, StopIteration):
        return None


def _place(column: str, header: list[str], name: str) -> int:
    if column in header:
        return header.index(column)
    if column.isdecimal() and 0 < int(column) <= len(header):
        return int(column) - 1
    known = ", ".join(header[:MOST_NAMED])
    raise UsageError(f"{name} has no column {column!r}: its first line has {known}")


def _cell(cells: list[str] | None, place: int, record: str, column: str) -> Entry:
    if cells is None or place >= len(cells):
        return Entry(record[:SHOWN], problem=f"this line has no column {column!r}")
    return Entry(cells[place].strip())


async def json_entries(
    lines: AsyncIterator[bytes], column: str, *, name: str
) -> AsyncIterator[Entry]:
    """Yield what stands under a key of each line: `target`, or `service.host` for one below.

    Raises UsageError if the first line is an object without it.
    """
    first = True
    async for line in lines:
        text = _text(line)
        if not text.strip():
            continue
        document = _parsed(text)
        value = _below(document, column.split("."))
        if isinstance(value, str):
            yield Entry(value.strip())
        elif first and isinstance(document, dict):
            known = ", ".join(list(document)[:MOST_NAMED])
            raise UsageError(f"{name} has no column {column!r}: its first line has {known}")
        else:
            yield Entry(text[:SHOWN], problem=f"this line has no text under {column!r}")
        first = False


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _below(value: Any, keys: list[str]) -> Any:
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r")


SHOWN = 100
MOST_NAMED = 20
