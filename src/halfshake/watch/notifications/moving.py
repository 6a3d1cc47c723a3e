"""`copy_rows()`: everything that services have still to be told goes from one outbox to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def copy_rows(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Move the rows; all or none is there afterwards. Raises sqlite3.Error.

    Of what both have, that of the old one counts: it is what services know. Its messages keep their
    numbers, and those that stood in the new one get later ones.
    """
    (last,) = old.execute("SELECT coalesce(max(number), 0) FROM messages").fetchone()
    new.execute("BEGIN IMMEDIATE")
    try:
        # In two steps: row by row, a new number may be one that is taken.
        new.execute("UPDATE messages SET number = -number")
        new.execute("UPDATE messages SET number = ? - number", (last,))
        for table, columns in _COLUMNS.items():
            rows = old.execute(f"SELECT {columns} FROM {table} ORDER BY rowid").fetchall()  # noqa: S608 - ours
            places = ", ".join("?" * len(columns.split(",")))
            new.executemany(
                f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})",  # noqa: S608 - as above
                rows,
            )
        new.executemany(
            "INSERT OR IGNORE INTO last_event (only, number, at) VALUES (0, ?, ?)",
            old.execute("SELECT number, at FROM last_event").fetchall(),
        )
        new.execute("COMMIT")
    except BaseException:
        if new.in_transaction:
            new.execute("ROLLBACK")
        raise
    # If the old file is used again, nothing is sent from it a second time.
    old.execute("BEGIN IMMEDIATE")
    for table in _COLUMNS:
        old.execute(f"DELETE FROM {table}")  # noqa: S608 - as above
    old.execute("COMMIT")


_COLUMNS = {
    "waiting": "service, since, urgent, event",
    "standing": "service, place, event, told",
    "messages": "number, service, made, tried, next_try, attempts, subject, body, status, events",
}
