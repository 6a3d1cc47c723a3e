"""`TokenBucket`: so many a second, and a few more at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class TokenBucket:
    """Fills at `per_second`, up to what two seconds bring; each call takes one token."""

    def __init__(self, per_second: float, clock: Callable[[], float]) -> None:
        self.per_second = per_second
        self._clock = clock
        self._tokens = self._most
        self._filled_at = clock()

    def take(self) -> bool:
        """Take a token; is there one?"""
        now = self._clock()
        more = (now - self._filled_at) * self.per_second
        self._tokens = min(self._most, self._tokens + more)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def _most(self) -> float:
        return max(1.0, 2 * self.per_second)
