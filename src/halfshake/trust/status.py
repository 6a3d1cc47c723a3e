"""`Status`: the whole verdict in one word, and which of two is worse.

It stands alone: a check has one for a server that nobody could read, without having judged.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Status(StrEnum):
    """The whole verdict in one word."""

    ok = "ok"
    warning = "warning"
    critical = "critical"
    unknown = "unknown"


def worst_status(statuses: Iterable[Status]) -> Status:
    """Of several targets critical beats unknown beats warning beats ok; ok for none."""
    return max(statuses, key=STATUS_ORDER.index, default=Status.ok)


STATUS_ORDER = (Status.ok, Status.warning, Status.unknown, Status.critical)
# The same for those who have a status as text. What was not read may be anything.
WORST_FIRST = tuple(status.value for status in reversed(STATUS_ORDER))
