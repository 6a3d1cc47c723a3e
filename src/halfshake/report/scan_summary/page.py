"""The summary of a scan as one HTML file that needs nothing else: no script, no font, no network.

Jinja2 is loaded here, when a page is wanted. Every value is escaped by it.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from halfshake.version import __version__

if TYPE_CHECKING:
    from halfshake.report.scan_summary.facts import ScanSummary


def summary_page(summary: ScanSummary) -> str:
    """The whole page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - for few
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja2

    environment = Environment(
        loader=PackageLoader("halfshake.report.scan_summary", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = _text("summary.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("summary.html").render(
        summary=summary,
        style=Markup(style),  # noqa: S704 - our own file, as it is
        style_hash=f"sha256-{digest}",
        tallest=max((count for _, count in summary.weeks), default=1),
        version=__version__,
    )


def _text(name: str) -> str:
    folder = resources.files("halfshake.report.scan_summary").joinpath("templates")
    return folder.joinpath(name).read_text("utf-8")
