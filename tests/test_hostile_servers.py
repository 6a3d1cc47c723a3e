"""Every hostile server over a real connection: our own error, in time, within our limits.

What a server can make us do is counted in bytes and records, not in seconds: the limits are
constants of `tls/`, and hold on any machine.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from halfshake.dial.tcp import MAX_DRAINED_READS, READ_BYTES
from halfshake.errors import FailureReason
from halfshake.observation import Ending, KeyPossession, Observation, ProbeFailure
from halfshake.reading.probe import probe
from halfshake.target import Target
from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.record import (
    MAX_CIPHERTEXT_BYTES,
    MAX_HANDSHAKE_MESSAGE_BYTES,
    MAX_PLAINTEXT_BYTES,
    MAX_SERVER_FLIGHT_BYTES,
    RecordReader,
)
from servers.all_hostile import HOSTILE
from servers.flights import (
    CERTIFICATE,
    CERTIFICATE13,
    DONE,
    ENCRYPTED_EXTENSIONS,
    HELLO,
    LEAF,
    NAME,
    REQUEST,
    SCHEME,
    encrypted,
    server_key_exchange,
    sign,
    tls12,
    tls12_flight,
    tls13_flight,
)
from servers.scripted import Connection, Script, listening
from tls_peer import certificate_tls12, certificate_tls13

if TYPE_CHECKING:
    from servers.hostile import Hostile

TIMEOUT_SECONDS = 1.0

# What the kernel holds for both ends of a loopback connection: its largest buffers, and more.
KERNEL_BYTES = 16 * 2**20


class Counted(HalfHandshake):
    """A half handshake that notes how much it had to take and to keep."""

    __slots__ = ("most_kept_bytes", "received_bytes")
    last: Counted

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.received_bytes = 0
        self.most_kept_bytes = 0
        Counted.last = self

    def receive_data(self, data: bytes) -> None:
        """Count."""
        self.received_bytes += len(data)
        try:
            super().receive_data(data)
        finally:
            records = self._records
            kept = len(records._wire) + len(records._handshake)
            self.most_kept_bytes = max(self.most_kept_bytes, kept)


@pytest.fixture
def taken_records(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count what is read, and every record that is taken."""
    count = [0]
    take = RecordReader._take_record

    def counted(reader: RecordReader) -> bool:
        taken = take(reader)
        count[0] += taken
        return taken

    monkeypatch.setattr(RecordReader, "_take_record", counted)
    monkeypatch.setattr("halfshake.reading.first_flight.HalfHandshake", Counted)
    return count


async def reading(script: Script, timeout_seconds: float = TIMEOUT_SECONDS) -> object:
    """The result of reading a scripted server, and how much it could send."""
    async with listening(script) as served:
        target = Target(NAME, "127.0.0.1", served.port, NAME)
        result = await probe(target, timeout_seconds=timeout_seconds)
    # A server that refuses is visited once more, for what it may have wanted.
    assert len(served.connections) <= 2
    for connection in served.connections:
        drained = MAX_DRAINED_READS * READ_BYTES
        assert connection.sent_bytes <= MAX_SERVER_FLIGHT_BYTES + drained + KERNEL_BYTES
    return result


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
async def test_a_hostile_server(hostile: Hostile, taken_records: list[int]) -> None:
    """A failure that says whose fault it is, what was expected, what came, and which RFC."""
    timeout_seconds = 0.3 if hostile.reason is FailureReason.deadline_exceeded else 10
    failure = await reading(hostile.script, timeout_seconds)
    assert isinstance(failure, ProbeFailure), failure
    assert failure.phase == "handshake"
    assert failure.reason is hostile.reason, failure.detail
    for said in hostile.says:
        assert said in failure.detail
    assert "the server" in failure.detail or hostile.reason is FailureReason.not_tls
    if hostile.reason in _BROKE_THE_PROTOCOL:
        assert re.search(r"\(RFC \d{4} [\d.]+\)", failure.detail), failure.detail

    half = Counted.last
    assert half.received_bytes <= MAX_SERVER_FLIGHT_BYTES + READ_BYTES
    assert half.most_kept_bytes <= (
        MAX_HANDSHAKE_MESSAGE_BYTES + MAX_PLAINTEXT_BYTES + READ_BYTES + MAX_CIPHERTEXT_BYTES
    )
    assert taken_records[0] <= MAX_SERVER_FLIGHT_BYTES // SMALLEST_RECORD_BYTES


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
async def test_a_hostile_server_behind_the_second_hello(hostile: Hostile) -> None:
    """It rejects the first hello and is hostile to the second: two connections, by the deadline."""
    connections = 0

    async def script(connection: Connection) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            await connection.client_hello()
        else:
            await hostile.script(connection)

    slow = hostile.reason is FailureReason.deadline_exceeded
    started = asyncio.get_running_loop().time()
    failure = await reading(script, 0.3 if slow else 10)
    took = asyncio.get_running_loop().time() - started
    assert took < (0.3 if slow else 10) + 1
    assert isinstance(failure, ProbeFailure), failure
    # What met the first hello is what is told, unless a certificate came before the second ended.
    expected = hostile.reason if failure.chain else FailureReason.connection_closed
    assert failure.reason is expected
    assert connections == 2


def test_each_has_a_name_of_its_own() -> None:
    """Names are how a failing one is found."""
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_cut_short_at_every_byte(version: str) -> None:
    """Up to the certificate a closed connection; from there on a reading that was broken off."""
    make = tls12_flight if version == "TLSv1.2" else tls13_flight
    # A signature in DER is 70 to 72 bytes long: the end of each flight is its own.
    lengths: list[int] = []
    cut = [0]
    broken_off = 0

    async def script(connection: Connection) -> None:
        flight = make(await connection.client_hello())
        lengths.append(len(flight))
        # What is cut off is counted from the end.
        await connection.send(flight[: len(flight) - cut[0]])

    async with listening(script) as served:
        target = Target(NAME, "127.0.0.1", served.port, NAME)
        whole = await probe(target)
        assert isinstance(whole, Observation)
        assert whole.tls_version == version
        assert whole.key_possession.status is KeyPossession.proven
        for cut[0] in range(1, lengths[0] - 8):
            result = await probe(target)
            if isinstance(result, Observation):
                assert result.end_entity.der == LEAF
                assert result.broken_off is not None
                assert result.broken_off.end is Ending.closed
                broken_off += 1
                continue
            assert not result.chain
            assert result.reason is FailureReason.connection_closed
            assert result.detail == (
                "the server closed the connection in the middle of its first flight"
            )
        # Behind the certificate stand at least a signature and its headers.
        assert 80 < broken_off < len(LEAF)


BAD_SIGNATURES: dict[str, Script] = {
    "ServerKeyExchange for another ClientHello": tls12(
        HELLO, CERTIFICATE, server_key_exchange(bytes(38)), REQUEST, DONE
    ),
    "CertificateVerify over another transcript": encrypted(
        lambda peer: [
            peer.say(ENCRYPTED_EXTENSIONS),
            peer.seal(CERTIFICATE13),
            peer.seal(peer.certificate_verify(SCHEME, sign)),
        ]
    ),
    "CertificateVerify of garbage": encrypted(
        lambda peer: [
            peer.say(ENCRYPTED_EXTENSIONS),
            peer.say(CERTIFICATE13),
            peer.seal(peer.certificate_verify(SCHEME, lambda content: content[:70])),
        ]
    ),
}


@pytest.mark.parametrize("name", list(BAD_SIGNATURES))
async def test_a_bad_signature_is_a_reading(name: str) -> None:
    """The certificate was shown: a server that does not have its key is detected and reported."""
    result = await reading(BAD_SIGNATURES[name])
    assert isinstance(result, Observation), result
    assert result.key_possession.status is KeyPossession.refuted
    assert "does not verify with the certificate's key" in result.key_possession.reason


UNPARSABLE = b"\x30\x03not a certificate"
BAD_CERTIFICATES: dict[str, Script] = {
    "in TLS 1.2": tls12(HELLO, certificate_tls12(UNPARSABLE), server_key_exchange(bytes(38)), DONE),
    "in TLS 1.3": encrypted(
        lambda peer: [
            peer.say(ENCRYPTED_EXTENSIONS),
            peer.say(certificate_tls13(UNPARSABLE)),
            peer.seal(peer.certificate_verify(SCHEME, sign)),
        ]
    ),
}


@pytest.mark.parametrize("name", list(BAD_CERTIFICATES))
async def test_an_unparsable_certificate_is_a_reading(name: str) -> None:
    """It has a fingerprint and a problem; nothing can be proven with its key."""
    result = await reading(BAD_CERTIFICATES[name])
    assert isinstance(result, Observation), result
    assert result.end_entity.der == UNPARSABLE
    assert "does not parse as an X.509 certificate" in result.end_entity.problems[0]
    assert result.key_possession.status is KeyPossession.unproven


# A record that brings a handshake message nearer has a byte behind its header.
SMALLEST_RECORD_BYTES = 6

_BROKE_THE_PROTOCOL = frozenset(
    {
        FailureReason.decode_error,
        FailureReason.unexpected_message,
        FailureReason.illegal_parameter,
        FailureReason.record_undecryptable,
        FailureReason.downgrade_detected,
        FailureReason.version_unsupported,
        FailureReason.parameter_unsupported,
    }
)
