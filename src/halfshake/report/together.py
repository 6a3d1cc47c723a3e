"""`Together`: one result, several reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.report.report import Report
    from halfshake.trust.comparison import Summary
    from halfshake.trust.status import Status
    from halfshake.trust.verdict import Verdict


class Together:
    """Hands each result to every report, in their order."""

    def __init__(self, *reports: Report) -> None:
        self._reports = reports

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Hand on one reading and its verdict."""
        for report in self._reports:
            report.reading(observation, verdict)

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Hand on one failed reading."""
        for report in self._reports:
            report.failure(failure, status)

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Hand on what one target's faces show together."""
        for report in self._reports:
            report.summary(faces, summary)

    def finish(self, *, interrupted: bool) -> None:
        """Tell every report that no more will come."""
        for report in self._reports:
            report.finish(interrupted=interrupted)
