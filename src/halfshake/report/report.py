"""`Report`: what a command hands its results to, whoever reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.trust.comparison import Summary
    from halfshake.trust.verdict import Status, Verdict


class Report(Protocol):
    """Takes each result as it comes, and is told once that no more will."""

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Take one reading and its verdict."""

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Take one failed reading, and what it counts as."""

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Take what one target's faces, each handed over before, show together."""

    def finish(self, *, interrupted: bool) -> None:
        """Say what is left to say; `interrupted` where not every target was read."""
