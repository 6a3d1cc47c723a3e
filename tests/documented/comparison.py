"""What a page shows, and what really came: compared line by line, apart from what always changes.

Dates, times, fingerprints, durations and the like are different in each run; they are compared by
their form. A line of `...` stands for any number of lines, and `...` at the end of a line for the
rest of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def differences(shown: Sequence[str], came: Sequence[str]) -> list[str]:
    """Say where the output differs from the page: "" of nothing, else the lines around it."""
    wanted = [masked(line) for line in shown]
    lines = [masked(line) for line in came]
    if _fits(_without_blank_ends(wanted), _without_blank_ends(lines)):
        return []
    return [
        "the page shows:",
        *(f"  - {line}" for line in wanted),
        "what came:",
        *(f"  + {line}" for line in lines),
    ]


def masked(line: str) -> str:
    """Put the name of its form in the place of what changes."""
    for pattern, name in FORMS:
        line = pattern.sub(name, line)
    return line.rstrip()


def _fits(wanted: Sequence[str], lines: Sequence[str]) -> bool:
    if not wanted:
        return not lines
    first, rest = wanted[0], wanted[1:]
    if first.strip() == ANYTHING:
        return any(_fits(rest, lines[skipped:]) for skipped in range(len(lines) + 1))
    if not lines:
        return False
    if first.endswith(ANYTHING):
        return lines[0].startswith(first.removesuffix(ANYTHING).rstrip()) and _fits(rest, lines[1:])
    return first == lines[0] and _fits(rest, lines[1:])


def _without_blank_ends(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    while lines and not lines[0]:
        lines = lines[1:]
    return lines


ANYTHING = "..."

FORMS = [
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: UTC|Z|\+00:00)?", "<time>"),
        (r"\d{4}-\d\d-\d\d", "<date>"),
        (r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
        (r"\b\d{8}T\d{6}Z\b", "<time>"),
        (r"\b1[6-9]\d{8}(?:\.\d+)?\b", "<timestamp>"),
        (r"\b[0-9a-f]{32,}\b", "<hex>"),
        (r"\b\d{15,}\b", "<number>"),
        (r"\bN[A-Z2-7]{20,}", "<id>"),  # of a NATS server
        (r"\b(127\.0\.0\.1):(?:[1-6]\d{4})\b", r"\1:<port>"),
        (r"\b\d+(?:\.\d+)? ?(?:ms|µs)\b", "<duration>"),
        (r"\b\d+\.\d+s\b", "<duration>"),
        (r"\bin \d+ s(?:, [\d,]+ a second)?", "in <duration>"),
        (r"(\"bytes\": )\d+", r"\1<bytes>"),
        (r"(duration\S*(?:\{[^}]*\})?) [\d.e-]+$", r"\1 <duration>"),
        (r"(\"(?:resolve|connect|flight|starttls|enforcement|total)\": ?)[\d.]+", r"\1<duration>"),
        # Of what is left only the fraction of a second changes.
        (r"\b(\d+\.\d\d)\d+\b", r"\1"),
        (r" {2,}", "  "),
    )
]
