"""Datadog's API accepts the monitors and the dashboard, checked with its own client's models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client import Configuration
from datadog_api_client.model_utils import validate_and_convert_types
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor

DEPLOY = Path(__file__).parent.parent.parent / "deploy" / "datadog"
MONITORS = sorted((DEPLOY / "monitors").glob("*.json"))


def not_understood(model: Any, path: str = "") -> list[str]:
    """Find what the client kept as raw data, because no model fits."""
    found = [path] if getattr(model, "_unparsed", False) else []
    for inner in getattr(model, "_composed_instances", None) or []:
        found += not_understood(inner, path)
    for key, value in (getattr(model, "_data_store", None) or {}).items():
        for item in value if isinstance(value, list) else [value]:
            found += not_understood(item, f"{path}/{key}")
    return found


@pytest.mark.parametrize(
    ("path", "model"),
    [*((path, Monitor) for path in MONITORS), (DEPLOY / "dashboard.json", Dashboard)],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_datadogs_own_client_takes_it(path: Path, model: type) -> None:
    """The client knows everything, down to the last widget."""
    document = json.loads(path.read_text("utf-8"))
    read = validate_and_convert_types(document, (model,), ["it"], True, True, Configuration())
    assert not_understood(read) == []
