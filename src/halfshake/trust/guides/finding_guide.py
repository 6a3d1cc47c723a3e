"""`FindingGuide`: the texts of one finding that do not depend on the case."""

from __future__ import annotations

from typing import NamedTuple


class FindingGuide(NamedTuple):
    """The texts of one code that do not depend on the case.

    `severity` is "info", "warning" or "critical": if it depends on the case, the worst one, and
    `meaning` says what it depends on.
    """

    severity: str
    meaning: str
    advice: str
    example: str
