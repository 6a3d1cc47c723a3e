"""Replays the inputs that the fuzzers have kept (`make fuzz` finds new ones)."""

from __future__ import annotations

from pathlib import Path

import pytest

from halfshake.tls.server_flight import ServerFlight
from harness import MODES, OPENINGS, Kind, Part, fuzz_messages
from mutation import mutate_messages
from rfc8448.traces import load

CORPUS = Path(__file__).parent.parent / "fuzz" / "corpus"
CERTIFICATE = load("simple_1rtt")["certificate"][11:-2]


@pytest.mark.parametrize("mode", list(MODES))
def test_kept_inputs(mode: str) -> None:
    """Each is read or rejected with our own error, however it is split."""
    inputs = sorted((CORPUS / mode).iterdir())
    results = [MODES[mode](path.read_bytes()) for path in inputs]
    assert any(isinstance(result, ServerFlight) for result in results)


def test_the_corpus_is_small() -> None:
    """Everyone downloads it."""
    sizes = [path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()]
    assert sum(sizes) < 300_000


@pytest.mark.parametrize("opening", range(6))
def test_the_harness_gets_behind_the_encryption(opening: int) -> None:
    """With every suite, and after a HelloRetryRequest: a TLS 1.3 flight is read to its end."""
    flight = fuzz_messages(bytes([7, opening]) + TLS13_PARTS)
    assert isinstance(flight, ServerFlight)
    assert flight.cipher_suite is OPENINGS[opening].suite
    assert flight.hello_retry_requested is OPENINGS[opening].retried
    assert flight.certificate_list[0].der == CERTIFICATE


def test_the_same_seed_makes_the_same_mutation() -> None:
    """A mutation is repeatable; and the DER around a change stays well-formed."""
    data = b"\x00\x00" + TLS13_PARTS
    mutated = {mutate_messages(data, 1 << 14, seed) for seed in range(50)}
    assert mutated == {mutate_messages(data, 1 << 14, seed) for seed in range(50)}
    assert len(mutated) > 20
    for changed in mutated:
        fuzz_messages(changed)


TLS13_PARTS = b"".join(
    part.encoded()
    for part in (
        Part(8, b"\x00\x00"),
        Part(Kind.AUTHORITY, b"\x30\x00"),
        Part(Kind.ONE_CERTIFICATE, CERTIFICATE),
        Part(15, b"\x08\x04\x00\x01x"),
    )
)
