"""Each page shows commands that work, and what they really print."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from documented.comparison import differences
from documented.fragments import mistakes
from documented.network import network
from documented.pages import Block, read_page
from documented.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
STAGE = Path(__file__).with_name("stage.py")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.interop
@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_shows_what_comes(
    path: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Run every block of the page, in order, in a network of its own."""
    page = read_page(path)
    assert not page.indented, f"lines {page.indented}: put the code into a fence"
    used = [block for block in page.blocks if block.language != "text"]
    if not [block for block in used if "not-run" not in block.marks]:
        record_property("documented", ({}, page.not_run))
        return
    assert shutil.which("ip"), "iproute2 is not installed: run `make servers`"
    with network(STAGE, tmp_path) as place:
        session = Session(place, tmp_path / "home", tmp_path / "system-cas.pem")
        try:
            for block in page.blocks:
                session.take(block)
        finally:
            session.close()
    if os.environ.get("HALFSHAKE_WRITE_OUTPUT"):
        path.write_text(page.with_outputs(session.came), "utf-8")
        return
    record_property("documented", (dict(session.done), page.not_run))
    assert not session.problems, "\n\n".join(["", *session.problems])


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        (["a", "...", "z"], ["a", "b", "c", "z"]),
        (["valid 2026-01-01 to ..."], ["valid 2027-02-03 to 2028-01-01 10:00 UTC"]),
        (["took 12 ms"], ["took 3.5 ms"]),
        (["..."], []),
    ],
)
def test_what_counts_as_the_same(shown: list[str], came: list[str]) -> None:
    """What changes in each run is compared by its form."""
    assert differences(shown, came) == []


@pytest.mark.parametrize(
    ("shown", "came"),
    [
        ([], ["something"]),
        (["OK x: 5.0 days left"], ["OK x: 6.0 days left"]),
        (["a", "...", "z"], ["a", "b"]),
        (["a", "b"], ["b", "a"]),
        (["critical  [expired]"], ["critical  [expires-soon]"]),
    ],
)
def test_what_counts_as_different(shown: list[str], came: list[str]) -> None:
    """A number of days, a code, a missing line: these are what pages go wrong about."""
    assert differences(shown, came)


@pytest.mark.parametrize(
    ("language", "text", "mistake"),
    [
        ("yaml", "a: [1", "while parsing a flow sequence"),
        ("json", "{", "Expecting property name"),
        ("toml", "a = ", "Invalid value"),
        ("ini", "[a]\nno key", "parsing errors"),
        ("yaml", "init_config:\ninstances: [{servr: a}]", "server is missing"),
        (
            "yaml",
            'metadata: {annotations: {a: \'{"h": {"init_config": {}, "instances": [{}]}}\'}}',
            "",
        ),
    ],
)
def test_a_block_that_cannot_be_read_is_a_mistake(language: str, text: str, mistake: str) -> None:
    """Also an Agent's instance that names no server, here and in an annotation."""
    found = mistakes(Block(1, language, {}, text))
    assert found
    assert mistake in found[0]
