"""What a page is made of: plain values, whoever keeps them.

The monitor fills them from its history, `halfshake report` from saved readings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from halfshake.event import Event
    from halfshake.report.page.result_document import ResultDocument
    from halfshake.report.span_line import Span

Labels = tuple[tuple[str, str], ...]


class Row(NamedTuple):
    """One endpoint in the overview: a target, or one address or face of it.

    `status` is "ok", "warning", "critical" or "unknown"; `reason` the code of what is wrong, None
    where nothing is. The dates are those of the certificate that was seen last. `warning_at` and
    `critical_at` are when the thresholds that apply are reached; None where that is not known.
    """

    target: str
    address: str | None
    face: str
    labels: Labels
    status: str
    not_before: datetime | None
    not_after: datetime | None
    issuer: str | None
    subject: str | None
    reason: str | None
    last_seen_at: datetime | None
    warning_at: datetime | None = None
    critical_at: datetime | None = None

    @property
    def where(self) -> str:
        """The address and the face, where they say more than the target does."""
        return place(None if self.address == self.target else self.address, self.face)


def place(address: str | None, face: str) -> str:
    """Name an address and a face; a face may say the address itself."""
    host = (address or "").rpartition(":")[0].strip("[]")
    return face if face and host and host in face else " · ".join(filter(None, (address, face)))


class Week(NamedTuple):
    """How many certificates expire in the week that begins then."""

    begins_at: datetime
    expiring: int


class Weeks(NamedTuple):
    """The strip of expiries: what has expired already, and week after week from this one."""

    expired: int
    weeks: tuple[Week, ...]


class Facets(NamedTuple):
    """What the overview can be filtered by, and how many endpoints there are of each.

    `labels` are written NAME=VALUE.
    """

    statuses: Mapping[str, int]
    issuers: Mapping[str, int]
    reasons: Mapping[str, int]
    labels: Mapping[str, int]


class Wanted(NamedTuple):
    """What a reader asked the overview for."""

    search: str = ""
    status: str = ""
    issuer: str = ""
    reason: str = ""
    label: str = ""
    order: str = "soonest"
    offset: int = 0
    limit: int = 100

    @property
    def is_filtered(self) -> bool:
        """Is anything left out but by paging?"""
        return any((self.search, self.status, self.issuer, self.reason, self.label))


class Overview(NamedTuple):
    """The whole overview: `total` rows match, `rows` are those from `wanted.offset` on."""

    now: datetime
    wanted: Wanted
    facets: Facets
    weeks: Weeks
    total: int
    rows: Sequence[Row]


class Endpoint(NamedTuple):
    """Everything about one target: its last readings, its certificates over time, its events.

    `readings` are of every address and face, the usual one first; events are the newest first.
    """

    target: str
    labels: Labels
    readings: Sequence[ResultDocument]
    spans: Sequence[Span] = ()
    events: Sequence[Event] = ()


ORDERS = {
    "soonest": "soonest first",
    "status": "worst first",
    "target": "by name",
}
STATUSES = ("critical", "warning", "unknown", "ok")
