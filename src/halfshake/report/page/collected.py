"""`Collected`: the last reading of each endpoint, out of many, and the certificates it has shown.

It keeps lines of JSON, not what they say in full: ten thousand endpoints are some fifty megabytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from halfshake.report.page import wording
from halfshake.report.page.result_document import ResultDocument
from halfshake.report.page.rows import row_of
from halfshake.report.page.views import Endpoint
from halfshake.report.span_line import Span
from halfshake.trust.status import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from halfshake.report.page.result_document import Face
    from halfshake.report.page.views import Row


class _Place(NamedTuple):
    """Which of a target's readings; a second visit is one of its own."""

    is_summary: bool
    is_second: bool
    key_type: str | None
    face: Face | None


class _Kept(NamedTuple):
    line: str | bytes
    observed_at: datetime
    row: Row | None


class Collected:
    """Takes readings, the earlier ones first; a later one replaces the earlier of its endpoint."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[_Place, _Kept]] = {}
        self._spans: dict[str, dict[_Place, list[Span]]] = {}

    def take(self, line: str | bytes) -> None:
        """Take a result document as a line of JSON. Raises ValueError in a sentence."""
        try:
            document = ResultDocument.model_validate_json(line)
        except ValidationError as error:
            raise ValueError(_sentence(error)) from None
        client_auth = document.client_auth
        place = _Place(
            document.outcome == "summary",
            client_auth is not None and client_auth.enforcement is not None,
            document.key_type,
            document.face,
        )
        kept = self._kept.setdefault(document.target, {})
        before = kept.get(place)
        if before is not None and before.observed_at > document.observed_at:
            return
        row = None
        if document.outcome != "summary":
            row = row_of(document, before=before.row if before else None)
            self._see(document, place)
        kept[place] = _Kept(line, document.observed_at, row)

    def rows(self) -> list[Row]:
        """A row for each endpoint; a second visit that was kept apart counts for the usual one."""
        return [row for kept in self._kept.values() for row in _rows(kept)]

    def endpoint(self, target: str) -> Endpoint:
        """Everything about one target."""
        kept = self._kept.get(target, {})
        spans = self._spans.get(target, {})
        return Endpoint(
            target,
            (),
            [ResultDocument.model_validate_json(each.line) for each in kept.values()],
            [span for seen in spans.values() for span in seen],
        )

    def _see(self, document: ResultDocument, place: _Place) -> None:
        leaf = document.end_entity
        if leaf is None or document.outcome != "read":
            return
        spans = self._spans.setdefault(document.target, {}).setdefault(place, [])
        if spans and spans[-1].sha256 == leaf.sha256:
            spans[-1] = spans[-1]._replace(last_seen_at=document.observed_at)
            return
        face = document.face
        spans.append(
            Span(
                face.address if face else None,
                wording.face_label(face),
                leaf.sha256,
                leaf.subject,
                leaf.issuer,
                leaf.not_before,
                leaf.not_after,
                document.observed_at,
                document.observed_at,
            )
        )
        del spans[:-MOST_SPANS]


def _rows(kept: dict[_Place, _Kept]) -> Iterator[Row]:
    for place, each in kept.items():
        if each.row is None or (place.is_second and place._replace(is_second=False) in kept):
            continue
        second = kept.get(place._replace(is_second=True))
        if second is None or second.row is None or second is each:
            yield each.row
            continue
        worse = min(each.row, second.row, key=lambda row: WORST_FIRST.index(row.status))
        yield each.row._replace(status=worse.status, reason=worse.reason)


def _sentence(error: ValidationError) -> str:
    problems: Iterable[str] = (
        f"{'.'.join(str(part) for part in each['loc']) or 'the line'}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False)[:3]
    )
    return "; ".join(problems)


# One that is renewed every week has fifty a year.
MOST_SPANS = 60
