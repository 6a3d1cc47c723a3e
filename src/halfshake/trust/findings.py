"""`Finding`: one thing to know about a server, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class Severity(IntEnum):
    """How bad a finding is; the worst one makes the verdict's status."""

    info = 0
    warning = 1
    critical = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """A stable `code`, a sentence on what is wrong, a sentence on what to do, and the evidence."""

    code: str
    severity: Severity
    message: str
    advice: str
    evidence: dict[str, str | int | float] = field(default_factory=dict)
