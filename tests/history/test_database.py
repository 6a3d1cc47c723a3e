"""The file: its version, its steps, who may read it, and what is refused in one sentence."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from halfshake.cli import main
from halfshake.history.database import (
    HistoryUnusable,
    file_address,
    open_file,
    open_memory,
    open_to_read,
)
from halfshake.history.tables.schema import STEPS

VERSIONS = Path(__file__).parent / "versions"


def described(connection: sqlite3.Connection) -> set[str]:
    """Every table and index, as it was made."""
    rows = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {" ".join(row[0].split()) for row in rows}


@pytest.mark.parametrize("version", range(1, len(STEPS) + 1))
def test_a_file_of_each_version(tmp_path: Path, version: int) -> None:
    """It becomes what a new file is, and keeps what it holds."""
    path = str(tmp_path / "history.sqlite")
    with sqlite3.connect(path) as old:
        old.executescript((VERSIONS / f"{version}.sql").read_text())
    old.close()
    with closing(open_file(path)) as database, closing(open_memory()) as new:
        assert described(database.connection) == described(new.connection)
        assert database.execute("SELECT kind FROM events").fetchall() == [("renewed",)]
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_step_is_whole_or_not_there(tmp_path: Path) -> None:
    """One that fails leaves the version before it."""
    path = str(tmp_path / "history.sqlite")
    open_file(path).close()
    with pytest.raises(sqlite3.OperationalError):
        open_file(path, (*STEPS, "CREATE TABLE more (a); CREATE TABLE more (a);"))
    database = open_file(path)
    assert database.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
    assert database.execute("SELECT * FROM sqlite_schema WHERE name = 'more'").fetchall() == []
    database.close()
    open_file(path, (*STEPS, "CREATE TABLE more (a);")).close()
    with pytest.raises(HistoryUnusable, match="which a later Halfshake wrote"):
        open_file(path)


def test_what_is_no_history_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one sentence that says what to do."""
    path = tmp_path / "history.sqlite"
    for content in (b"no database" * 1000, b"SQLite format 3\0" + b"\xff" * 4096):
        path.write_bytes(content)
        with pytest.raises(HistoryUnusable, match="move it away"):
            open_file(str(path))
        assert main(["history", "--file", str(path)]) == 3
    assert main(["history", "--file", str(tmp_path / "none")]) == 3
    assert main(["history", "--since", "soon", "--file", str(path)]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert "there is no history" in lines[2]


def test_what_cannot_be_read_is_left_closed(tmp_path: Path) -> None:
    """Also while the error is still looked at: a file that is moved away must be free."""
    path = tmp_path / "history.sqlite"
    open_file(str(path), (*STEPS, "CREATE TABLE more (a);")).close()
    later = path.read_bytes()
    for content in (b"no database" * 1000, later):
        path.write_bytes(content)
        with pytest.raises(HistoryUnusable) as refused:
            open_to_read(file_address(str(path)))
        held = [link for link in Path("/proc/self/fd").iterdir() if link.exists()]
        assert path not in {link.readlink() for link in held if link.is_symlink()}, refused


def test_readers_do_not_hold_up_the_writer(tmp_path: Path) -> None:
    """Neither in a file nor in memory, while a reader is in the midst of its rows."""
    for opened in (open_file(str(tmp_path / "history.sqlite")), open_memory()):
        with closing(opened) as database, closing(open_to_read(database.address)) as reader:
            with database.transaction():
                for number in range(1000):
                    database.execute("INSERT INTO seen VALUES (?, 1)", (number,))
            rows = reader.execute("SELECT * FROM seen")
            rows.fetchone()
            with database.transaction():
                database.execute("UPDATE seen SET at = 2")
            assert len(rows.fetchall()) == 999
            of_file = open_to_read(file_address(str(tmp_path / "history.sqlite")))
            with closing(of_file), pytest.raises(sqlite3.OperationalError):
                of_file.execute("DELETE FROM seen")


def test_a_directory_that_may_only_be_read(tmp_path: Path) -> None:
    """A history that nobody writes is read where it lies, by who is not its owner."""
    path = str(tmp_path / "history.sqlite")
    open_file(path).close()
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
    with closing(open_to_read(file_address(path))) as reader:
        assert reader.execute("SELECT * FROM seen").fetchall() == []
    tmp_path.chmod(0o700)
