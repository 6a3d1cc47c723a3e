"""`endpoint_of()`: everything that a source knows of one target, as a page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.report.page.result_document import ResultDocument
from halfshake.report.page.views import Endpoint, Wanted

if TYPE_CHECKING:
    from halfshake.watch.web.pages.source import Source


def endpoint_of(source: Source, target: str) -> Endpoint:
    """Ask for all of it. Raises Unavailable."""
    readings = [ResultDocument.model_validate(each) for each in source.documents(target)]
    rows = source.rows(Wanted(search=target[:200], order="target", limit=1_000)).rows
    labels = next((row.labels for row in rows if row.target == target), ())
    events = source.events(target=target, limit=MOST_EVENTS)
    return Endpoint(target, labels, readings, source.spans(target), list(reversed(events)))


MOST_EVENTS = 100
