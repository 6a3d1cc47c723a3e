"""`continue_in()`: a history that begins, where nothing is known yet, with all that another knew.

So a monitor whose configuration names another file goes on: what changes between the last reading
before and the first one after is still an event, and events keep their numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.history.database import Database
    from halfshake.history.outage import Outage


def continue_in(new: Database, old: Database, outage: Outage | None) -> None:
    """Copy the old one, if the new one is empty; with an `outage` its file too, if it can be read.

    Raises sqlite3.Error.
    """
    if _knows_something(new):
        return
    if outage is None:
        if _knows_something(old):
            old.connection.backup(new.connection)
        return
    # The memory of an outage has only what is needed to find changes: the file has the rest.
    file = outage.file_to_read()
    if file is not None:
        try:
            file.backup(new.connection)
        finally:
            file.close()
    outage.copy_to(new)


def _knows_something(database: Database) -> bool:
    return database.execute("SELECT 1 FROM endpoints LIMIT 1").fetchone() is not None
