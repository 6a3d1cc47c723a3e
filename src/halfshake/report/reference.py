"""Reference pages made of the code's own tables, so that they cannot drift: `make docs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.failure_guide import ALERT_ADVICE, FAILURE_GUIDES
from halfshake.tls.codepoints import AlertDescription

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

PAGES: dict[str, Callable[[], str]] = {"failures.md": failures_page}
"""File name in docs/, and what makes it."""
