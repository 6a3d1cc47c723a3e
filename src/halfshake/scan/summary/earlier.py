"""Which targets asked for a client certificate in an earlier scan: an index on disk.

A scan of millions has no room for that in memory, and its workers share one file.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.scan.output.form import lines_in

if TYPE_CHECKING:
    from collections.abc import Iterator


class Earlier:
    """Looks targets up in an index that `write_index` made."""

    def __init__(self, index: str) -> None:
        self._index = sqlite3.connect(f"file:{index}?mode=ro", uri=True)

    def asked(self, target: str) -> bool:
        """Did it ask for a client certificate then?"""
        found = self._index.execute("SELECT 1 FROM asked WHERE target = ?", (_key(target),))
        return found.fetchone() is not None


def write_index(results: str, index: Path) -> int:
    """Index the results of an earlier scan; how many targets asked. Raises UsageError."""
    index.unlink(missing_ok=True)
    database = sqlite3.connect(index)
    try:
        # It is made anew each time: nothing is lost with it.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE asked (target BLOB PRIMARY KEY) WITHOUT ROWID")
        database.executemany("INSERT OR IGNORE INTO asked VALUES (?)", _asking(results))
        database.commit()
        count: int = database.execute("SELECT count(*) FROM asked").fetchone()[0]
    except sqlite3.Error as error:
        raise UsageError(f"{index} cannot be written: {error}") from error
    finally:
        database.close()
    return count


def _asking(results: str) -> Iterator[tuple[bytes]]:
    documents = 0
    try:
        for line in lines_in(Path(results)):
            if not line.strip():
                continue
            document = _document(line)
            if document is not None:
                documents += 1
                client_auth = document.get("client_auth")
                if isinstance(client_auth, dict) and client_auth.get("requested") is True:
                    yield (_key(str(document["target"])),)
    except (OSError, EOFError) as error:
        problem = getattr(error, "strerror", None) or error
        raise UsageError(f"--earlier {results} cannot be read: {problem}") from error
    if not documents:
        raise UsageError(f"--earlier {results} holds no results of a scan in JSON Lines")


def _document(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and "target" in document else None


def _key(target: str) -> bytes:
    return hashlib.blake2b(target.encode("utf-8", "replace"), digest_size=16).digest()
