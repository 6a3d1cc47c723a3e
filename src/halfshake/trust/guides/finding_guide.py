"""`FindingGuide`: what there is to know about one finding, whatever the case."""

from __future__ import annotations

from typing import NamedTuple


class FindingGuide(NamedTuple):
    """What there is to know about one code, whatever the case.

    `severity` is "info", "warning" or "critical": where it depends, the worst, and `meaning` says
    on what.
    """

    severity: str
    meaning: str
    advice: str
    example: str
