"""`halfshake report`: from files, from a history, and what it says when it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.history.database import open_file
from halfshake.history.tables.writer import Writer
from page.estate import lines, record, visits
from page.showcase import NAME, showcase

if TYPE_CHECKING:
    from pathlib import Path


def test_from_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no reading is named with its line, and the rest is written."""
    (tmp_path / "a.jsonl").write_text("\n".join(lines(3)) + "\n\nnonsense\n")
    out = tmp_path / "report.html"
    assert main(["report", str(tmp_path / "a.jsonl"), "-o", str(out), "--title", "Mine"]) == 3
    assert "a.jsonl, line 5 is not a result document of Halfshake" in capsys.readouterr().err
    text = out.read_text()
    assert "<title>Mine</title>" in text
    assert text.count("<article") == 3
    assert 'href="http' not in text
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".part"] == []
    assert main(["report", str(tmp_path / "a.jsonl")]) == 3
    assert capsys.readouterr().out.startswith("<!doctype html>")


def test_from_a_history(tmp_path: Path) -> None:
    """With labels and events, as on the page."""
    path = tmp_path / "h.sqlite"
    database = open_file(str(path))
    with database.transaction():
        record(Writer(database), [*visits(5), *showcase()])
    database.close()
    out = tmp_path / "report.html"
    assert main(["report", "--history", str(path), "-o", str(out)]) == 0
    text = out.read_text()
    assert text.count("<article") == 6
    assert NAME in text
    assert "Rolled back" in text
    assert "team=checkout" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name files of readings, or a history"),
        (["none.jsonl"], "none.jsonl cannot be read: No such file"),
        (["empty.jsonl"], "there is no reading in empty.jsonl"),
        (["--history", "none.sqlite"], "there is no history none.sqlite"),
        (["--history", "some.jsonl"], "some.jsonl is damaged or no history"),
        (["some.jsonl", "--most", "0"], "--most is between 1 and 100000, not 0"),
        (["some.jsonl", "-o", "none/report.html"], "none/report.html cannot be written: No such"),
    ],
)
def test_what_cannot_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    """One sentence, and 3."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "some.jsonl").write_text("\n".join(lines(1)) + "\n")
    assert main(["report", *arguments]) == 3
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
