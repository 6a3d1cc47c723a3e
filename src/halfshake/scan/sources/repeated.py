"""`Repeated`: which entries came a short while ago; a list with a million copies is read once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any


class Repeated:
    """Remembers the last entries, so many of them, and the one that came longest ago goes first.

    Every answer depends on the entries before alone, so that a scan that goes on gives the same.
    """

    def __init__(self, remembered: int) -> None:
        self._remembered = remembered
        # Not a dict: to find its first key takes the longer, the more were taken away before it.
        self._last: OrderedDict[Any, None] = OrderedDict()

    def is_new(self, entry: Any) -> bool:
        """Note it; False if it is among those remembered."""
        last = self._last
        if entry in last:
            return False
        last[entry] = None
        if len(last) > self._remembered:
            last.popitem(last=False)
        return True


# Some 20 MB. A list that repeats a target after more others than that has it read twice.
REMEMBERED = 100_000
