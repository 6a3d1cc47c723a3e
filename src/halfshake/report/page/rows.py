"""From a result document to a row; and what many rows are together."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from halfshake.report.page import wording
from halfshake.report.page.drawing.chain import thresholds
from halfshake.report.page.views import Facets, Row, Week, Weeks
from halfshake.trust.status import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from halfshake.report.page.result_document import ResultDocument
    from halfshake.report.page.views import Labels


def row_of(document: ResultDocument, *, before: Row | None = None, labels: Labels = ()) -> Row:
    """The row of a reading; a failed one keeps the dates of the certificate seen `before`."""
    leaf, face = document.end_entity, document.face
    warning_at, critical_at = thresholds(document)
    row = Row(
        target=document.target,
        address=(face.address if face else None) or document.address,
        face=wording.face_label(face),
        labels=labels,
        status=document.verdict.status,
        not_before=leaf.not_before if leaf else None,
        not_after=leaf.not_after if leaf else None,
        issuer=leaf.issuer if leaf else None,
        subject=leaf.subject if leaf else None,
        reason=document.reason,
        last_seen_at=document.observed_at,
        warning_at=warning_at,
        critical_at=critical_at,
    )
    if leaf is not None or before is None:
        return row
    return before._replace(
        status=row.status,
        reason=row.reason,
        address=row.address or before.address,
    )


def ordered(rows: Iterable[Row], order: str) -> list[Row]:
    """Sort the rows: "soonest" to expire first, or worst "status" first.

    What has no known end comes last.
    """
    if order == "status":
        return sorted(rows, key=lambda row: (WORST_FIRST.index(row.status), *_by_end(row)))
    return sorted(rows, key=_by_end)


def facets_of(rows: Sequence[Row]) -> Facets:
    """Count what the rows can be filtered by."""
    return Facets(
        Counter(row.status for row in rows),
        Counter(row.issuer for row in rows if row.issuer),
        Counter(row.reason for row in rows if row.reason),
        Counter(text for row in rows for text in _label_texts(row)),
    )


def weeks_of(rows: Iterable[Row], now: datetime, weeks: int = 26) -> Weeks:
    """Count the expiries of each week, from Monday on (UTC)."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=now.weekday())
    counts, expired = [0] * weeks, 0
    for row in rows:
        if row.not_after is None:
            continue
        if row.not_after < now:
            expired += 1
            continue
        week = (row.not_after - monday) // timedelta(days=7)
        if week < weeks:
            counts[week] += 1
    return Weeks(
        expired,
        tuple(Week(monday + timedelta(days=7 * week), count) for week, count in enumerate(counts)),
    )


def _by_end(row: Row) -> tuple[object, ...]:
    end = row.not_after
    return end is None, end.timestamp() if end else 0.0, row.target, row.address or "", row.face


def _label_texts(row: Row) -> list[str]:
    return [f"{name}={value}" for name, value in row.labels]
