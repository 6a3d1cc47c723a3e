"""`ViewTable`: a view as the tables have it, and back: what is known of one way of reading."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from halfshake.history.changes import Certificate, Known
from halfshake.history.facts import Awaited
from halfshake.history.tables.documents import packed_certificate
from halfshake.history.tables.moments import from_milliseconds, to_milliseconds
from halfshake.history.tables.text import storable

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.history.database import Database


class View(NamedTuple):
    """One row of `views`, with what it leads to. `id` is None for one that is not there yet."""

    id: int | None = None
    known: Known = Known()
    digest: bytes = b""
    written_at: int = 0
    certificate: int | None = None
    span: int | None = None
    awaited: Awaited | None = None
    gone: bool = False


class ViewTable:
    """Reads and writes views, and the certificates and lists of names that they share."""

    def __init__(self, database: Database) -> None:
        self._execute = database.execute

    def load(self, endpoint: int, face: str) -> View:
        """What is known of a view; an empty one if nothing is."""
        row = self._execute(_LOAD, (endpoint, face)).fetchone()
        if row is None:
            return View()
        (
            number, digest, written_at, certificate, span, read_at, status, trusted, requested,
            enforcement, client_cas, address, failures, failing_since, failure, dark_since,
            dark_told, flips, flipped_at, awaited, awaited_since, gone_at, *shown,
        ) = row  # fmt: skip
        since = from_milliseconds(awaited_since)
        return View(
            id=number,
            known=Known(
                read_at=from_milliseconds(read_at),
                certificate=None if certificate is None else certificate_from_row(shown),
                status=status,
                trusted=_fact(trusted),
                requested=_fact(requested),
                enforcement=enforcement,
                client_cas=None if client_cas is None else tuple(json.loads(client_cas)),
                address=address,
                failures=failures,
                failing_since=from_milliseconds(failing_since),
                failure=failure,
                dark_since=from_milliseconds(dark_since),
                dark_told=bool(dark_told),
                flips=flips,
                flipped_at=from_milliseconds(flipped_at),
            ),
            digest=digest,
            written_at=written_at or 0,
            certificate=certificate,
            span=span,
            awaited=None if awaited is None or since is None else Awaited(awaited.hex(), since),
            gone=gone_at is not None,
        )

    def insert(self, endpoint: int, kind: str, face: str, face_address: str | None, at: int) -> int:
        """Make a row; `save` fills it."""
        cursor = self._execute(
            "INSERT INTO views (endpoint, kind, face, face_address, first_seen_at, status,"
            " shown_status, digest) VALUES (?, ?, ?, ?, ?, 'unknown', 'unknown', x'')",
            (endpoint, kind, face, face_address, at),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def save(self, view: View, status: str) -> None:
        """Write a whole view; `status` is that of the last reading, read or failed."""
        known, awaited = view.known, view.awaited
        not_after = known.certificate.not_after if known.certificate else None
        self._execute(
            _SAVE,
            (
                status, status, known.failure, view.digest, view.certificate, view.span,
                to_milliseconds(not_after), known.trusted, known.requested, known.enforcement,
                self._name_list(known.client_cas), known.address, known.status, known.failures,
                to_milliseconds(known.failing_since), to_milliseconds(known.dark_since),
                known.dark_told, known.flips, to_milliseconds(known.flipped_at),
                None if awaited is None else bytes.fromhex(awaited.sha256),
                None if awaited is None else to_milliseconds(awaited.since),
                view.id,
            ),
        )  # fmt: skip

    def certificate(self, presented: PresentedCertificate, at: datetime) -> int:
        """The number of a certificate; it is written where it is new."""
        sha256 = bytes.fromhex(presented.sha256)
        row = self._execute("SELECT id FROM certificates WHERE sha256 = ?", (sha256,)).fetchone()
        if row is not None:
            number: int = row[0]
            return number
        spki = presented.spki_sha256
        names = [*presented.dns_names, *presented.ip_addresses, *presented.common_names]
        cursor = self._execute(
            "INSERT INTO certificates (sha256, spki_sha256, subject, issuer, not_before, not_after,"
            " first_seen_at, names, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sha256,
                bytes.fromhex(spki) if spki else None,
                storable(presented.subject),
                storable(presented.issuer),
                to_milliseconds(presented.not_before),
                to_milliseconds(presented.not_after),
                to_milliseconds(at),
                storable(" ".join(dict.fromkeys(names))),
                packed_certificate(presented),
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _name_list(self, names: tuple[str, ...] | None) -> int | None:
        if names is None:
            return None
        text = json.dumps(names)
        sha256 = hashlib.sha256(text.encode()).digest()
        row = self._execute("SELECT id FROM name_lists WHERE sha256 = ?", (sha256,)).fetchone()
        if row is not None:
            number: int = row[0]
            return number
        cursor = self._execute(
            "INSERT INTO name_lists (sha256, names) VALUES (?, ?)", (sha256, text)
        )
        return cursor.lastrowid


def certificate_from_row(row: list[object] | tuple[object, ...]) -> Certificate:
    """From the columns of CERTIFICATE_COLUMNS."""
    sha256, spki, subject, issuer, not_before, not_after = row
    assert isinstance(sha256, bytes)
    return Certificate(
        sha256=sha256.hex(),
        spki_sha256=spki.hex() if isinstance(spki, bytes) else None,
        subject=subject if isinstance(subject, str) else None,
        issuer=issuer if isinstance(issuer, str) else None,
        not_before=from_milliseconds(not_before if isinstance(not_before, int) else None),
        not_after=from_milliseconds(not_after if isinstance(not_after, int) else None),
    )


def _fact(number: int | None) -> bool | None:
    return None if number is None else bool(number)


CERTIFICATE_COLUMNS = "c.sha256, c.spki_sha256, c.subject, c.issuer, c.not_before, c.not_after"

_LOAD = f"""
    SELECT v.id, v.digest, d.written_at, v.certificate, v.span, s.at, v.read_status, v.trusted,
        v.requested, v.enforcement, n.names, v.address, v.failures, v.failing_since, v.failure,
        v.dark_since, v.dark_told, v.flips, v.flipped_at, v.awaited_sha256, v.awaited_since,
        v.gone_at, {CERTIFICATE_COLUMNS}
    FROM views v
    LEFT JOIN seen s ON s.view = v.id
    LEFT JOIN documents d ON d.view = v.id
    LEFT JOIN certificates c ON c.id = v.certificate
    LEFT JOIN name_lists n ON n.id = v.client_cas
    WHERE v.endpoint = ? AND v.face = ?
"""

_SAVE = """
    UPDATE views SET status = ?, shown_status = ?, failure = ?, digest = ?, certificate = ?,
        span = ?, not_after = ?, trusted = ?, requested = ?, enforcement = ?, client_cas = ?,
        address = ?, read_status = ?, failures = ?, failing_since = ?, dark_since = ?,
        dark_told = ?, flips = ?, flipped_at = ?, awaited_sha256 = ?, awaited_since = ?,
        missing = 0, gone_at = NULL
    WHERE id = ?
"""
