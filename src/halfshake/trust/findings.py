"""`Finding`: one thing to know about a server, and what to do about it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """How bad a finding is; the worst one makes the verdict's status."""

    info = 0
    warning = 1
    critical = 2


class Finding(NamedTuple):
    """A stable `code`, what is wrong in a sentence, what to do in another, and the evidence."""

    code: str
    severity: Severity
    message: str
    advice: str
    evidence: dict[str, str | int | float]


def found(
    code: str,
    message: str,
    evidence: dict[str, str | int | float] | None = None,
    *,
    severity: Severity | None = None,
    advice: str | None = None,
) -> Finding:
    """Make a finding; severity and advice come from its guide unless this case gives its own."""
    # Most servers have no finding: a check of them does not wait for all the texts.
    from halfshake.trust.guides.every_finding import FINDING_GUIDES  # noqa: PLC0415

    guide = FINDING_GUIDES[code]
    return Finding(
        code,
        Severity[guide.severity] if severity is None else severity,
        _shortened(message),
        advice or guide.advice,
        evidence or {},
    )


def _shortened(message: str) -> str:
    """Say how much is left out where a server's names make a sentence of many pages."""
    if len(message) <= MAX_MESSAGE_CHARACTERS:
        return message
    left_out = len(message) - MAX_MESSAGE_CHARACTERS
    return f"{message[:MAX_MESSAGE_CHARACTERS]}... ({left_out} more characters)"


# Three long names and a sentence around them. A certificate may hold a name of 200,000 characters.
MAX_MESSAGE_CHARACTERS = 2_000
