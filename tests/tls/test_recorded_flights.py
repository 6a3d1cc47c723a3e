"""Recorded answers of real servers, read again: tests/flights/*.txt.

Our side of each conversation must match the recording to the byte, and the result must match the
file. `pytest --record` records all of them again from the real servers: needed whenever our
ClientHello changes, because a TLS 1.3 server's keys depend on every byte of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flights.recorded import RecordedFlight, facts, load, names, started
from flights.recorder import RECORDINGS, record

if TYPE_CHECKING:
    from pathlib import Path

    from halfshake.tls.handshake import HalfHandshake


@pytest.fixture(params=names())
def recorded(request: pytest.FixtureRequest) -> RecordedFlight:
    """Each recorded flight."""
    return load(request.param)


def test_the_recordings_are_those_of_the_recorder(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Every recording has its file and the other way round; with --record they are made here."""
    if request.config.getoption("--record"):
        for name in RECORDINGS:
            (tmp_path / name).mkdir()
            record(name, tmp_path / name)
    assert sorted(RECORDINGS) == names()


@pytest.mark.parametrize("delivery", ["whole", "byte by byte", "with more behind it"])
def test_the_recorded_flight_is_read(recorded: RecordedFlight, delivery: str) -> None:
    """Byte for byte what we sent then, and the facts at the beginning of the file."""
    half = started()
    for ours, theirs in zip(recorded.flows[::2], recorded.flows[1::2], strict=True):
        assert half.data_to_send() == ours
        deliver(half, theirs, delivery)
    assert half.data_to_send() == b""
    assert half.server_flight is not None
    assert facts(half.server_flight) == recorded.facts


def deliver(half: HalfHandshake, data: bytes, delivery: str) -> None:
    """Hand one flow over."""
    if delivery == "byte by byte":
        for at in range(len(data)):
            half.receive_data(data[at : at + 1])
    else:
        half.receive_data(data)
        if delivery == "with more behind it" and half.server_flight is not None:
            half.receive_data(b"\x15\x03\x03\x00\x02\x02\x28 and whatever it likes")
