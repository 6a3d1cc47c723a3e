"""A scan's summary as one HTML file that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.report.page.templating import environment_of, style_of, style_values
from halfshake.version import __version__

if TYPE_CHECKING:
    from halfshake.report.scan_summary.facts import ScanSummary


def summary_page(summary: ScanSummary) -> str:
    """The whole page."""
    return (
        environment_of(PACKAGE)
        .get_template("summary.html")
        .render(
            summary=summary,
            tallest=max((count for _, count in summary.weeks), default=1),
            version=__version__,
            **style_values(style_of(PACKAGE, "summary.css")),
        )
    )


PACKAGE = "halfshake.report.scan_summary"
