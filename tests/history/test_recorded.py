"""What a writer makes of visits: rows, spans, documents, events; through the real tables."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from halfshake.history.database import open_file
from halfshake.history.queries import Past
from halfshake.history.tables.writer import Writer
from history.seen import NAME, certificate, failed, read, visit

if TYPE_CHECKING:
    from pathlib import Path


def test_a_year_in_small(tmp_path: Path) -> None:
    """Renewed, rolled back, dark, back: each once."""
    database = open_file(str(tmp_path / "h.sqlite"))
    writer = Writer(database)
    old, new = certificate(30), certificate(90, after=timedelta(minutes=30))
    with database.transaction():
        events = writer.take(visit(read(old, 0)), None)
        assert events == []
        events += writer.take(visit(read(new, 60)), None)
        events += writer.take(visit(read(old, 120)), None)
        events += writer.take(visit(failed(180)), None)
        events += writer.take(visit(failed(181)), None)
        events += writer.take(visit(failed(182)), None)
        events += writer.take(visit(read(old, 183)), None)
        writer.unchanged({f'target="{NAME}",team="payments"': 5_000_000})
    past = Past(database.address)
    assert [event.kind.value for event in events] == [
        "renewed",
        "rolled-back",
        "went-dark",
        "came-back",
    ]
    assert [span.is_open for span in past.spans(NAME)] == [False, False, True]
    assert past.endpoints(search="halfsh", label="team=payments").total == 1
    (document,) = past.endpoint(NAME)
    assert document["chain"][0]["not_after"] == "2026-07-31T12:00:00Z"
    assert past.events() == events
