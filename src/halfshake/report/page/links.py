"""Where the links of a page lead: to pages of the monitor, or to places in the same file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halfshake.report.page.views import Wanted


class Links(Protocol):
    """What the templates ask; `is_file` says that there is nobody to ask for another page."""

    is_file: bool

    def endpoint(self, target: str) -> str:
        """The page, or the section, of a target; "" where there is none."""

    def overview(self, wanted: Wanted | None = None) -> str:
        """The overview, filtered."""


class ServedLinks:
    """Links of the monitor's pages, which lie `depth` folders below the overview.

    They are relative, so that a proxy may serve the pages under a prefix of its own.
    """

    is_file = False

    def __init__(self, depth: int = 0) -> None:
        self.root = "../" * depth

    def endpoint(self, target: str) -> str:
        """The page of a target."""
        return f"{self.root}endpoints/{quote(target, safe='')}"

    def document(self, target: str) -> str:
        """The same as JSON."""
        return f"{self.root}api/v1/endpoints/{quote(target, safe='')}"

    def overview(self, wanted: Wanted | None = None) -> str:
        """The overview, filtered."""
        query = "" if wanted is None else query_of(wanted)
        return f"{self.root}?{query}" if query else self.root or "./"

    def asset(self, name: str) -> str:
        """A file of the page's own, or a feed."""
        return f"{self.root}{name}"


class FileLinks:
    """Links of a report: only to the endpoints that the file tells of in full."""

    is_file = True

    def __init__(self, targets: Iterable[str]) -> None:
        self._targets = frozenset(targets)

    def endpoint(self, target: str) -> str:
        """The section of a target, if the file has it."""
        return f"#{anchor(target)}" if target in self._targets else ""

    def overview(self, wanted: Wanted | None = None) -> str:  # noqa: ARG002 - nothing is filtered
        """The beginning of the file."""
        return "#top"


def anchor(target: str) -> str:
    """The name of a target's section, which a browser takes as it is."""
    return f"e-{hashlib.sha256(target.encode(errors='surrogatepass')).hexdigest()[:16]}"


def query_of(wanted: Wanted) -> str:
    """The query of a filter, without what is usual."""
    usual = type(wanted)()._asdict()
    return urlencode(
        {name: value for name, value in wanted._asdict().items() if value != usual[name]}
    )
