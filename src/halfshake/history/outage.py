"""`Outage`: while the disk is full or cannot be written, the history goes on in memory.

The memory begins with what the file knows of each view, so that changes are found and told as
before; where the file cannot even be read, it begins empty. When the file can be written again, all
rows that are new or changed go into it. They keep their numbers: nobody else writes the file.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.history.database import addresses_to_read, open_file, open_memory

if TYPE_CHECKING:
    from halfshake.history.database import Database

log = logging.getLogger("halfshake.history")


class Outage:
    """One such time. `memory` is the database to write to meanwhile.

    `file` is the connection that failed, None if there never was one; it is closed.
    """

    def __init__(self, path: str, file: Database | None) -> None:
        self._path = path
        self.memory = open_memory()
        self._began_empty = not any(map(self._copied_from, addresses_to_read(path)))
        if file is not None:
            with contextlib.suppress(sqlite3.Error):
                file.close()

    def ended(self) -> Database | None:
        """The file with everything in it, if it can be written now; else None."""
        try:
            database = open_file(self._path)
        except (sqlite3.Error, UsageError):
            return None
        try:
            self.copy_to(database)
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                database.close()
            return None
        self.memory.close()
        return database

    def file_to_read(self) -> sqlite3.Connection | None:
        """What the file has, if it can be read and the memory began with it; else None."""
        for address in () if self._began_empty else addresses_to_read(self._path):
            connection = sqlite3.connect(address, uri=True)
            try:
                connection.execute("SELECT 1 FROM endpoints LIMIT 1").fetchone()
            except sqlite3.Error:
                connection.close()
            else:
                return connection
        return None

    def _copied_from(self, address: str) -> bool:
        execute = self.memory.execute
        try:
            execute("ATTACH ? AS file", (address,))
        except sqlite3.Error:
            return False
        try:
            with self.memory.transaction():
                for statement in COPY_FROM_FILE:
                    execute(statement)
        except sqlite3.Error:
            return False
        finally:
            with contextlib.suppress(sqlite3.Error):
                execute("DETACH file")
        return True

    def copy_to(self, database: Database) -> None:
        """Bring what is new or changed into another database. Raises sqlite3.Error."""
        known = database.execute("SELECT 1 FROM endpoints LIMIT 1").fetchone()
        if self._began_empty and known is not None:
            log.warning(
                "the history %s was written before: what was seen since the start is not in it",
                self._path,
            )
            return
        execute = self.memory.execute
        execute("ATTACH ? AS file", (database.address.replace("?mode=ro", "?mode=rw"),))
        try:
            execute("PRAGMA file.synchronous = FULL")
            with self.memory.transaction():
                for statement in COPY_TO_FILE:
                    execute(statement)
        finally:
            with contextlib.suppress(sqlite3.Error):
                execute("DETACH file")


_STATE = ("endpoints", "tags", "name_lists", "views", "seen", "spans", "twins")

# Documents and the text of certificates are most of a file, and no change is found with them. The
# last events are needed to know what was told; their numbers go on.
COPY_FROM_FILE = (
    *(f"INSERT INTO main.{table} SELECT * FROM file.{table}" for table in _STATE),
    (
        "INSERT INTO main.certificates SELECT id, sha256, spki_sha256, subject, issuer, not_before,"
        " not_after, first_seen_at, names, x'' FROM file.certificates"
    ),
    (
        "INSERT INTO main.events SELECT * FROM file.events WHERE number >="
        " (SELECT ifnull(max(number), 0) - 10000 FROM file.events)"
    ),
    "DELETE FROM main.sqlite_sequence",
    "INSERT INTO main.sqlite_sequence SELECT * FROM file.sqlite_sequence",
)

COPY_TO_FILE = (
    *(
        f"INSERT OR REPLACE INTO file.{table} SELECT * FROM main.{table}"
        f" EXCEPT SELECT * FROM file.{table}"
        for table in _STATE
    ),
    (
        "INSERT INTO file.certificates SELECT * FROM main.certificates"
        " WHERE id NOT IN (SELECT id FROM file.certificates)"
    ),
    "INSERT OR REPLACE INTO file.documents SELECT * FROM main.documents",
    "DELETE FROM file.reasons WHERE view IN (SELECT view FROM main.documents)",
    (
        "INSERT INTO file.reasons SELECT * FROM main.reasons"
        " WHERE view IN (SELECT view FROM main.documents)"
    ),
    (
        "INSERT INTO file.events SELECT * FROM main.events"
        " WHERE number > (SELECT ifnull(max(number), 0) FROM file.events)"
    ),
)
