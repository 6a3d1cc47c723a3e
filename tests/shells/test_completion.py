"""Bash, zsh and fish really complete what `halfshake completion` gives them."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.commands.completion import SHELLS
from servers import find_program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.interop

# What is typed before Tab, and what has to be offered.
CASES = [
    ("halfshake ch", {"check"}),
    ("halfshake re", {"report"}),
    ("halfshake check --ca-f", {"--ca-file"}),
    ("halfshake check --ca-file corp", {"corp-ca.pem", "corp-root.pem"}),
    ("halfshake check --json --ca-file corp-r", {"corp-root.pem"}),
    ("halfshake check --key-type e", {"ecdsa", "eddsa"}),
    ("halfshake judge read", {"readings.jsonl"}),
    ("halfshake config from", {"from-blackbox"}),
    ("halfshake completion z", {"zsh"}),
    ("halfshake agent-config --out", {"--output"}),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a few files and the three completions."""
    home = tmp_path_factory.mktemp("home")
    for name in ("corp-ca.pem", "corp-root.pem", "readings.jsonl"):
        (home / name).touch()
    for shell in SHELLS:
        run = subprocess.run(
            [sys.executable, "-m", "halfshake", "completion", shell],
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stderr == ""
        (home / f"_halfshake.{shell}").write_text(run.stdout, "utf-8")
    shutil.copy(home / "_halfshake.zsh", home / "_halfshake")
    return home


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_bash(typed: str, offered: set[str], place: Path) -> None:
    """The function that `complete` names fills COMPREPLY."""
    program = (
        "source ./_halfshake.bash\n"
        'COMP_LINE=$1 COMP_POINT=${#1}; read -r -a COMP_WORDS <<<"$1"\n'
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
        "name=$(complete -p halfshake | sed 's/.*-F \\([^ ]*\\) .*/\\1/')\n"
        '"$name" halfshake "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" 2>/dev/null\n'
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    lines = _output(["bash", "--norc", "-c", program, "bash", typed], place).split()
    assert set(lines) == offered


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish(typed: str, offered: set[str], place: Path) -> None:
    """`complete -C` says what a Tab would offer."""
    program = "source ./_halfshake.fish; complete -C $argv[1]"
    came = _output(["fish", "--no-config", "-c", program, typed], place)
    assert {line.split("\t")[0] for line in came.splitlines()} == offered


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_zsh(typed: str, offered: set[str], place: Path) -> None:
    """An interactive zsh lists what it would complete at a Tab."""
    screen = _typed_into_zsh(typed, place)
    assert offered <= set(re.findall(r"[\w.-]+", screen)), screen


def test_another_shell(capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence that names those that there are."""
    assert main(["completion", "tcsh"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "bash, zsh, fish" in captured.err


def _output(command: list[str], place: Path) -> str:
    _require(command[0])
    run = subprocess.run(
        command,
        cwd=place,
        env={**os.environ, "HOME": str(place)},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert run.stderr == ""
    return run.stdout


def _typed_into_zsh(typed: str, place: Path) -> str:
    """What a terminal shows after the text and two Tabs."""
    _require("zsh")
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(place)
        environment = {**os.environ, "HOME": str(place), "TERM": "dumb"}
        os.execvpe("zsh", ["zsh", "-f", "-i"], environment)
    try:
        setup = "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; print LOA''DED\n"
        os.write(terminal, setup.encode())
        _read_until_quiet(terminal, "LOADED", quiet_seconds=0.3)
        os.write(terminal, f"{typed}\t\t".encode())
        return _read_until_quiet(terminal, "halfshake", quiet_seconds=0.5)
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)
        os.close(terminal)


def _read_until_quiet(terminal: int, expected: str, *, quiet_seconds: float) -> str:
    """Read until the text has come, and then nothing more for so long; at most ten seconds."""
    came = b""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if select.select([terminal], [], [], quiet_seconds)[0]:
            came += os.read(terminal, 65536)
        elif expected.encode() in came:
            break
    return came.decode(errors="replace")


def _require(program: str) -> None:
    if find_program(program) is None:
        missing = f"{program} is not installed: run `make servers`"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
