"""The Dockerfile keeps its promises: no root, nothing from strange places, a health check.

No container engine runs here: the instructions are read, and what the container would run is run.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from deploy_texts import DEPLOY

if TYPE_CHECKING:
    from pathlib import Path


def _instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "container" / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [
        (name.upper(), rest.strip())
        for name, _, rest in (line.strip().partition(" ") for line in joined.splitlines())
        if name
    ]


INSTRUCTIONS = _instructions()


def _of(name: str) -> list[str]:
    return [rest for each, rest in INSTRUCTIONS if each == name]


def test_it_does_not_run_as_root() -> None:
    """A number: Kubernetes' runAsNonRoot knows no names. It counts for the last stage."""
    last_stage = INSTRUCTIONS[max(i for i, each in enumerate(INSTRUCTIONS) if each[0] == "FROM") :]
    users = [rest for name, rest in last_stage if name == "USER"]
    assert users
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", users[-1])


def test_the_base_is_an_official_python_of_a_fixed_version() -> None:
    """Neither `latest`, nor an image of somebody else; both stages have the same."""
    bases = {rest.split()[0] for rest in _of("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim", bases.pop())


def test_nothing_is_fetched_but_by_pip() -> None:
    """The wheel is copied; no ADD, no curl, no pipe into a shell."""
    assert _of("ADD") == []
    assert not re.search(r"https?://|curl|wget", " ".join(_of("COPY") + _of("RUN")))
    assert "dist/halfshake-*.whl" in _of("COPY")[0]


def test_no_secret_is_built_in() -> None:
    """Neither as an argument of the build nor in the environment."""
    assert _of("ARG") == []
    assert not re.search(r"(?i)password|token|secret|key", " ".join(_of("ENV")))


def test_the_health_check_tells_a_running_monitor_from_none(tmp_path: Path) -> None:
    """The entry point and the check, as the container would run them, on a port of ours."""
    entry, health = json.loads(_of("ENTRYPOINT")[0]), _of("HEALTHCHECK")[0]
    check = json.loads(health[health.index("CMD ") + len("CMD ") :])
    assert entry[:2] == ["halfshake", "watch"]
    assert entry[-1] == ":9943"
    assert check[:3] == ["halfshake", "watch", "--healthcheck"]
    assert shlex.split(_of("EXPOSE")[0]) == ["9943"]
    (tmp_path / "watch.yaml").write_text("targets: []\n")
    tmp_path.chmod(0o555)
    # As in a container whose root is read-only.
    environment = {**os.environ, "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", *entry[:-1], "127.0.0.1:0", "-c", str(tmp_path / "watch.yaml")]
    watch = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert watch.stderr is not None
    try:
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", watch.stderr.readline())
        assert found
        asked = [sys.executable, "-m", *check[:-1], f":{found[1]}"]
        subprocess.run(asked, timeout=20, check=True, env=environment)
    finally:
        watch.terminate()
        assert watch.wait(20) == 0
        watch.stderr.close()
    gone = subprocess.run(asked, timeout=20, capture_output=True, check=False)
    assert gone.returncode == 1
