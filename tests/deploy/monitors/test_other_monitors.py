"""Zabbix, Checkmk, Telegraf and GitHub get what our files promise them, from a real server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from deploy_texts import DEPLOY

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.monitors.conftest import Api

pytestmark = pytest.mark.interop

ZABBIX = DEPLOY / "zabbix" / "halfshake.yaml"
USER_PARAMETER = DEPLOY / "zabbix" / "userparameter_halfshake.conf"
ACTION = DEPLOY / "github-action" / "action.yml"
IMPORT = "/usr/share/zabbix/include/classes/import"


def test_zabbix_imports_the_template(require: Callable[[str], None]) -> None:
    """The frontend's own import (Debian has 6.0) checks each tag, key and trigger."""
    require("php")
    require(IMPORT)
    script = Path(__file__).with_name("zabbix_import.php")
    run = _run(["php", str(script), str(ZABBIX)])
    assert (run.returncode, run.stdout) == (0, "")


def test_zabbix_names_only_what_it_has() -> None:
    """Each master item, item of a trigger and macro stands in the template; each UUID once."""
    text = ZABBIX.read_text("utf-8")
    template = yaml.safe_load(text)["zabbix_export"]["templates"][0]
    keys = {item["key"] for item in template["items"]}
    named = {item["master_item"]["key"] for item in template["items"] if "master_item" in item}
    for expression in re.findall(r"expression: '(.*)'", text):
        named |= set(re.findall(rf"/{template['name']}/([\w.]+(?:\[[^\]]*\])?)", expression))
    assert named <= keys
    macros = {macro["macro"] for macro in template["macros"]}
    assert set(re.findall(r"\{\$[A-Z_.]+\}", text)) == macros
    uuids = re.findall(r"uuid: (\w+)", text)
    assert len(set(uuids)) == len(uuids)


def test_zabbix_agent_runs_the_item(
    api: Api, tmp_path: Path, require: Callable[[str], None], environment: dict[str, str]
) -> None:
    """`zabbix_agentd -t`, and each path of the template leads to a value of the right type."""
    require("zabbix_agentd")
    configuration = tmp_path / "zabbix_agentd.conf"
    configuration.write_text(
        f"Server=127.0.0.1\nTimeout=15\nLogFile={tmp_path}/agent.log\nInclude={USER_PARAMETER}\n",
        "utf-8",
    )
    document = _by_the_agent(api.target, f"--ca-file {api.ca_file}", configuration, environment)
    values = {key: _at(document, path) for key, path in _paths().items()}
    assert values.pop("halfshake.days_left") == pytest.approx(5.0, abs=0.1)
    assert values == {
        "halfshake.outcome": "read",
        "halfshake.failure": None,
        "halfshake.status": "critical",
        "halfshake.trusted": True,
        "halfshake.client_auth": True,
    }
    failed = _by_the_agent("127.0.0.1:1", "", configuration, environment)
    values = {key: _at(failed, path) for key, path in _paths().items()}
    assert values.pop("halfshake.outcome") == "failed"
    assert "refused" in values.pop("halfshake.failure")
    assert values.pop("halfshake.status") == "unknown"
    # Without a value, an item whose path leads nowhere must not become an error.
    assert set(values.values()) == {None}
    discarded = {
        item["key"]
        for item in _dependent()
        if item["preprocessing"][0].get("error_handler") == "DISCARD_VALUE"
    }
    assert discarded == {*values, "halfshake.failure"}


def test_checkmk_gets_a_line_for_each_target(
    api: Api, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Status, name, metrics, text: the form of a local check."""
    targets = tmp_path / "targets"
    targets.write_text(f"# ours\n\n{api.target}\n127.0.0.1:1\n", "utf-8")
    run = _run(
        [str(DEPLOY / "checkmk" / "halfshake")],
        environment
        | {"HALFSHAKE_TARGETS": str(targets), "HALFSHAKE_OPTIONS": f"--ca-file {api.ca_file}"},
    )
    assert run.returncode == 0
    read, failed = [LOCAL_CHECK.fullmatch(line) for line in run.stdout.splitlines()]
    assert read is not None, run.stdout
    assert failed is not None, run.stdout
    assert read.group("status", "name") == ("2", f"Certificate {api.target}")
    assert float(read["metrics"].removeprefix("days_left=")) == pytest.approx(5.0, abs=0.1)
    assert "expires in 5.0 days" in read["text"]
    assert failed.group("status", "name", "metrics") == ("3", "Certificate 127.0.0.1:1", "-")
    assert "refused the connection" in failed["text"]


def test_telegraf_finds_its_values(api: Api, environment: dict[str, str]) -> None:
    """The TOML, and each JSON path, against real documents; Telegraf itself is not in Debian."""
    with (DEPLOY / "telegraf" / "halfshake.conf").open("rb") as file:
        (plugin,) = tomllib.load(file)["inputs"]["exec"]
    (command,) = plugin["commands"]
    (parser,) = plugin["json_v2"]
    run = _run(
        ["sh", "-c", f"{command.replace('api.example.com', api.target)} --ca-file {api.ca_file}"],
        environment,
    )
    read = json.loads(run.stdout)
    failed = json.loads(
        _run(["sh", "-c", "halfshake check --json 127.0.0.1:1"], environment).stdout
    )
    types = {"float": float, "bool": bool, "string": str}
    for value in [*parser["tag"], *parser["field"]]:
        found = [_at(document, f"$.{value['path']}") for document in (read, failed)]
        assert {type(each) for each in found} <= {types[value.get("type", "string")], type(None)}
        assert found != [None, None], value
        # What one of them does not have must be optional.
        assert None not in found or value.get("optional"), value


def test_github_knows_the_action() -> None:
    """The schema of action.yml, as check-jsonschema brings it."""
    schema = ["--builtin-schema", "vendor.github-actions"]
    run = _run([sys.executable, "-m", "check_jsonschema", *schema, str(ACTION)])
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("fail_on", "options", "status", "code"),
    [
        ("warning", "", "critical", 1),
        ("critical", "", "critical", 1),
        ("warning", "-c 1d -w 2d", "ok", 0),
        ("warning", "-c 1d -w 20d", "warning", 1),
        ("critical", "-c 1d -w 20d", "warning", 0),
        ("always", "", "critical", 3),
    ],
)
def test_the_step_of_the_action(
    fail_on: str,
    options: str,
    status: str,
    code: int,
    api: Api,
    tmp_path: Path,
    environment: dict[str, str],
) -> None:
    """The script runs as GitHub runs it; what a variable holds never becomes a command."""
    step = next(step for step in _steps() if step.get("id") == "check")
    (tmp_path / "halfshake" / "bin").mkdir(parents=True)
    (tmp_path / "halfshake" / "bin" / "halfshake").symlink_to(
        Path(sys.executable).with_name("halfshake")
    )
    script = tmp_path / "step.sh"
    script.write_text(step["run"], "utf-8")
    run = _run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        environment
        | {
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "HALFSHAKE_TARGETS": f"{api.target}\n",
            "HALFSHAKE_OPTIONS": f"--ca-file {api.ca_file} {options}",
            "HALFSHAKE_FAIL_ON": fail_on,
        },
    )
    assert run.returncode == code, run.stdout
    outputs = (tmp_path / "output").read_text("utf-8").splitlines()
    assert outputs == [f"status={status}", f"results={tmp_path}/halfshake.jsonl"]
    document = json.loads((tmp_path / "halfshake.jsonl").read_text("utf-8"))
    assert document["verdict"]["status"] == status


def test_scripts_are_clean(tmp_path: Path, require: Callable[[str], None]) -> None:
    """Shellcheck finds nothing; an input of the action stands in a variable, not in the script."""
    require("shellcheck")
    scripts = [DEPLOY / "checkmk" / "halfshake"]
    for number, step in enumerate(_steps()):
        assert "${{" not in step["run"]
        scripts.append(tmp_path / f"{number}.sh")
        scripts[-1].write_text(f"#!/bin/bash\nset -eo pipefail\n{step['run']}", "utf-8")
    run = _run(["shellcheck", *map(str, scripts)])
    assert run.returncode == 0, run.stdout


def _steps() -> list[dict[str, str]]:
    steps: list[dict[str, str]] = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]
    return steps


def _dependent() -> list[dict[str, Any]]:
    (template,) = yaml.safe_load(ZABBIX.read_text("utf-8"))["zabbix_export"]["templates"]
    return [item for item in template["items"] if item.get("type") == "DEPENDENT"]


def _paths() -> dict[str, str]:
    return {item["key"]: item["preprocessing"][0]["parameters"][0] for item in _dependent()}


def _at(document: Any, path: str) -> Any:
    for key in path.removeprefix("$.").split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _by_the_agent(
    target: str, options: str, configuration: Path, environment: dict[str, str]
) -> Any:
    item = f"halfshake.check[{target},{options}]"
    run = _run(["zabbix_agentd", "-c", str(configuration), "-t", item], environment)
    shown = re.search(r"\[t\|(.*)\]\s*$", run.stdout, re.DOTALL)
    assert shown is not None, run.stdout
    return json.loads(shown[1])


def _run(
    command: list[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=30,
    )


LOCAL_CHECK = re.compile(
    r'(?P<status>[0-3]) "(?P<name>[^"]+)" (?P<metrics>-|days_left=-?[0-9.]+) (?P<text>\S.*)'
)
