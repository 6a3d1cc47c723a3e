"""What every page of HTML is written with: the template engine, and a style sheet with its hash.

Jinja2 is loaded here, when the first page is written. Every value is escaped by it, after `visible`
has spelled out what a browser would obey.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any

from halfshake.report.page.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment


@functools.cache
def environment_of(package: str) -> Environment:
    """The templates of a package, in its folder `templates`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        # A release that is installed meanwhile is not for this process.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shortened"] = visible
    return environment


@functools.cache
def style_of(package: str, file: str) -> str:
    """A style sheet that stands beside the templates."""
    return resources.files(package).joinpath("templates", file).read_text("utf-8")


def style_values(style: str) -> dict[str, Any]:
    """`style`, for a page that holds it, and `style_hash`, for its content security policy."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja2

    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "style": Markup(style),  # noqa: S704 - our own file, as it is
        "style_hash": f"sha256-{digest}",
    }


def _harmless(value: Any) -> Any:
    if value is None:
        return ""
    # Markup, which only the templates make, is a str of its own.
    return visible(value) if type(value) is str else value
