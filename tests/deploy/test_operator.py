"""ServiceMonitor and PrometheusRule of the chart, held against prometheus-operator's own CRDs.

`crds/` has the schemas of one release, named in each file, without their descriptions. A cluster
refuses a field that is in no schema, if it is asked to be strict; so does this.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from deploy.test_helm import needs_helm, rendered
from deploy_texts import RULES

CRDS = Path(__file__).parent / "crds"


def _strict(schema: Any) -> Any:
    """No other keys than those that a schema names, as `kubectl --validate=strict` has it."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    return made


def _faults(thing: dict[str, Any]) -> list[str]:
    for file in CRDS.glob("*.json"):
        crd = json.loads(file.read_text("utf-8"))
        if (crd["kind"], crd["apiVersion"]) == (thing["kind"], thing["apiVersion"]):
            schema = _strict(crd["schema"])
            # The metadata of every object is for Kubernetes itself to check.
            schema["properties"]["metadata"] = {"type": "object"}
            validator = Draft202012Validator(schema, format_checker=FormatChecker())
            return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(thing)]
    pytest.fail(f"no CRD is for {thing['kind']}")


@needs_helm
def test_what_the_chart_renders(tmp_path: Path) -> None:
    """Both objects, with every value that they take."""
    (tmp_path / "values.yaml").write_text(
        yaml.safe_dump(
            {
                "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
                "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
            }
        )
    )
    objects = rendered("-f", str(tmp_path / "values.yaml"))
    seen = {kind: _faults(thing) for (kind, _), thing in objects.items() if kind in OURS}
    assert seen == {"ServiceMonitor": [], "PrometheusRule": []}


def test_the_rules_as_an_object() -> None:
    """Without Helm, too; and a mistake in them would be seen."""
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "x"},
        "spec": yaml.safe_load(RULES.read_text("utf-8")),
    }
    assert _faults(rule) == []
    for wrong in ({"for": "ten minutes"}, {"expression": "up"}, {"labels": ["severity"]}):
        broken = copy.deepcopy(rule)
        broken["spec"]["groups"][0]["rules"][0] |= wrong
        assert len(_faults(broken)) == 1, wrong


OURS = {"ServiceMonitor", "PrometheusRule"}
