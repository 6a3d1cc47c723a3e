"""`SpanTable`: from when to when a view showed which certificate.

The span of the certificate that is shown now is open: when it was last seen is in `seen`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.history.database import Database


class SpanTable:
    """Opens and closes spans."""

    def __init__(self, database: Database) -> None:
        self._execute = database.execute

    def shown_by_view(self, view: int | None, sha256: str) -> bool:
        """Has this view shown the certificate before?"""
        return self._any("view", view, sha256)

    def shown_by_endpoint(self, endpoint: int, sha256: str) -> bool:
        """Has any view of the endpoint shown it before?"""
        return self._any("endpoint", endpoint, sha256)

    def close(self, span: int, at: int) -> None:
        """It was last seen then."""
        self._execute("UPDATE spans SET last_seen_at = ? WHERE id = ?", (at, span))

    def open(
        self,
        endpoint: int,
        view: int,
        certificate: int,
        address: str | None,
        at: int,
        *,
        anew: bool,
    ) -> int:
        """Begin a span, unless there is one to go on with and it is not to begin `anew`."""
        if not anew:
            row = self._execute(
                "SELECT id FROM spans WHERE view = ? AND endpoint = ? AND certificate = ?"
                " ORDER BY id DESC LIMIT 1",
                (view, endpoint, certificate),
            ).fetchone()
            if row is not None:
                number: int = row[0]
                return number
        cursor = self._execute(
            "INSERT INTO spans (endpoint, view, certificate, address, first_seen_at, last_seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (endpoint, view, certificate, address, at, at),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _any(self, column: str, value: int | None, sha256: str) -> bool:
        found = self._execute(
            f"SELECT 1 FROM spans s JOIN certificates c ON c.id = s.certificate"
            f" WHERE c.sha256 = ? AND s.{column} = ? LIMIT 1",
            (bytes.fromhex(sha256), value),
        )
        return found.fetchone() is not None
