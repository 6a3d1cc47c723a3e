"""`Database`: one SQLite file, opened for its one writer, or its readers; its version and health.

The write-ahead log lets any number of readers look at the file while it is written, and makes each
transaction whole or not there, whenever the process ends. Each commit is flushed to the disk: what
was told as an event is still there after a power cut.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from halfshake.errors import UsageError
from halfshake.history.tables.schema import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class HistoryUnusable(UsageError):
    """The file is no history, a damaged one, or a later release's."""


class Database:
    """A connection for the writer. `address` is what readers open: a file, or shared memory."""

    def __init__(self, connection: sqlite3.Connection, address: str) -> None:
        self.connection = connection
        self.address = address
        self.execute = connection.execute

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what happens within, or nothing. Raises sqlite3.Error."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close it; whatever is not committed is gone."""
        self.connection.close()


def open_file(path: str, steps: Sequence[str] = STEPS) -> Database:
    """Open a history to write to it, make it if it is not there, and bring it to our version.

    Raises HistoryUnusable where another file or another disk is needed to go on, and sqlite3.Error
    where this one cannot be written now.
    """
    unclean = _size(f"{path}-wal") > 0
    connection = _connect(_address(path, "rwc"))
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        _migrate(connection, path, steps)
        if unclean:
            _check(connection, path)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.DatabaseError) and _is_damage(error):
            raise damaged(path) from error
        raise
    return Database(connection, _address(path, "ro"))


def open_memory(steps: Sequence[str] = STEPS) -> Database:
    """Make a history in memory, which lasts as long as it is open."""
    address = f"file:halfshake-history-{next(_NUMBERS)}?mode=memory&cache=shared"
    connection = _connect(address)
    _migrate(connection, "memory", steps)
    return Database(connection, address)


def open_to_read(address: str) -> sqlite3.Connection:
    """Open a history that may be written meanwhile: the writer never waits for this connection.

    `address` is a Database's. Raises HistoryUnusable.
    """
    path = unquote(address.removeprefix("file:").partition("?")[0])
    try:
        return _opened_to_read(address, path)
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            raise damaged(path) from error
        raise HistoryUnusable(f"the history {path} cannot be read: {error}") from error


def file_address(path: str) -> str:
    """Say what `open_to_read` opens for this file. Raises HistoryUnusable where there is none."""
    if not Path(path).is_file():
        raise HistoryUnusable(f"there is no history {path}: halfshake watch writes one")
    return _address(path, "ro")


def addresses_to_read(path: str) -> tuple[str, ...]:
    """What may be opened to read a file: as others write it; or as it stands, if nobody does."""
    address = _address(path, "ro")
    return (address, f"{address}&immutable=1") if _size(f"{path}-wal") == 0 else (address,)


def damaged(path: str) -> HistoryUnusable:
    """Say that only another file helps."""
    return HistoryUnusable(
        f"the history {path} is damaged or no history: move it away, and a new one begins"
    )


def _opened_to_read(address: str, path: str) -> sqlite3.Connection:
    try:
        return _ready_to_read(address, path)
    except sqlite3.OperationalError:
        if "mode=ro" not in address or len(addresses_to_read(path)) == 1:
            raise
        # A directory that we may not write to, and a file that nobody writes: it does not change.
        return _ready_to_read(addresses_to_read(path)[1], path)


def _ready_to_read(address: str, path: str) -> sqlite3.Connection:
    connection = _connect(address)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        # Memory that is shared would lock whole tables: the writer must not wait for readers.
        connection.execute("PRAGMA read_uncommitted = 1")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    except BaseException:
        connection.close()
        raise
    if version != len(STEPS):
        connection.close()
        raise _other_version(path, version)
    return connection


def _connect(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)


def _migrate(connection: sqlite3.Connection, path: str, steps: Sequence[str]) -> None:
    """Take the steps that are missing: each in one transaction, with the number of its version."""
    while True:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == len(steps):
            return
        if version > len(steps):
            raise _other_version(path, version)
        connection.executescript(
            f"BEGIN IMMEDIATE;{steps[version]};PRAGMA user_version = {version + 1};COMMIT;"
        )


def _other_version(path: str, version: int) -> HistoryUnusable:
    if version < len(STEPS):
        return HistoryUnusable(
            f"the history {path} has version {version}, and this Halfshake reads version "
            f"{len(STEPS)}: start halfshake watch once, it brings the file up to date"
        )
    return HistoryUnusable(
        f"the history {path} has version {version}, which a later Halfshake wrote, and this one "
        f"knows version {len(STEPS)}: install that release, or name another file"
    )


def _check(connection: sqlite3.Connection, path: str) -> None:
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise damaged(path)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _address(path: str, mode: str) -> str:
    return f"file:{quote(path)}?mode={mode}"


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


_NUMBERS = itertools.count(1)
BUSY_MILLISECONDS = 5000
JOURNAL_BYTES = 16 * 1024 * 1024
