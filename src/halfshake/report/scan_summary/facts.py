"""`ScanSummary`: the numbers and names that a summary shows, most frequent first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Leaf(NamedTuple):
    """A certificate that ends soon, and where it is served."""

    not_after: datetime
    target: str
    subject: str


class ScanSummary(NamedTuple):
    """One scan. `where` has the results; `weeks` are Mondays as dates, in order.

    `expired` and `later` are leaves that no week has. `asking` and `stopped` are some of the
    targets that `client_auth` counts.
    """

    where: str
    at: datetime
    seconds: float
    targets: int
    lines: int
    repeated: int
    withheld: int
    outcomes: tuple[tuple[str, int], ...]
    statuses: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    findings: tuple[tuple[str, int], ...]
    versions: tuple[tuple[str, int], ...]
    issuers: tuple[tuple[str, int], ...]
    client_auth: tuple[tuple[str, int], ...]
    weeks: tuple[tuple[str, int], ...]
    expired: int
    later: int
    soonest: tuple[Leaf, ...]
    asking: tuple[str, ...]
    stopped: tuple[str, ...]
