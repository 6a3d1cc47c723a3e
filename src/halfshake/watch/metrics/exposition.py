"""`Exposition`: the series of every target, as text that is rendered only where it changed.

Targets stand in shards of some hundred. Of each shard and family the text is kept, compressed,
until a value of that family changes: a scrape renders times and durations, and passes on the rest.
It yields often, so that it never stands in a reading's way.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from halfshake.watch.metrics.families import FAMILIES, SECOND_VISIT, USUAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from halfshake.watch.metrics.families import Family
    from halfshake.watch.metrics.values import Value


class Exposition:
    """Every series of every target; a row is named by the labels that all its series have."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[_Shard, int]] = {}
        self._shards: list[_Shard] = []
        self._free: list[tuple[_Shard, int]] = []
        self.rendered = 0

    def __len__(self) -> int:
        return len(self._rows)

    def put_usual(self, labels: str, values: Sequence[Value]) -> None:
        """Set what a reading says; what the second visit said stays."""
        shard, place = self._place(labels)
        shard.put(place, 0, values)

    def put_second_visit(self, labels: str, values: Sequence[Value]) -> None:
        """Set what the second visit says; what the first one said stays."""
        shard, place = self._place(labels)
        shard.put(place, len(USUAL), values)

    def put_faces(self, labels: str, values: Sequence[Value]) -> None:
        """Set what the comparison of its faces says; what else is known stays."""
        shard, place = self._place(labels)
        shard.put(place, len(USUAL) + len(SECOND_VISIT), values)

    def drop(self, labels: str) -> None:
        """Let a row and all its series vanish."""
        found = self._rows.pop(labels, None)
        if found is not None:
            shard, place = found
            shard.clear(place)
            self._free.append(found)

    async def text(self) -> AsyncIterator[bytes]:
        """Give the text in pieces, family by family, as both text formats want it."""
        pieces: list[bytes] = []
        size = 0
        for number, family in enumerate(FAMILIES):
            header: bytes | None = family.header.encode()
            for shard in list(self._shards):
                piece, is_new = shard.text(number, family)
                self.rendered += is_new
                if piece and header is not None:
                    pieces.append(header)
                    header = None
                pieces.append(piece)
                size += len(piece)
                if size >= PIECE_BYTES:
                    yield b"".join(pieces)
                    pieces, size = [], 0
                if is_new and self.rendered % SHARDS_AT_ONCE == 0:
                    await asyncio.sleep(0)
        yield b"".join(pieces)

    def _place(self, labels: str) -> tuple[_Shard, int]:
        found = self._rows.get(labels)
        if found is None:
            if not self._free:
                shard = _Shard()
                self._shards.append(shard)
                self._free = [(shard, place) for place in reversed(range(SHARD_ROWS))]
            found = self._rows[labels] = self._free.pop()
            found[0].name(found[1], labels)
        return found


class _Shard:
    """Some rows; their values, and the text of each family as long as it holds."""

    __slots__ = ("_labels", "_texts", "_values")

    def __init__(self) -> None:
        self._labels: list[str | None] = [None] * SHARD_ROWS
        self._values: list[tuple[Value, ...]] = [_EMPTY] * SHARD_ROWS
        self._texts: list[bytes | None] = [None] * len(FAMILIES)

    def name(self, place: int, labels: str) -> None:
        self._labels[place] = labels

    def put(self, place: int, start: int, values: Sequence[Value]) -> None:
        before = self._values[place]
        after = (*before[:start], *values, *before[start + len(values) :])
        if after == before:
            return
        for number in range(start, start + len(values)):
            if before[number] != after[number]:
                self._texts[number] = None
        self._values[place] = after

    def clear(self, place: int) -> None:
        self.put(place, 0, _EMPTY)
        self._labels[place] = None

    def text(self, number: int, family: Family) -> tuple[bytes, bool]:
        kept = self._texts[number]
        if kept is not None:
            return (zlib.decompress(kept) if kept else b""), False
        render = _info_lines if family.info else _number_lines
        rows = zip(self._labels, self._values, strict=True)
        text = render(family.name, [(labels, values[number]) for labels, values in rows])
        # Label text repeats itself: kept like this it needs a tenth of the memory.
        self._texts[number] = zlib.compress(text, 1) if text else b""
        return text, True


def _number_lines(name: str, rows: list[tuple[str | None, Value]]) -> bytes:
    return "".join(
        [f"{name}{{{labels}}} {value}\n" for labels, value in rows if value is not None]
    ).encode()


def _info_lines(name: str, rows: list[tuple[str | None, Value]]) -> bytes:
    return "".join(
        [
            f"{name}{{{labels},{more}}} 1\n"
            for labels, value in rows
            if isinstance(value, tuple)
            for more in value
        ]
    ).encode()


_EMPTY: tuple[Value, ...] = (None,) * len(FAMILIES)

# Rendering one takes a third of a millisecond. Readings wait for some; a scrape does not wait
# for a turn of the busy loop after each.
SHARD_ROWS = 256
SHARDS_AT_ONCE = 32

# Few writes for a large scrape, and little memory.
PIECE_BYTES = 2 * 1024 * 1024
