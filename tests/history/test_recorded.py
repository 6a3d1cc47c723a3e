"""What a writer makes of visits: rows, spans, documents, events; through the real tables."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.history.database import open_file, open_memory
from halfshake.history.queries import Past
from halfshake.history.tables.writer import Writer
from halfshake.history.visit import FACES, USUAL
from halfshake.observation import Face
from halfshake.trust.policy import ExpectedFile, Policy
from history.seen import NAME, ROOT, START, certificate, failed, read, visit
from trust.observations import judged

if TYPE_CHECKING:
    from pathlib import Path

    from halfshake.history.visit import Visit
    from history.conftest import Opened


def test_a_year_in_small(tmp_path: Path, opened: Opened) -> None:
    """Renewed, rolled back, dark, back: each once."""
    database = opened(open_file(str(tmp_path / "h.sqlite")))
    writer = Writer(database)
    old, new = certificate(30), certificate(90, after=timedelta(minutes=30))
    with database.transaction():
        events = writer.take(visit(read(old, 0)), None)
        assert events == []
        events += writer.take(visit(read(new, 60)), None)
        events += writer.take(visit(read(old, 120)), None)
        for minutes in (180, 181, 182):
            events += writer.take(visit(failed(minutes)), None)
        events += writer.take(visit(read(old, 183)), None)
    past = opened(Past(database.address))
    assert [event.kind.value for event in events] == [
        "renewed",
        "rolled-back",
        "went-dark",
        "came-back",
    ]
    assert "first seen 30 min later" in events[0].message
    assert [span.is_open for span in past.spans(NAME)] == [False, False, True]
    (document,) = past.endpoint(NAME)
    assert document["chain"][0]["not_after"] == "2026-07-31T12:00:00Z"
    assert past.events() == events


def test_issued_and_not_served(opened: Opened) -> None:
    """What `expect_file` holds waits, until it is served; the renewal says for how long."""
    database = opened(open_memory())
    writer, past = Writer(database), opened(Past(database.address))
    old, new = certificate(30), certificate(90)
    policy = Policy(expected_file=ExpectedFile("new.pem", new.public_bytes(Encoding.DER)))

    def take(shown: object, minutes: float) -> list[str]:
        reading = read(old if shown is old else new, minutes)
        at = START + timedelta(minutes=minutes)
        verdict = judged(reading.result, ROOT, policy=policy, now=at)  # type: ignore[arg-type]
        seen = reading._replace(verdict=verdict, status=verdict.status.value)
        with database.transaction():
            return [event.message for event in writer.take(visit(seen), None)]

    take(old, 0)
    take(old, 30)
    (waiting,) = past.waiting(NAME)
    assert waiting.since == START
    told = take(new, 180)
    assert "its file held it for 3 h 0 min before it was served" in told[0]
    assert past.waiting(NAME) == []


def test_addresses(opened: Opened) -> None:
    """They come and go: at once, and after two visits without them; and they part and agree."""
    database = opened(open_memory())
    writer, past = Writer(database), opened(Past(database.address))
    old, new = certificate(30), certificate(90)

    def faces(minutes: float, **shown: object) -> Visit:
        readings = [
            read(
                new if each is new else old,
                minutes,
                face=Face(address=f"192.0.2.{last[1:]}"),
                address=f"192.0.2.{last[1:]}:443",
            )
            for last, each in shown.items()
        ]
        return visit(*readings, kind=FACES, kinds=(USUAL, FACES))

    def take(seen: Visit) -> list[str]:
        with database.transaction():
            events = writer.take(seen, None)
        return [f"{event.kind.value} {event.address}" for event in events]

    assert take(visit(read(old, 0), kinds=(USUAL, FACES))) == []
    assert take(faces(1, a7=old)) == []
    assert take(faces(2, a7=old, a8=old)) == ["address-appeared 192.0.2.8"]
    assert take(faces(3, a7=new, a8=old)) == ["renewed 192.0.2.7"]
    assert take(faces(4, a7=new, a8=old)) == ["twins-diverged 192.0.2.8"]
    assert take(faces(5, a7=new, a8=old)) == []
    assert take(faces(6, a7=new, a8=new)) == ["twins-agree None"]
    assert take(faces(7, a7=new)) == []
    assert take(faces(8, a7=new)) == ["address-vanished 192.0.2.8"]
    # A name that does not resolve says nothing of its addresses.
    assert take(visit(failed(9), kind=FACES, kinds=(USUAL, FACES))) == []
    assert past.endpoints().total == 2
    # Faces that are asked no longer are not listed.
    assert take(visit(read(new, 10))) == []
    assert past.endpoints().total == 1
