"""`halfshake agent-config`: a tls.d/conf.yaml becomes a halfshake.d/conf.yaml, in the open."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml

from halfshake.agent.options import read_options
from halfshake.cli import main

SCRIPT = Path(__file__).parent.parent / "integrations" / "datadog" / "agent-config"

SHIPPED = """\
ad_identifiers: [api]
init_config:
  allowed_versions: ['1.2', 1.3]
instances:
  - server: https://api.example.com
    ca_cert: /etc/ssl/corp.pem
    cert: /etc/ssl/client.pem
    private_key: /etc/ssl/client.key
    transport: UDP
    validate_hostname: false
    tls_validate_hostname: true
    tags: &tags ['team:payments']
  - local_cert_path: /etc/ssl/own.pem
    server_hostname: own.example.com
    days_warning: -1
    seconds_warning: 86400
    timeout: 0
    tags: *tags
"""


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A configuration of the shipped check."""
    file = tmp_path / "conf.yaml"
    file.write_text(SHIPPED)
    return file


def test_what_becomes_of_it(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours on standard output, the changes on standard error, and nothing to warn of is left."""
    assert main(["agent-config", str(shipped)]) == 0
    output, changes = capsys.readouterr()
    document = yaml.safe_load(output)
    assert document == {
        "ad_identifiers": ["api"],
        "init_config": {"metric_namespace": "tls", "allowed_versions": ["TLSv1.2", "TLSv1.3"]},
        "instances": [
            {
                "server": "https://api.example.com",
                "tls_ca_cert": "/etc/ssl/corp.pem",
                "tls_validate_hostname": False,
                "tags": ["team:payments"],
            },
            {
                "local_cert_path": "/etc/ssl/own.pem",
                "server_hostname": "own.example.com",
                "days_warning": -1,
                "seconds_warning": 86400,
                "tags": ["team:payments"],
            },
        ],
    }
    for instance in document["instances"]:
        assert read_options(instance, document["init_config"]).warnings == ()
    assert "&" not in output
    first = "instance 1 (https://api.example.com): "
    for change in (
        "all instances: `metric_namespace: tls` is added",
        "all instances: `allowed_versions` is now TLSv1.2, TLSv1.3",
        f"{first}`ca_cert` is now `tls_ca_cert`",
        f"{first}`cert`, `private_key` are ignored: the server sends its certificate before",
        f"{first}removed: `cert`, `private_key`, `transport`, `validate_hostname` (`tls_val",
        f"{first}`transport: UDP` has no effect",
        f"{first}`tls_validate_hostname` is false, as `validate_hostname` was",
        "instance 2 (/etc/ssl/own.pem): removed: `timeout`",
    ):
        assert change in changes


def test_what_is_read_is_the_same(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The old configuration and the new one watch the same, in the same way."""
    main(["agent-config", str(shipped)])
    new = yaml.safe_load(capsys.readouterr().out)
    old = yaml.safe_load(SHIPPED)
    namespace = {"metric_namespace": "tls"}
    for before, after in zip(old["instances"], new["instances"], strict=True):
        copied = read_options(before, {**old["init_config"], **namespace})
        assert copied.watched == read_options(after, new["init_config"]).watched


def test_every_mistake_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its instance and its option; and nothing is written."""
    file, output = tmp_path / "conf.yaml", tmp_path / "new.yaml"
    instances = [{"server": "a", "port": 0, "days_warning": "soon"}, {"name": "b"}, {"server": "c"}]
    file.write_text(yaml.safe_dump({"instances": instances}))
    assert main(["agent-config", str(file), "-o", str(output)]) == 3
    _, error = capsys.readouterr()
    for mistake in ("instance 1 (a): port: ", "instance 1 (a): days_warning: ", "2: server: is"):
        assert mistake in error
    assert not output.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("- a", "it must be a mapping"),
        ("instances: []", "instances: must be a list of mappings"),
        ("instances: [5]\ninit_config: [a]", "instance 1: must be a mapping"),
        ("a: [", "it is not YAML"),
    ],
)
def test_no_configuration(
    content: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not one is named as such."""
    file = tmp_path / "conf.yaml"
    file.write_text(content)
    assert main(["agent-config", str(file)]) == 3
    assert sentence in capsys.readouterr().err


def test_files(shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard input and a new file; one that is there is not replaced."""
    output = tmp_path / "new.yaml"
    with mock.patch("sys.stdin", io.StringIO(SHIPPED)):
        assert main(["agent-config", "-", "--output", str(output)]) == 0
    assert "metric_namespace: tls" in output.read_text()
    assert main(["agent-config", str(shipped), "-o", str(output)]) == 3
    assert "cannot be written: File exists" in capsys.readouterr().err
    assert main(["agent-config", str(tmp_path / "missing.yaml")]) == 3
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_without_yaml(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says which line installs it."""
    modules: dict[str, Any] = {"yaml": None}
    with mock.patch.dict(sys.modules, modules):
        assert main(["agent-config", str(shipped)]) == 3
    assert "pip install 'halfshake[agent-config]'" in capsys.readouterr().err


def test_the_script_beside_the_wheel(shipped: Path, tmp_path: Path) -> None:
    """It does the same, and loads nothing that an Agent's Python does not have."""
    loaded = tmp_path / "loaded.py"
    loaded.write_text(
        "import runpy, sys\n"
        f"sys.argv = ['agent-config', {str(shipped)!r}]\n"
        f"runpy.run_path({str(SCRIPT)!r})\n"
        "assert 'rich' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, str(loaded)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["instances"][0]["tls_ca_cert"] == "/etc/ssl/corp.pem"
    done = subprocess.run(
        [sys.executable, SCRIPT, "no"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "no cannot be read" in done.stderr
