"""Every file, and part of a file, that is made from the code: `make docs` writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halfshake.reference.agent import agent_example, agent_models, agent_spec, agent_table
from halfshake.reference.history import events_table
from halfshake.reference.man import man_pages
from halfshake.reference.options import options_page, readme_table
from halfshake.reference.result_schema import result_schema
from halfshake.reference.tables import failures_page, findings_page, schemes_page
from halfshake.reference.watch import configuration_page, metrics_tables, probe_names_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def written(root: Path) -> dict[Path, str]:
    """Each file below the repository's root, with the content that it should have.

    Raises OSError if a file to copy, or a partly made one, is missing; ValueError if the marks of a
    partly made one are missing.
    """
    whole = {root / name: page() for name, page in PAGES.items()}
    whole |= {root / copy: (root / name).read_text("utf-8") for copy, name in COPIES.items()}
    for name, (begin, end, part) in PARTS.items():
        path = root / name
        whole[path] = _with_part(path.read_text("utf-8"), begin, end, part(), name)
    return whole


def _with_part(text: str, begin: str, end: str, part: str, name: str) -> str:
    marked = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
    if not marked.search(text):
        raise ValueError(f"{name} has lost the lines that mark its made part: {begin!r}, {end!r}")
    return marked.sub(lambda match: f"{match[1]}{part}\n{match[2]}", text)


PAGES: dict[str, Callable[[], str]] = {
    "docs/failures.md": failures_page,
    "docs/findings.md": findings_page,
    "docs/schemes.md": schemes_page,
    "docs/options.md": options_page,
    "docs/configuration.md": configuration_page,
    "docs/result-document.schema.json": result_schema,
    "integrations/datadog/datadog_checks/halfshake/data/conf.yaml.example": agent_example,
    "integrations/datadog/assets/configuration/spec.yaml": agent_spec,
    **man_pages(),
}

COPIES = {
    # A chart cannot reach out of its directory.
    "deploy/helm/halfshake/files/halfshake-rules.yaml": "deploy/prometheus/halfshake-rules.yaml",
}

_MARKDOWN = ("<!-- made by `make docs` -->", "<!-- end -->")
_PYTHON = ("    # Made by `make docs`.", "    # End.")
_MODELS = "integrations/datadog/datadog_checks/halfshake/config_models"

PARTS: dict[str, tuple[str, str, Callable[[], str]]] = {
    "README.md": (*_MARKDOWN, readme_table),
    "docs/datadog.md": (*_MARKDOWN, agent_table),
    "docs/history.md": (*_MARKDOWN, events_table),
    "docs/metrics.md": (*_MARKDOWN, metrics_tables),
    "docs/prometheus.md": (*_MARKDOWN, probe_names_tables),
    f"{_MODELS}/shared.py": (*_PYTHON, lambda: agent_models()["shared"]),
    f"{_MODELS}/instance.py": (*_PYTHON, lambda: agent_models()["instance"]),
}
"""The file, the lines before and after the part, and the function that makes it."""
