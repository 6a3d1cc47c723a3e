"""Whatever arrives, in any pieces: a ServerFlight or one of our errors, and nothing else."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshake.errors import HandshakeFailed, NotTls
from halfshake.tls.server_flight import HELLO_RETRY_REQUEST_RANDOM, ServerFlight
from rfc8448.traces import load
from tls_peer import (
    TLS13,
    extension,
    half_handshake,
    key_share,
    message,
    pieces,
    record,
    server_hello,
)

CERTIFICATE = load("simple_1rtt")["certificate"]


def outcome(data: bytes, cuts: list[int] | None = None) -> ServerFlight | tuple[str, str] | None:
    """Feed `data`, cut at `cuts`; a flight, an error's type and sentence, or None for 'more'."""
    half = half_handshake()
    try:
        for piece in pieces(data, cuts or []):
            if half.server_flight is None:
                half.receive_data(piece)
    except HandshakeFailed as error:
        return type(error).__name__, error.detail
    return half.server_flight


P256 = 0x17
HOSTILE = {
    "no key share": server_hello(TLS13),
    "a group that was not offered": server_hello(TLS13, key_share(0x9999, bytes(32))),
    "a short x25519 share": server_hello(TLS13, key_share(0x1D, bytes(31))),
    "an all-zero x25519 share": server_hello(TLS13, key_share(0x1D, bytes(32))),
    "a point off P-256": server_hello(TLS13, key_share(P256, b"\x04" + b"\x01" * 64)),
    "a compressed point": server_hello(TLS13, key_share(P256, b"\x02" + b"\x01" * 32)),
    "a group with no share": server_hello(TLS13, key_share(0x18, bytes(97))),
    "a suite that was not offered": server_hello(TLS13, suite=0x1399),
    "a TLS 1.2 suite in TLS 1.3": server_hello(TLS13, suite=0xC02F),
    "a TLS 1.3 suite in TLS 1.2": server_hello(session_id=b""),
    "another session id": server_hello(TLS13, session_id=b"x" * 32),
    "SSLv3": server_hello(version=0x0300, suite=0x0035, session_id=b""),
    "TLS 1.2 in supported_versions": server_hello(extension(0x2B, b"\x03\x03")),
    "an extension that was not offered": server_hello(TLS13, extension(0x29, b"")),
    "an extension twice": server_hello(TLS13, TLS13),
    "a downgrade from TLS 1.3": server_hello(
        suite=0xC02F, session_id=b"", random=bytes(24) + b"DOWNGRD\x01"
    ),
    "a downgrade to TLS 1.1": server_hello(
        suite=0xC013, session_id=b"", version=0x0302, random=bytes(24) + b"DOWNGRD\x00"
    ),
    "a resumed session": server_hello(suite=0xC02F) + record(b"\x01", 0x14),
    "a resumed session with a ticket": server_hello(suite=0xC02F) + record(message(4, b"")),
    "a retry that changes nothing": server_hello(TLS13, random=HELLO_RETRY_REQUEST_RANDOM),
    "a retry for a share it has": server_hello(
        TLS13, extension(0x33, b"\x00\x1d"), random=HELLO_RETRY_REQUEST_RANDOM
    ),
    "two retries": server_hello(
        TLS13, extension(0x33, b"\x00\x18"), random=HELLO_RETRY_REQUEST_RANDOM
    )
    * 2,
    "application data first": record(b"x", 0x17),
    "ChangeCipherSpec in TLS 1.2": server_hello(suite=0xC02F, session_id=b"")
    + record(b"\x01", 0x14),
    "ChangeCipherSpec of another value": record(b"\x02", 0x14),
    "endless ChangeCipherSpecs": record(b"\x01", 0x14) * 40,
    "an alert of one byte": record(b"\x02", 0x15),
    "Certificate first": record(CERTIFICATE),
    "no certificates": server_hello(suite=0xC02F, session_id=b"")
    + record(message(11, b"\x00\x00\x00")),
    "an empty certificate": server_hello(suite=0xC02F, session_id=b"")
    + record(message(11, b"\x00\x00\x03\x00\x00\x00")),
    "endless certificates": server_hello(suite=0xC02F, session_id=b"")
    + record(message(11, (4 * 101).to_bytes(3, "big") + b"\x00\x00\x01x" * 101)),
    "endless HelloRequests": record(message(0, b"")) * 40,
    "endless warnings": record(b"\x01\x70", 0x15) * 40,
    "endless empty records": record(b"") * 40,
    "a 16 MB message": record(b"\x0b\xff\xff\xff"),
    "an oversized record": b"\x16\x03\x03\x40\x01",
    "plain HTTP": b"HTTP/1.1 400 Bad Request\r\n",
    "a record that does not decrypt": server_hello(
        TLS13, key_share(0x1D, load("simple_1rtt")["server_x25519_public_key"])
    )
    + record(bytes(64), 0x17),
    "an unprotected message after the keys": server_hello(
        TLS13, key_share(0x1D, load("simple_1rtt")["server_x25519_public_key"])
    )
    + record(message(8, b"\x00\x00")),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_server_meets_our_own_error(name: str) -> None:
    """Whole and byte by byte: the same error of ours, whose sentence blames the server."""
    data = HOSTILE[name]
    whole = outcome(data)
    assert whole is not None
    assert not isinstance(whole, ServerFlight), whole
    assert "the server" in whole[1] or whole[0] == NotTls.__name__ or "the Hello" in whole[1]
    assert outcome(data, list(range(len(data)))) == whole


@given(data=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=20))
def test_any_bytes_in_any_split(data: bytes, cuts: list[int]) -> None:
    """Splitting never changes the result."""
    assert outcome(data, cuts) == outcome(data)


@given(data=st.data(), cuts=st.lists(st.integers(0, 2000), max_size=20))
def test_one_wrong_byte_in_a_tls12_flight(data: st.DataObject, cuts: list[int]) -> None:
    """A flight with a byte changed anywhere is read, refused, or waits for more."""
    position = data.draw(st.integers(0, len(FLIGHT) - 1))
    value = data.draw(st.integers(0, 255))
    changed = FLIGHT[:position] + bytes([value]) + FLIGHT[position + 1 :]
    assert outcome(changed, cuts) == outcome(changed)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 100])
def test_a_flight_in_records_of_any_size(length: int) -> None:
    """One byte a record, or a hundred, with warnings and HelloRequests in between."""
    payload = b"".join((server_hello(suite=0x002F, session_id=b"")[5:], CHAIN, message(14, b"")))
    pieces = [record(payload[at : at + length]) for at in range(0, len(payload), length)]
    stream = record(b"\x01\x70", 0x15) + record(message(0, b"")) + b"".join(pieces)
    flight = outcome(stream)
    assert isinstance(flight, ServerFlight)
    assert flight.certificate_list[0].der == LEAF
    assert flight.certificate_request is None
    assert outcome(stream + b"anything behind it") == flight


def test_chain_of_thirty_and_large_certificates() -> None:
    """Thirty certificates, one of them over 100 KiB: a flight over 64 KiB in many records."""
    ders = [bytes([number]) * 1000 for number in range(29)] + [b"x" * 110_000]
    body = b"".join(len(der).to_bytes(3, "big") + der for der in ders)
    payload = message(11, len(body).to_bytes(3, "big") + body) + message(14, b"")
    stream = server_hello(suite=0x002F, session_id=b"") + b"".join(
        record(payload[at : at + 16384]) for at in range(0, len(payload), 16384)
    )
    flight = outcome(stream)
    assert isinstance(flight, ServerFlight)
    assert [entry.der for entry in flight.certificate_list] == ders


LEAF = hashlib.sha512(b"leaf").digest() * 4
CHAIN = message(11, (len(LEAF) + 3).to_bytes(3, "big") + len(LEAF).to_bytes(3, "big") + LEAF)
FLIGHT = (
    server_hello(suite=0x002F, session_id=b"")
    + record(CHAIN)
    + record(message(13, b"\x01\x01\x00\x02\x04\x01\x00\x04\x00\x02\x30\x00"))
    + record(message(14, b""))
)
