"""What a row of the comparison is: a client, what it does, and how its CPU time is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loads import Load


@dataclass(frozen=True)
class Visits:
    """One measurement: so many visits to a server, so many at the same time."""

    load: Load
    count: int
    in_flight: int
    directory: Path  # for lists of targets and results


@dataclass(frozen=True)
class Row:
    """A client.

    `measure` takes the CPU microseconds of one visit; `work` says what is done for them. `missing`
    says why it cannot be measured here. `waits` is True for a client that sleeps at each target.
    One with a number in flight of its own has no count for visits one by one.
    """

    key: str
    label: str
    work: str
    measure: Callable[[Visits], float]
    counts: tuple[int, int] = (600, 400)  # with 20 in flight, and with 1
    missing: str | None = None
    waits: bool = False

    def count(self, in_flight: int, *, quick: bool) -> int:
        """How many visits give a steady figure; as many for each of those in flight."""
        wanted = self.counts[in_flight == 1] // (3 if quick else 1)
        return max(in_flight * -(-wanted // in_flight), 4)
