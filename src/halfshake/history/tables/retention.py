"""`Retention`: forgets what is old, a little at a time, so that nobody waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.history.database import Database


class Retention:
    """Deletes what ended more than `keep_seconds` ago."""

    def __init__(self, keep_seconds: float) -> None:
        self._keep_milliseconds = int(keep_seconds * 1000)

    def tidy(self, database: Database, now: int) -> bool:
        """Delete at most ROWS_AT_ONCE rows of each kind; is there more?

        `now` is in milliseconds. What is shown now is kept, however old it is.
        """
        before = now - self._keep_milliseconds
        more = False
        with database.transaction():
            for statement in STATEMENTS:
                cursor = database.execute(statement, {"before": before, "most": ROWS_AT_ONCE})
                more = more or cursor.rowcount >= ROWS_AT_ONCE
        return more


# An endpoint that is gone takes its views with it in the next rounds.
STATEMENTS = (
    "DELETE FROM events WHERE number IN (SELECT number FROM events WHERE at < :before LIMIT :most)",
    (
        "DELETE FROM spans WHERE id IN (SELECT s.id FROM spans s LEFT JOIN views v ON v.id = s.view"
        " WHERE s.last_seen_at < :before AND (v.id IS NULL OR v.span IS NOT s.id) LIMIT :most)"
    ),
    (
        "DELETE FROM views WHERE id IN (SELECT v.id FROM views v"
        " JOIN endpoints e ON e.id = v.endpoint"
        " WHERE v.gone_at < :before OR e.gone_at < :before LIMIT :most)"
    ),
    (
        "DELETE FROM endpoints WHERE id IN (SELECT e.id FROM endpoints e WHERE e.gone_at < :before"
        " AND NOT EXISTS (SELECT 1 FROM views v WHERE v.endpoint = e.id) LIMIT :most)"
    ),
    *(
        f"DELETE FROM {table} WHERE {key} IN (SELECT DISTINCT t.{key} FROM {table} t"
        f" WHERE NOT EXISTS (SELECT 1 FROM {owner} o WHERE o.id = t.{key}) LIMIT :most)"
        for table, key, owner in (
            ("seen", "view", "views"),
            ("documents", "view", "views"),
            ("reasons", "view", "views"),
            ("tags", "endpoint", "endpoints"),
            ("twins", "endpoint", "endpoints"),
        )
    ),
)

ROWS_AT_ONCE = 500
