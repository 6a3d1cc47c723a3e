"""The configurations of docs/ and README.md are read without a mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from halfshake.commands.watching import opening
from halfshake.watch.settings.plan import load_plan
from watch.serving import ROOT

PROJECT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    "page", ["docs/prometheus.md", "docs/watch.md", "docs/notifications.md", "README.md"]
)
def test_a_configuration_on_the_page_works(page: str, tmp_path: Path) -> None:
    """Every block of YAML with `listen`, `trust` or `probe` is a whole configuration."""
    text = (PROJECT / page).read_text("utf-8")
    blocks = re.findall(r"```yaml(?: file=(?!wrong)\S+)?\n(.*?)```", text, re.DOTALL)
    configurations = [
        block for block in blocks if re.search(r"^(listen|trust|probe):", block, re.MULTILINE)
    ]
    assert configurations
    for name in ("corp-ca.pem", "partner-ca.pem"):
        (tmp_path / name).write_bytes(ROOT.pem)
    (tmp_path / "targets.d").mkdir()
    (tmp_path / "targets.d" / "more.yaml").write_text("- stock.corp.example\n")
    for number, configuration in enumerate(configurations):
        path = tmp_path / f"{number}.yaml"
        path.write_text(configuration)
        load_plan(path, opening(), {})
