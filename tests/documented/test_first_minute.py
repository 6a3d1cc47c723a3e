"""From nothing to a reading within a minute: a fresh environment, the built wheel, two commands.

CPU time is measured, not the clock: a machine on which other tests run is no slower by it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.mark.interop
@pytest.mark.timeout(400)
def test_the_first_minute(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """`pip install` of the wheel, `halfshake demo`, `halfshake check`, as a new user does it."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "wheel", "--no-deps", "-w", str(tmp_path), str(ROOT)], tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    bin_directory = tmp_path / "fresh" / "bin"
    halfshake = str(bin_directory / "halfshake")
    steps = {
        "python -m venv": [sys.executable, "-m", "venv", "fresh"],
        "pip install": [str(bin_directory / "pip"), "install", "--quiet", str(wheel)],
        "halfshake demo": [halfshake, "demo"],
        "halfshake check": [halfshake, "check", "127.0.0.1:1"],
    }
    took, said = {}, {}
    for name, command in steps.items():
        before = _cpu_seconds()
        said[name] = _run(command, tmp_path, wanted=3 if name == "halfshake check" else 0)
        took[name] = _cpu_seconds() - before
    assert said["halfshake demo"].count("possession proven") == 2
    assert "connection-refused" in said["halfshake check"]
    shown = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items())
    record_property("first minute", shown)
    assert sum(took.values()) < 60, shown


def _run(command: list[str], directory: Path, wanted: int = 0) -> str:
    run = subprocess.run(
        command,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == wanted, run.stdout
    return run.stdout


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
