"""What was fetched for a chain, kept for a while: a monitor sees the same chain every minute."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from halfshake.observation import Observation
    from halfshake.trust.rules.pointers import Fetched

Fetch: TypeAlias = "Callable[[Observation], Awaitable[Fetched]]"


class FetchedBefore:
    """Fetches once for all targets that show the same chain, and again after a while."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float]) -> None:
        """`clock` gives seconds and never jumps."""
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[tuple[str, ...], _Kept] = {}

    async def of(self, observation: Observation, within_seconds: float | None) -> Fetched | None:
        """What the chain points to; None where it has not come within the time.

        What comes later is there the next time.
        """
        chain = tuple(certificate.sha256 for certificate in observation.chain)
        kept = self._kept.get(chain)
        if kept is None or self._is_old(kept):
            self._kept.pop(chain, None)
            while len(self._kept) >= MOST_CHAINS:
                del self._kept[next(iter(self._kept))]
            task = asyncio.ensure_future(self._fetch(observation))
            kept = self._kept[chain] = _Kept(task, self._clock())
        await asyncio.wait([kept.task], timeout=within_seconds)
        return kept.task.result() if kept.task.done() else None

    def _is_old(self, kept: _Kept) -> bool:
        if not kept.task.done():
            return False
        failed = kept.task.cancelled() or kept.task.exception() or kept.task.result().complaints
        seconds = AGAIN_AFTER_FAILURE_SECONDS if failed else AGAIN_SECONDS
        return self._clock() - kept.began >= seconds


class _Kept(NamedTuple):
    task: asyncio.Future[Fetched]
    began: float


# CRLs are published every few hours; a monitor that asks each minute is a burden to a CA.
AGAIN_SECONDS = 3600.0
AGAIN_AFTER_FAILURE_SECONDS = 300.0

# More than the different chains of most fleets, and what they point to is small.
MOST_CHAINS = 2000
