"""The reference pages say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from halfshake.commands import check
from halfshake.commands.command_line import COMMANDS
from halfshake.errors import FailureReason
from halfshake.reference.tables import TESTED_WITH
from halfshake.reference.written import COPIES, PAGES, PARTS, written
from halfshake.report.failure_guide import FAILURE_GUIDES
from servers.starttls_catalogue import STARTTLS_SERVERS

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", [*PAGES, *COPIES, *PARTS])
def test_a_page_is_current(name: str) -> None:
    """Each file is what the code would write now."""
    assert (ROOT / name).read_text("utf-8") == written(ROOT)[ROOT / name], "run `make docs`"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_on_the_page_of_options(name: str) -> None:
    """Its summary, its section, and each of its options."""
    page = (ROOT / "docs/options.md").read_text("utf-8")
    assert f"`halfshake {name}`](#" in page
    section = page.partition(f"\n## halfshake {name}\n")[2].partition("\n## ")[0]
    assert section or name == "check"
    where = page if name == "check" else section
    for group in COMMANDS[name].groups:
        shared = group in check.GROUPS and name != "check"
        for option in group.options:
            shown = option.names[0] if option.names[0].startswith("-") else option.placeholder
            assert f"`{shown}".replace("|", "\\|") in (page if shared else where), option.names
        if shared and group.title:
            assert f"[{group.title}]" in section


def test_every_failure_reason_has_its_guide() -> None:
    """Every code has a meaning and advice."""
    assert set(FAILURE_GUIDES) == set(FailureReason)


def test_every_dialogue_is_tested_with_a_server() -> None:
    """What docs/schemes.md calls tested is tested."""
    assert {peer.scheme for peer in STARTTLS_SERVERS} == set(TESTED_WITH)
