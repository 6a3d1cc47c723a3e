"""`Reader`: how a target is read and judged by one set of options; handed in by `commands`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from halfshake.dial.tcp import Address
    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.target import Target
    from halfshake.trust.assessment import Assessment
    from halfshake.trust.comparison import Summary
    from halfshake.trust.standing import Standing
    from halfshake.trust.status import Status
    from halfshake.trust.verdict import Verdict


class VisitKind(StrEnum):
    """What a visit is for; each kind has an interval of its own."""

    usual = "usual"
    faces = "faces"
    enforcement = "enforcement"


class Judged(NamedTuple):
    """One reading with its verdict; of a failure `verdict` and `assessment` are None.

    `standing` is what `judge_again` needs while the server shows the same, up to `until`; None is
    without an end.
    """

    result: Observation | ProbeFailure
    verdict: Verdict | None
    assessment: Assessment | None
    status: Status
    kind: VisitKind = VisitKind.usual
    standing: Standing | None = None
    until: datetime | None = None


class Reader(Protocol):
    """Reads and judges targets by one set of options.

    `kinds` are the visits that these options ask for. `read` never raises for what a server does,
    and `judge` never raises at all.
    """

    kinds: tuple[VisitKind, ...]

    def is_like(self, other: Reader) -> bool:
        """Would the other one read and judge just the same? Files count as they were read."""

    def is_direct(self, target: Target) -> bool:
        """Is the target's own address dialled, and not a proxy or another one?"""

    def thresholds(self, not_before: datetime, not_after: datetime) -> tuple[datetime, datetime]:
        """When a certificate of these dates becomes a warning, and when critical."""

    async def read(
        self,
        target: Target,
        kind: VisitKind,
        *,
        timeout_seconds: float,
        addresses: Sequence[Address] | None = None,
    ) -> list[Observation | ProbeFailure]:
        """Make one visit, not of faces; with `addresses` to these alone, whatever the name says."""

    async def read_faces(self, target: Target, *, timeout_seconds: float) -> FacesRead:
        """Read every face that the options ask for; the deadline is that of each visit."""

    def compare(self, faces: FacesRead) -> Summary:
        """Compare the faces of one target."""

    async def judge(
        self,
        result: Observation | ProbeFailure,
        kind: VisitKind,
        *,
        within_seconds: float | None = None,
    ) -> Judged:
        """Judge what such a visit brought, as it stands now.

        What has to be fetched for it is waited for so long: None, as long as fetching may take.
        """

    def judge_again(self, observation: Observation, standing: Standing) -> Judged:
        """What `judge` would say of a usual visit that shows what `standing` was made of."""


class OpenReader(Protocol):
    """Makes a reader of a full set of options; raises UsageError where they make no sense."""

    def __call__(self, options: dict[str, Any]) -> Reader:  # noqa: D102
        ...


class Opening(Protocol):
    """Begins a new set of readers that share their trust stores: one for each configuration."""

    def __call__(self) -> OpenReader:  # noqa: D102
        ...
