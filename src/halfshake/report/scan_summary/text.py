"""The summary of a scan as text, for a terminal or a mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.report.scan_summary.facts import ScanSummary


def summary_text(summary: ScanSummary) -> str:
    """Some dozen lines, with the end of the last."""
    rate = f", {summary.targets / summary.seconds:,.0f} a second" if summary.seconds >= 1 else ""
    outcomes = f": {_few(summary.outcomes)}" if summary.targets else ""
    lines = [
        f"{summary.targets:,} targets in {summary.seconds:,.0f} s{rate}{outcomes}",
        f"results       {summary.where} ({summary.lines:,} lines)",
    ]
    if summary.repeated:
        lines.append(f"repeated      {summary.repeated:,} left out: they came a short while before")
    if summary.withheld:
        lines.append(
            f"withheld      {summary.withheld:,} of ranges: excluded, or private and not named"
        )
    for title, counted in (
        ("verdicts", summary.statuses),
        ("failures", summary.reasons),
        ("findings", summary.findings),
        ("TLS", summary.versions),
        ("asks clients", summary.client_auth),
    ):
        if counted:
            lines.append(f"{title:<14}{_few(counted)}")
    lines += _table("issuers", [(f"{count:>9,}", name) for name, count in summary.issuers[:SHOWN]])
    weeks = [(f"{count:>9,}", f"in the week of {week}") for week, count in summary.weeks[:SHOWN]]
    if summary.expired:
        weeks.insert(0, (f"{summary.expired:>9,}", "have expired"))
    rest = sum(count for _, count in summary.weeks[SHOWN:]) + summary.later
    if rest:
        weeks.append((f"{rest:>9,}", "later"))
    lines += _table("expire", weeks)
    lines += _table(
        "soonest",
        [
            (f"{leaf.not_after:%Y-%m-%d %H:%M}", f"{leaf.target}  {leaf.subject}")
            for leaf in summary.soonest[:SHOWN]
        ],
    )
    lines += _table("stopped asking for a client certificate", [("", t) for t in summary.stopped])
    return "".join(f"{_printable(line)}\n" for line in lines)


def _few(counted: Sequence[tuple[str, int]]) -> str:
    shown = [f"{count:,} {name}" for name, count in counted[:SHOWN]]
    rest = sum(count for _, count in counted[SHOWN:])
    return ", ".join([*shown, f"{rest:,} others"] if rest else shown)


def _table(title: str, rows: Sequence[tuple[str, str]]) -> list[str]:
    return [title, *(f"  {left}  {right}".rstrip() for left, right in rows)] if rows else []


def _printable(line: str) -> str:
    if line.isprintable():
        return line
    return re.sub(r"[^ -~]", lambda found: found[0] if found[0].isprintable() else "\ufffd", line)


SHOWN = 10
