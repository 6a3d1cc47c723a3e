"""`Exposition`: the series of every target, as text that is rendered only where it changed.

Targets stand in shards of some hundred. Of each shard and family the text is kept, compressed,
until a value of that family changes: a scrape renders times and durations, and passes on the rest
as it is. It yields often, so that it never stands in a reading's way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from halfshake.watch.metrics.families import FAMILIES, SECOND_VISIT, USUAL
from halfshake.watch.metrics.kept_text import EMPTY, block

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from halfshake.watch.metrics.families import Family
    from halfshake.watch.metrics.kept_text import Block
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

    async def blocks(self) -> AsyncIterator[list[Block]]:
        """Give the text in blocks, family by family, as both text formats want it."""
        blocks: list[Block] = []
        effort = 0
        for number, family in enumerate(FAMILIES):
            has_header = False
            for shard in list(self._shards):
                found, is_new = shard.block(number, family)
                self.rendered += is_new
                effort += EFFORT_OF_RENDERING if is_new else 1
                if found is not EMPTY:
                    if not has_header:
                        blocks.append(_HEADERS[number])
                        has_header = True
                    blocks.append(found)
                if effort >= EFFORT_AT_ONCE:
                    yield blocks
                    blocks, effort = [], 0
                    await asyncio.sleep(0)
        yield blocks

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

    __slots__ = ("_blocks", "_labels", "_values")

    def __init__(self) -> None:
        self._labels: list[str | None] = [None] * SHARD_ROWS
        self._values: list[tuple[Value, ...]] = [_EMPTY] * SHARD_ROWS
        self._blocks: list[Block | None] = [None] * len(FAMILIES)

    def name(self, place: int, labels: str) -> None:
        self._labels[place] = labels

    def put(self, place: int, start: int, values: Sequence[Value]) -> None:
        before, is_new = self._values[place], False
        for number, value in enumerate(values, start):
            if before[number] != value:
                self._blocks[number] = None
                is_new = True
        if is_new:
            self._values[place] = (*before[:start], *values, *before[start + len(values) :])

    def clear(self, place: int) -> None:
        self.put(place, 0, _EMPTY)
        self._labels[place] = None

    def block(self, number: int, family: Family) -> tuple[Block, bool]:
        kept = self._blocks[number]
        if kept is not None:
            return kept, False
        render = _info_lines if family.info else _number_lines
        rows = zip(self._labels, self._values, strict=True)
        text = render(family.name, [(labels, values[number]) for labels, values in rows])
        # Label text repeats itself: kept like this it needs a tenth of the memory.
        new = self._blocks[number] = block(text)
        return new, True


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

_HEADERS = tuple(block(family.header.encode()) for family in FAMILIES)

# Readings wait while a shard is rendered, which takes a third of a millisecond, or passed on, which
# takes a tenth of that. A scrape does not wait for a turn of the busy loop after each.
SHARD_ROWS = 256
EFFORT_OF_RENDERING = 10
EFFORT_AT_ONCE = 320
