"""How many results there were of each status."""

from __future__ import annotations

from collections import Counter

from halfshake.trust.status import Status


class Tally:
    """Counts results; `what` is what one of them is called."""

    def __init__(self, what: str = "target") -> None:
        self.what = what
        self._counted: Counter[Status] = Counter()

    def count(self, status: Status) -> None:
        """Count one result."""
        self._counted[status] += 1

    @property
    def total(self) -> int:
        """How many were counted."""
        return self._counted.total()

    def sentence(self) -> str:
        """As "3 targets: 2 ok, 1 critical"."""
        return self._behind(f"{self.total:,} {self.what}{'s' if self.total != 1 else ''}")

    def progress(self) -> str:
        """As "3 read: 2 ok, 1 critical"."""
        return self._behind(f"{self.total:,} read")

    def _behind(self, number: str) -> str:
        counts = ", ".join(f"{self._counted[s]:,} {s.value}" for s in Status if self._counted[s])
        return f"{number}: {counts}" if counts else number
