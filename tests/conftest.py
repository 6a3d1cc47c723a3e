"""The setup of every test; and `pytest --record`, which records tests/flights again."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from servers import find_program

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests talk to loopback, whatever the environment of this machine says."""
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """Skip a test whose program is not installed; fail it where all have to be."""

    def check(program: str) -> None:
        if find_program(program) is None and not Path(program).exists():
            missing = f"{program} is not installed: run `make servers`"
            if os.environ.get("CI") == "true":
                pytest.fail(missing)
            pytest.skip(missing)

    return check


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--record",
        action="store_true",
        help="write tests/flights/*.txt anew, from the servers that `make servers` installs",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of the documentation's blocks were used, why some were not, and how long."""
    said = [
        each
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for each in report.user_properties
    ]
    found = [counts for name, counts in said if name == "documented"]
    if found:
        done = sum((Counter(done) for done, _ in found), Counter[str]())
        reasons = Counter(reason for _, not_run in found for reason in not_run)
        commands, python, files = (done.pop(kind, 0) for kind in ("console", "python", "file"))
        terminalreporter.write_line(
            f"documentation: {len(found)} pages; {commands} commands, {python} Python blocks and "
            f"{files} files were used, {done.total()} other blocks were read "
            f"({', '.join(sorted(done)) or 'none'}); {reasons.total()} commands not run"
        )
        for reason, count in reasons.most_common():
            terminalreporter.write_line(f"  {count} not run: {reason}")
    for name, shown in said:
        if name == "first minute":
            terminalreporter.write_line(f"the first minute, CPU time: {shown}")
