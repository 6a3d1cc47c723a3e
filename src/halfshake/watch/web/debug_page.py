"""`/probe?debug=true`: what happened, for the person who asks why."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from halfshake.observation import Observation
from halfshake.report.people.console import Page, console_for

if TYPE_CHECKING:
    from halfshake.target import Target
    from halfshake.watch.web.probed import Probed


def debug_page(probed: Probed, target: Target, module: str, metrics: str) -> str:
    """Tell the reading as `halfshake check` does, then the metrics it makes."""
    told = io.StringIO()
    page = Page(console_for(told))
    result, verdict = probed.judged.result, probed.judged.verdict
    if isinstance(result, Observation) and verdict is not None:
        page.reading(result, verdict)
    elif not isinstance(result, Observation):
        page.failure(result, probed.judged.status)
    return (
        f"Logs for the probe:\ntarget {target.text}, module {module or '(none)'}, "
        f"{probed.seconds:.3f} s\n{told.getvalue()}\n\n\n"
        f"Metrics that would have been returned:\n{metrics}"
    )
