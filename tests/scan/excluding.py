"""A reader for tests of the engines: it visits nobody, and is found by its name in any process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfshake.scan.reader import Answer, Outcome, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.scan.sources.entries import Entry


class Excluding:
    """Every entry is excluded."""

    async def read(self, entry: Entry) -> Answer:
        """Nothing is read."""
        return Answer("", Seen(Outcome.excluded, entry.text))

    def encode(self, lines: Sequence[str]) -> bytes:
        """There are none."""
        return "".join(lines).encode()


def opening(_options: dict[str, Any], _shares: int) -> Excluding:
    """Open it."""
    return Excluding()
