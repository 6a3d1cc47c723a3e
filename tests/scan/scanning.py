"""Runs `halfshake scan` as a process, and reads what it wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from halfshake.scan.output.form import lines_in

if TYPE_CHECKING:
    from pathlib import Path


def command(*arguments: object) -> list[str]:
    """The command as a separate process."""
    return [sys.executable, "-m", "halfshake", "scan", *map(str, arguments)]


def scan(*arguments: object, code: int = 0, **options: Any) -> str:
    """Run to its end; what it printed and complained about."""
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=50, **options
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return f"{done.stdout}{done.stderr}"


def results(path: Path) -> list[dict[str, Any]]:
    """The result documents of an output."""
    return [json.loads(line) for line in lines_in(path)]


def manifest(path: Path) -> dict[str, Any]:
    """The manifest beside an output; what goes in comes out."""
    found: dict[str, Any] = json.loads(
        path.with_name(f"{path.name}.manifest.json").read_text("utf-8")
    )
    counted = sum(found[name] for name in ("read", "failed", "refused", "excluded"))
    assert counted == found["targets"]
    assert found["lines"] == counted - found["excluded"]
    return found
