"""`Report`: receives the results of a command, for any kind of reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.trust.comparison import Summary
    from halfshake.trust.status import Status
    from halfshake.trust.verdict import Verdict


class Report(Protocol):
    """Takes each result as it comes; `finish` says that no more will come."""

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Take one reading and its verdict."""

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Take one failed reading, and what it counts as."""

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Take the comparison of one target's faces, each of which was taken before."""

    def finish(self, *, interrupted: bool) -> None:
        """Print what is left; `interrupted` is True if not every target was read."""
