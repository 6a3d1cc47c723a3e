"""Recorded flights with one change: read, rejected with our error, or waiting for more.

Every byte is changed: those of fields and lengths in several ways; those inside certificates,
signatures and ciphertext, which are not parsed here, in one way. TLS 1.3 flights are changed twice:
on the wire, and inside the encryption, which is then done again with the flight's own keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flights.recorded import load, names, started
from halfshake.errors import HandshakeFailed
from halfshake.tls.keys.protection import RecordProtection
from halfshake.tls.server_flight import ServerFlight
from halfshake.tls.states_tls13 import ExpectEncryptedExtensions
from tls_peer import ProtectedRecords, pieces, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Outcome: TypeAlias = ServerFlight | tuple[str, str] | None

TLS13 = [name for name in names() if name.startswith("tls13")]
TLS12 = [name for name in names() if name not in TLS13]

# CertificateRequest and CertificateStatus; what stands before ServerHelloDone need not come.
OPTIONAL = (0x0D, 0x16)


@pytest.mark.parametrize("name", names())
def test_every_byte_on_the_wire(name: str) -> None:
    """Headers, hellos, ciphertext, and every message of TLS <= 1.2."""
    for changeable in on_the_wire(name):
        change_every_byte(changeable)


@pytest.mark.parametrize("name", TLS13)
def test_every_byte_behind_the_encryption(name: str) -> None:
    """EncryptedExtensions to CertificateVerify, with every byte changed before it is protected."""
    change_every_byte(behind_the_encryption(name))


@pytest.mark.parametrize("name", names())
def test_every_end(name: str) -> None:
    """A flight that stops anywhere waits for more; if it ends, the error says that it stopped."""
    *before, last = load(name).flows[1::2]
    half = started()
    for flow in before:
        half.receive_data(flow)
    for at in range(len(last)):
        sentence = half.connection_ended(reset=False).detail
        begun = at > 0 or bool(before)
        assert ("in the middle of its first flight" if begun else "without answering") in sentence
        half.receive_data(last[at : at + 1])
        if half.server_flight is not None:
            break
    assert half.server_flight == outcome([*before, last])


@pytest.mark.parametrize("name", names())
def test_every_message_missing_twice_or_too_early(name: str) -> None:
    """Only the orders of messages that the protocol allows are accepted."""
    messages, flows = in_messages(name)
    flight = outcome(flows(messages))
    assert isinstance(flight, ServerFlight)
    for at, message in enumerate(messages):
        rest = [*messages[:at], *messages[at + 1 :]]
        if message[0] not in OPTIONAL:
            assert not isinstance(outcome(flows(rest)), ServerFlight), message[0]
        twice = outcome(flows([*messages[: at + 1], *messages[at:]]))
        # Behind the last one we have hung up.
        assert isinstance(twice, ServerFlight) == (at + 1 == len(messages)), message[0]
        for earlier in range(at):
            moved = outcome(flows([*rest[:earlier], message, *rest[earlier:]]))
            if message[0] == 0x0E and rest[earlier][0] in OPTIONAL:
                assert moved == outcome(flows([*rest[:earlier], message]))
            else:
                assert moved is not None, (message[0], earlier)
                assert not isinstance(moved, ServerFlight), (message[0], earlier)


@settings(deadline=None)
@given(data=st.data(), cuts=st.lists(st.integers(0, 4000), max_size=8))
def test_any_bytes_in_place_of_any_others(data: st.DataObject, cuts: list[int]) -> None:
    """Removed, inserted, replaced; on the wire or inside the encryption; in any split."""
    name = data.draw(st.sampled_from(names()))
    choices = on_the_wire(name) + ([behind_the_encryption(name)] if name in TLS13 else [])
    changeable = data.draw(st.sampled_from(choices))
    original = changeable.original
    start = data.draw(st.integers(0, len(original)))
    stop = data.draw(st.integers(start, min(len(original), start + 64)))
    flows = changeable.flows(original[:start] + data.draw(st.binary(max_size=64)) + original[stop:])
    assert outcome(flows, cuts) == outcome(flows)


def outcome(flows: list[bytes], cuts: list[int] | range | None = None) -> Outcome:
    """The result of the server's flows: a flight, our error, or None for 'more'."""
    half = started()
    try:
        for flow in flows:
            half.data_to_send()
            for piece in pieces(flow, cuts or []):
                half.receive_data(piece)
    except HandshakeFailed as error:
        return type(error).__name__, error.detail
    return half.server_flight


@dataclass(frozen=True)
class Changeable:
    """A range of a flight's bytes, and the server's flows with other bytes in its place.

    `opaque` are the positions that the half handshake passes on without parsing them.
    """

    original: bytes
    opaque: set[int]
    flows: Callable[[bytes], list[bytes]]


def change_every_byte(changeable: Changeable) -> None:
    """Change each byte; the result must be the same for every delivery."""
    original = changeable.original
    assert isinstance(outcome(changeable.flows(original)), ServerFlight)
    for at, byte in enumerate(original):
        if at in changeable.opaque:
            outcome(changeable.flows(original[:at] + bytes([byte ^ 1]) + original[at + 1 :]))
            continue
        for value in {(byte + 1) % 256, (byte - 1) % 256, byte ^ 0x80, 0, 0xFF} - {byte}:
            flows = changeable.flows(original[:at] + bytes([value]) + original[at + 1 :])
            every_byte = range(max(map(len, flows)))
            assert outcome(flows, every_byte) == outcome(flows), (at, value)


def on_the_wire(name: str) -> list[Changeable]:
    """Each flow of the server."""
    flows = list(load(name).flows[1::2])
    flight = outcome(flows)
    assert isinstance(flight, ServerFlight)

    def replacing(number: int) -> Callable[[bytes], list[bytes]]:
        return lambda changed: [*flows[:number], changed, *flows[number + 1 :]]

    return [
        Changeable(flow, opaque(flow, flight) | set(ciphertext(flow)), replacing(number))
        for number, flow in enumerate(flows)
    ]


def behind_the_encryption(name: str) -> Changeable:
    """The messages EncryptedExtensions to CertificateVerify."""
    messages, flows = in_messages(name)
    flight = outcome(flows(messages))
    assert isinstance(flight, ServerFlight)
    plaintext = b"".join(messages)
    return Changeable(plaintext, opaque(plaintext, flight), lambda changed: flows([changed]))


def in_messages(name: str) -> tuple[list[bytes], Callable[[list[bytes]], list[bytes]]]:
    """A flight's messages (in TLS 1.3 the protected ones), and the way back to flows."""
    *before, last = load(name).flows[1::2]
    if name in TLS12:
        payload = b"".join(fragment for header, fragment in split_records(last))
        return split_messages(payload), lambda messages: [records(b"".join(messages))]
    half = started()
    for flow in before:
        half.receive_data(flow)
    clear = 0
    while not isinstance(half._state, ExpectEncryptedExtensions):
        half.receive_data(last[clear : clear + 1])
        clear += 1
    suite, keys = half._state.negotiated.cipher_suite, half._state.keys
    protection = RecordProtection(suite, keys)
    messages: list[bytes] = []
    payload = b""
    for header, fragment in split_records(last[clear:]):
        # What comes behind Finished is under other keys.
        if header[0] == 0x17 and not any(message[0] == 0x0F for message in messages):
            payload += protection.open(header, fragment)[1]
            messages = split_messages(payload)
    upto = next(at for at, message in enumerate(messages) if message[0] == 0x0F)

    def protected(messages: list[bytes]) -> list[bytes]:
        sender = ProtectedRecords(suite, keys)
        parts = pieces(b"".join(messages), [300])
        return [*before, last[:clear] + b"".join(sender.protect(part) for part in parts)]

    return messages[: upto + 1], protected


def split_records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Headers and fragments."""
    at = 0
    while at < len(data):
        stop = at + 5 + int.from_bytes(data[at + 3 : at + 5], "big")
        yield data[at : at + 5], data[at + 5 : stop]
        at = stop


def split_messages(payload: bytes) -> list[bytes]:
    """The whole messages of a handshake stream."""
    messages = []
    while len(payload) >= 4:
        stop = 4 + int.from_bytes(payload[1:4], "big")
        if stop > len(payload):
            break
        messages.append(payload[:stop])
        payload = payload[stop:]
    return messages


def opaque(data: bytes, flight: ServerFlight) -> set[int]:
    """Positions inside of certificates, OCSP responses and signatures."""
    blobs = [entry.der for entry in flight.certificate_list]
    blobs += [entry.ocsp_response or b"" for entry in flight.certificate_list]
    blobs += [flight.key_proof.signature] if flight.key_proof else []
    positions: set[int] = set()
    for blob in blobs:
        start = data.find(blob)
        if start >= 0:
            positions.update(range(start, start + len(blob)))
    return positions


def ciphertext(flow: bytes) -> Iterator[int]:
    """Positions inside of protected records."""
    at = 0
    for header, fragment in split_records(flow):
        if header[0] == 0x17:
            yield from range(at + 5, at + 5 + len(fragment))
        at += 5 + len(fragment)
