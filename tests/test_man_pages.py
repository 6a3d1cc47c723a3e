"""The man pages are clean for mandoc, and have every command and option."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from halfshake.commands.command_line import COMMANDS
from halfshake.reference.man import man_pages
from servers import find_program

ROOT = Path(__file__).parent.parent


@pytest.mark.interop
@pytest.mark.parametrize("name", man_pages())
def test_mandoc_finds_nothing(name: str) -> None:
    """No warning and no error."""
    _require_mandoc()
    run = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(ROOT / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.interop
@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_shown(name: str) -> None:
    """As a reader sees it, with its value."""
    _require_mandoc()
    page = subprocess.run(
        ["mandoc", "-T", "utf8", "-O", "width=200", str(ROOT / f"docs/man/halfshake-{name}.1")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    plain = subprocess.run(
        ["col", "-b", "-x"], input=page, capture_output=True, text=True, check=True
    ).stdout
    items = {line.strip() for line in plain.splitlines()}
    for group in COMMANDS[name].groups:
        for option in group.options:
            names = option.names if option.names[0].startswith("-") else (option.placeholder,)
            start = ", ".join(names)
            assert any(item.startswith(start) for item in items), start


def _require_mandoc() -> None:
    if find_program("mandoc") is None:
        missing = "mandoc is not installed: run `make servers`"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
