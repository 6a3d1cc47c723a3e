"""Reference pages made of the code's own tables, so that they cannot drift: `make docs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.failure_guide import ALERT_ADVICE, FAILURE_GUIDES
from halfshake.tls.codepoints import AlertDescription
from halfshake.trust.finding_guide import FINDING_GUIDES

if TYPE_CHECKING:
    from collections.abc import Callable


def failures_page() -> str:
    """Document every failure reason, in Markdown."""
    parts = [_FAILURES_HEAD]
    for reason, guide in FAILURE_GUIDES.items():
        phases = ", ".join(phase.value for phase in guide.phases)
        parts.append(
            f"## `{reason.value}`\n\n{guide.meaning} (phase: {phases})\n\n"
            f"What to do: {guide.advice}\n"
        )
    rows = [
        f"| {AlertDescription(number).name} ({number}) | {advice} |"
        for number, advice in ALERT_ADVICE.items()
    ]
    parts.append(_ALERTS_HEAD + "\n".join(rows) + "\n")
    return "\n".join(parts)


def findings_page() -> str:
    """Document every finding, in Markdown."""
    parts = [_FINDINGS_HEAD]
    for code, guide in FINDING_GUIDES.items():
        parts.append(
            f"## `{code}`\n\n{guide.meaning} ({guide.severity})\n\n"
            f"What to do: {guide.advice}\n\n    {guide.example}\n"
        )
    return "\n".join(parts)


_FINDINGS_HEAD = """# Findings

Made from the code by `make docs`. Each finding of a verdict has one of these stable codes, a
severity (the worst one is the status), a sentence on this very case, and what to do. `--severity
CODE=info|warning|critical|ignore` makes one more or less than it is.
"""

_FAILURES_HEAD = """# When a certificate is not read

Made from the code by `make docs`. A reading that fails has `"outcome": "failed"` in the
[result document](result-document.md), with `failure.phase`, `failure.reason` (one of the stable
codes below), `failure.detail` (a sentence on this very case) and `failure.advice`. It counts as
unknown, exit code 3, unless `--on-failure` says otherwise.
"""

_ALERTS_HEAD = """## The alerts behind `alert-received`

`failure.alert` has the number and the name (RFC 9846 6.2). Some have an advice of their own:

| alert | what to do |
| --- | --- |
"""

PAGES: dict[str, Callable[[], str]] = {
    "failures.md": failures_page,
    "findings.md": findings_page,
}
"""File name in docs/, and what makes it."""
