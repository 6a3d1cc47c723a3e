"""The systemd unit: it is understood, and hardened."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from servers import find_program

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "halfshake-watch.service"


def test_systemd_analyze_has_little_to_say() -> None:
    """The exposure is low; and every line is understood, by a systemd that knows notify-reload."""
    analyze = find_program("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    security = [analyze, "security", "--offline=true", "--threshold=20", "--no-pager", str(UNIT)]
    done = subprocess.run(security, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:]
    complaints = [
        line
        for line in done.stderr.splitlines()
        if "notify-reload" not in line and "is not executable" not in line
    ]
    assert complaints == []
