"""`Probed`: what came of one `/probe`, whoever's names it is told by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import DeadlineExceeded, Phase, ReadingFailed
from halfshake.observation import Observation, ProbeFailure, Timings
from halfshake.trust.status import Status
from halfshake.watch.reader import Judged

if TYPE_CHECKING:
    from halfshake.target import Target


class Probed(NamedTuple):
    """A reading; `lookup_seconds` is None where the name was not looked up here.

    `verify` says whether a chain that is not trusted is a failure, as it is for other clients.
    """

    judged: Judged
    seconds: float
    lookup_seconds: float | None
    verify: bool

    @property
    def observation(self) -> Observation | None:
        """What was read; None where that failed."""
        result = self.judged.result
        return result if isinstance(result, Observation) else None

    @property
    def success(self) -> bool:
        """Was the certificate read and, where that is asked, is it good?

        That the server refuses clients without a certificate is no failure: that is its task.
        """
        verdict = self.judged.verdict
        if verdict is None:
            return False
        return not self.verify or (bool(verdict.trusted) and verdict.name_matches is not False)


def unresolved(target: Target, error: TimeoutError | ReadingFailed, seconds: float) -> Judged:
    """What is told of a target whose name could not be looked up."""
    if not isinstance(error, ReadingFailed):
        error = DeadlineExceeded("resolving the name took too long", phase=Phase.resolve)
    failure = ProbeFailure(
        target=target,
        observed_at=datetime.now(UTC),
        phase=error.phase,
        reason=error.reason,
        detail=error.detail,
        timings=Timings(total=seconds * 1000),
    )
    return Judged(failure, None, None, Status.unknown)
