"""What GitHub reads: workflows, forms, and the script that guards a release."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from deploy_texts import ROOT
from servers import find_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GITHUB = ROOT / ".github"
SCHEMAS = {
    "github-workflows": "workflows/*.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/[!c]*.yml",
    "github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "dependabot": "dependabot.yml",
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_each_file_is_as_its_schema_says(schema: str) -> None:
    """The schemas come with check-jsonschema: nothing is fetched."""
    files = sorted(GITHUB.glob(SCHEMAS[schema]))
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    run = _run([*command, *map(str, files)])
    assert run.returncode == 0, run.stdout


@pytest.mark.interop
def test_the_workflows_hold_together(require: Callable[[str], None]) -> None:
    """Actionlint knows expressions, contexts, inputs; it asks shellcheck about each script."""
    for program in ("actionlint", "shellcheck"):
        require(program)
    run = _run([str(find_program("actionlint")), *map(str, sorted(GITHUB.glob("workflows/*.yml")))])
    assert (run.returncode, run.stdout) == (0, "")


def test_the_hooks_are_the_tools_of_make_check() -> None:
    """A commit that passes the hooks passes `make check` too."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    check = makefile.partition("\ncheck:")[2].partition("\n\n")[0]
    tools = {line.split()[0].removeprefix("$(BIN)/") for line in check.splitlines()[1:]}
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert tools == {part.split()[0] for part in hooks.split("entry: .venv/bin/")[1:]}


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A copy of what the script reads, with a version that is ready to be released."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "src/halfshake").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/check-release", tmp_path / "scripts")
    (tmp_path / "src/halfshake/version.py").write_text('__version__ = "1.2.0"\n', "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- That.\n\n"
        "## [1.1.0] - 2026-11-01\n\n### Added\n\n- This.\n",
        "utf-8",
    )
    return tmp_path


def test_a_release_prints_its_section_of_the_changelog(release: Path) -> None:
    """Nothing of the versions before and after it."""
    run = _check_release(release, "v1.2.0")
    assert (run.returncode, run.stdout) == (0, "### Added\n\n- That.\n")


def test_a_tag_of_another_version_is_refused(release: Path) -> None:
    """The tag is what people install, and the version what they see."""
    run = _check_release(release, "v1.2.1")
    assert run.returncode == 1
    assert "the tag is v1.2.1, and src/halfshake/version.py says 1.2.0" in run.stdout


def test_a_version_without_a_dated_section_is_refused(release: Path) -> None:
    """As it is before the changelog's heading gets its version and date."""
    changelog = release / "CHANGELOG.md"
    changelog.write_text(changelog.read_text("utf-8").replace("[1.2.0] - 2026-12-01", "1.2"))
    run = _check_release(release, "v1.2.0")
    assert run.returncode == 1
    assert "CHANGELOG.md has no heading '## [1.2.0] - YYYY-MM-DD'" in run.stdout


def test_the_changelog_keeps_its_form() -> None:
    """Keep a Changelog: Unreleased first, then dated versions; only its six headings inside."""
    lines = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
    versions = [line for line in lines if line.startswith("## ")]
    assert versions[0] == "## [Unreleased]"
    kinds = {line.removeprefix("### ") for line in lines if line.startswith("### ")}
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def _check_release(root: Path, tag: str) -> subprocess.CompletedProcess[str]:
    return _run([sys.executable, str(root / "scripts/check-release"), tag])


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=50,
        cwd=ROOT,
    )
