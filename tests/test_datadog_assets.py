"""What is imported into Datadog uses existing metrics: monitors, dashboard, pages."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from halfshake.agent.declared.every_option import ALIASES, KNOWN_OPTIONS, WHY_IGNORED

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "integrations" / "datadog"
MONITORS = sorted((ROOT / "deploy" / "datadog" / "monitors").glob("*.json"))
DASHBOARD = ROOT / "deploy" / "datadog" / "dashboard.json"
TAGS = {"server", "server_hostname", "port"}


def metadata() -> dict[str, dict[str, str]]:
    """metadata.csv by metric name."""
    with (INTEGRATION / "metadata.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["metric_name"]: row for row in rows}


def queries(document: Any) -> list[str]:
    """Find every query of a document, however deep."""
    if isinstance(document, dict):
        own = [document["query"]] if isinstance(document.get("query"), str) else []
        return own + [query for value in document.values() for query in queries(value)]
    if isinstance(document, list):
        return [query for value in document for query in queries(value)]
    return []


@pytest.mark.parametrize("path", [*MONITORS, DASHBOARD], ids=lambda path: path.stem)
def test_queries_name_metrics_and_tags_that_are_sent(path: Path) -> None:
    """Each metric of each query is in metadata.csv; groups are tags that every metric has."""
    found = queries(json.loads(path.read_text("utf-8")))
    assert found
    for query in found:
        names = re.findall(r"halfshake\.\w+", query)
        assert len(names) == 1
        assert names[0] in metadata()
        for group in re.findall(r"by \{([^}]*)\}", query):
            assert set(group.split(",")) == TAGS


@pytest.mark.parametrize("path", MONITORS, ids=lambda path: path.stem)
def test_a_monitor_is_complete(path: Path) -> None:
    """The threshold of the query is the one of its options, which Datadog insists on."""
    monitor = json.loads(path.read_text("utf-8"))
    limit = float(monitor["query"].rpartition("<")[2])
    assert monitor["options"]["thresholds"]["critical"] == limit
    assert monitor["type"] == "query alert"
    assert "{{server_hostname.name}}" in monitor["message"]


def test_every_monitor_that_is_promised() -> None:
    """Expiry by days and by lifetime, trust, client authentication, and no data."""
    assert [path.stem for path in MONITORS] == [
        "expires-by-lifetime",
        "expires-in-days",
        "no-data",
        "not-as-expected",
        "not-read",
        "not-trusted",
        "stopped-asking",
        "stopped-refusing",
    ]


def test_metadata_and_service_checks_are_those_of_the_code() -> None:
    """Every name is in the code that sends it; every row has what Datadog wants."""
    code = (ROOT / "src" / "halfshake" / "report" / "datadog.py").read_text("utf-8")
    for name, row in metadata().items():
        assert f'"{name.removeprefix("halfshake.")}"' in code
        assert row["metric_type"] == "gauge"
        assert row["unit_name"] in {"", "day", "second", "fraction"}
        assert 0 < len(row["description"]) < 400
    checks = json.loads((INTEGRATION / "assets" / "service_checks.json").read_text("utf-8"))
    assert [check["check"].removeprefix("halfshake.") for check in checks] == [
        "can_connect",
        "version",
        "cert_validation",
        "cert_expiration",
        "client_auth",
    ]
    assert all(f'"{check["check"].removeprefix("halfshake.")}"' in code for check in checks)


@pytest.mark.parametrize(
    "path",
    [
        INTEGRATION / "datadog_checks" / "halfshake" / "data" / "conf.yaml.example",
        ROOT / "docs" / "datadog.md",
    ],
    ids=lambda path: path.name,
)
def test_every_option_is_documented(path: Path) -> None:
    """Those of the check, except the Agent's own."""
    text = path.read_text("utf-8")
    agents_own = {
        "collect_default_metrics",
        "debug_metrics",
        "disable_generic_tags",
        "enable_legacy_tags_normalization",
        "loader",
        "max_returned_metrics",
        "no_index",
        "process_isolation",
        "provider",
    }
    options = KNOWN_OPTIONS - agents_own - (ALIASES.keys() if path.suffix == ".example" else set())
    assert [option for option in sorted(options) if option not in text] == []
    assert set(WHY_IGNORED) <= options


def test_laid_out_for_integrations_extras(tmp_path: Path) -> None:
    """Every file that the repository asks for is there; `make datadog-validate` runs ddev on it."""
    subprocess.run([sys.executable, ROOT / "scripts" / "lay-out-extras", tmp_path], check=True)
    check = tmp_path / "halfshake"
    files = {str(path.relative_to(check)) for path in check.rglob("*") if path.is_file()}
    assert files >= {
        "CHANGELOG.md",
        "README.md",
        "assets/configuration/spec.yaml",
        "assets/dashboards/halfshake.json",
        "assets/service_checks.json",
        "changelog.d/1.added",
        "datadog_checks/halfshake/__about__.py",
        "datadog_checks/halfshake/data/conf.yaml.example",
        "hatch.toml",
        "images/.gitkeep",
        "manifest.json",
        "metadata.csv",
        "pyproject.toml",
        "tests/test_unit.py",
    }
    assert {f"assets/monitors/{path.name}" for path in MONITORS} <= files
    assert "datadog_checks/__init__.py" not in files
    assert "/halfshake/ @" in (tmp_path / ".github" / "CODEOWNERS").read_text("utf-8")
    manifest = json.loads((tmp_path / "halfshake" / "manifest.json").read_text("utf-8"))
    for asset in manifest["assets"]["dashboards"].values():
        assert asset in files


def test_the_check_in_one_file_is_current() -> None:
    """It is made from the package's module by `make docs`."""
    file = INTEGRATION / "checks.d" / "halfshake.py"
    before = file.read_text("utf-8")
    try:
        subprocess.run([sys.executable, ROOT / "scripts" / "write-datadog-check"], check=True)
        assert file.read_text("utf-8") == before, "run `make docs`"
    finally:
        file.write_text(before, "utf-8")
