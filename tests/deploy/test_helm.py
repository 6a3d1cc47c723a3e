"""The Helm chart: what Helm makes of it is what Halfshake and Kubernetes read.

Where there is no `helm`, only what can be read without it is checked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy_texts import DEPLOY, RULES, unknown_metrics
from halfshake.commands.watching import opening
from halfshake.version import __version__
from halfshake.watch.settings.plan import load_plan
from watch.serving import ROOT

CHART = DEPLOY / "helm" / "halfshake"
HELM = shutil.which("helm") or shutil.which("helm", path=str(Path.home() / "go" / "bin"))
needs_helm = pytest.mark.skipif(
    HELM is None and os.environ.get("CI") != "true",
    reason="helm is not installed: run `make servers`, with Go on the path",
)


def test_it_has_the_same_rules() -> None:
    """A copy, because a chart cannot reach out of its directory; `make docs` makes it."""
    copy = (CHART / "files" / "halfshake-rules.yaml").read_text("utf-8")
    assert copy == RULES.read_text("utf-8"), "run `make docs`"
    assert unknown_metrics(copy.replace("halfshake_rules", "")) == set()


def test_it_names_the_release_that_it_installs() -> None:
    """The chart's appVersion is the default of the image's tag."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert chart["appVersion"] == __version__


def test_every_value_is_declared_and_used() -> None:
    """A value that no template reads would be a promise without effect."""
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    templates = "".join(file.read_text("utf-8") for file in (CHART / "templates").iterdir())
    read = set(re.findall(r"\.Values\.(\w+)", templates))
    assert read == set(values)


def test_every_block_of_a_template_is_closed() -> None:
    """What Helm would say first; it is said without Helm too."""
    for file in (CHART / "templates").iterdir():
        text = file.read_text("utf-8")
        opened = re.findall(r"\{\{-? (?:if|with|range|define) ", text)
        assert len(opened) == len(re.findall(r"\{\{-? end ", text)), file.name


def test_the_default_configuration_is_one(tmp_path: Path) -> None:
    """Halfshake reads what values.yaml says."""
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    _load(yaml.safe_dump(values["config"]), tmp_path)


@needs_helm
def test_helm_finds_no_fault() -> None:
    """`helm lint --strict`."""
    done = _helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout


@needs_helm
def test_what_helm_makes_is_read_by_halfshake(tmp_path: Path) -> None:
    """Configuration, CA file and rules, from the rendered objects."""
    (tmp_path / "values.yaml").write_text(
        yaml.safe_dump(
            {
                "config": {
                    "trust": {"ca_files": ["ca/corp-ca.pem"]},
                    "targets": ["a.example", {"target": "10.0.0.7:8443", "name": "b"}],
                },
                "caFiles": {"corp-ca.pem": ROOT.pem.decode()},
                "serviceMonitor": {"enabled": True},
                "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
            }
        )
    )
    objects = rendered("-f", str(tmp_path / "values.yaml"))
    ca = objects["ConfigMap", "x-halfshake-ca"]["data"]
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "corp-ca.pem").write_text(ca["corp-ca.pem"])
    plan = _load(objects["ConfigMap", "x-halfshake"]["data"]["watch.yaml"], tmp_path)
    assert [watched.name for watched in plan.watched] == ["a.example", "b"]
    rule = objects["PrometheusRule", "x-halfshake"]
    assert rule["spec"] == yaml.safe_load(RULES.read_text("utf-8"))
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    service = objects["Service", "x-halfshake"]
    selector = objects["ServiceMonitor", "x-halfshake"]["spec"]["selector"]["matchLabels"]
    assert selector.items() <= service["metadata"]["labels"].items()
    pod = objects["Deployment", "x-halfshake"]["spec"]["template"]
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()


@needs_helm
def test_it_may_do_nothing_in_the_cluster() -> None:
    """No root, no writing, no capability, no token, and no object besides what it needs."""
    objects = rendered()
    assert {kind for kind, _ in objects} == {
        "ConfigMap",
        "Deployment",
        "Service",
        "ServiceAccount",
    }
    pod = objects["Deployment", "x-halfshake"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["image"] == f"halfshake:{__version__}"
    assert container["livenessProbe"]["httpGet"]["path"] == "/-/healthy"


@needs_helm
def test_a_listener_with_passwords_is_not_restarted_for_it() -> None:
    """The kubelet has no password: it may only ask whether somebody listens."""
    objects = rendered("--set", "config.web.config_file=/etc/web/web.yaml")
    container = objects["Deployment", "x-halfshake"]["spec"]["template"]["spec"]["containers"][0]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["tcpSocket"] == {"port": "http"}


def rendered(*options: str) -> dict[tuple[str, str], Any]:
    """What Helm makes of the chart: each object by its kind and name."""
    done = _helm("template", "x", str(CHART), "--kube-version", "1.33.0", *options)
    assert done.returncode == 0, done.stderr
    return {
        (each["kind"], each["metadata"]["name"]): each
        for each in yaml.safe_load_all(done.stdout)
        if each
    }


def _helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert HELM is not None
    return subprocess.run(
        [HELM, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def _load(text: str, directory: Path) -> Any:
    path = directory / "watch.yaml"
    path.write_text(text)
    return load_plan(path, opening(), {})
