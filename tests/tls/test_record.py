"""The rules of the record layer (RFC 9846 5 and 6), and the ends of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from halfshake.errors import (
    AlertReceived,
    ConnectionEnded,
    FailureReason,
    HandshakeFailed,
    NotTls,
    PeerMisbehaved,
)
from halfshake.tls.record import (
    MAX_CIPHERTEXT_BYTES,
    MAX_HANDSHAKE_MESSAGE_BYTES,
    MAX_IDLE_RECORDS,
    MAX_PLAINTEXT_BYTES,
    RecordReader,
)
from halfshake.tls.registries.codepoints import NamedGroup
from tls_peer import (
    CERTIFICATE_VERIFY,
    ENCRYPTED_EXTENSIONS,
    SERVER_HELLO_DONE,
    Tls13Server,
    certificate_tls12,
    certificate_tls13,
    extension,
    half_handshake,
    hello_retry_request,
    message,
    record,
    records,
    server_hello,
    server_hello_message,
)

if TYPE_CHECKING:
    from halfshake.tls.server_flight import ServerFlight

CHANGE_CIPHER_SPEC = record(b"\x01", 0x14)
WARNING = record(b"\x01\x70", 0x15)
TLS12_HELLO = server_hello(suite=0x002F, session_id=b"")
TLS12_FLIGHT = TLS12_HELLO + record(certificate_tls12(b"leaf") + SERVER_HELLO_DONE)


def failure(data: bytes, *, after: bytes = b"") -> HandshakeFailed:
    """How a reading of these bytes fails."""
    half = half_handshake()
    half.receive_data(after)
    with pytest.raises(HandshakeFailed) as caught:
        half.receive_data(data)
    return caught.value


def failure_behind_the_keys(content: bytes, content_type: int, padding: int = 0) -> HandshakeFailed:
    """How a reading of one protected record fails."""
    half = half_handshake()
    server = Tls13Server(half)
    half.receive_data(server.hello)
    with pytest.raises(HandshakeFailed) as caught:
        half.receive_data(server.protect(content, content_type, padding))
    return caught.value


def tls12_flight(data: bytes) -> ServerFlight | None:
    """What is read from a stream."""
    half = half_handshake()
    half.receive_data(data)
    return half.server_flight


def test_a_change_cipher_spec_is_dropped_before_the_version_is_known() -> None:
    """RFC 9846 5: "at any time after the first ClientHello", so before ServerHello too."""
    half = half_handshake()
    half.receive_data(CHANGE_CIPHER_SPEC + hello_retry_request(extension(0x33, b"\x00\x18")))
    server = Tls13Server(half, group=NamedGroup.secp384r1)
    half.receive_data(CHANGE_CIPHER_SPEC + server.hello + CHANGE_CIPHER_SPEC)
    for content in (ENCRYPTED_EXTENSIONS, certificate_tls13(b"leaf"), CERTIFICATE_VERIFY):
        half.receive_data(CHANGE_CIPHER_SPEC + server.protect(content))
    assert half.server_flight is not None
    assert half.server_flight.hello_retry_requested


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TLS12_HELLO + CHANGE_CIPHER_SPEC, id="in TLS 1.2"),
        pytest.param(record(b"\x02", 0x14), id="another value"),
        pytest.param(record(b"\x01\x01", 0x14), id="two bytes"),
        pytest.param(record(b"", 0x14), id="no byte"),
    ],
)
def test_any_other_change_cipher_spec_is_an_unexpected_message(data: bytes) -> None:
    """RFC 9846 5: "any other change_cipher_spec value"."""
    error = failure(data)
    assert error.reason is FailureReason.unexpected_message
    assert "ChangeCipherSpec" in error.detail


@pytest.mark.parametrize(
    ("content_type", "named"),
    [(0x14, "change_cipher_spec"), (0x17, "application_data"), (0x63, "0x0063")],
)
def test_only_handshake_and_alerts_are_protected(content_type: int, named: str) -> None:
    """RFC 9846 5: a protected change_cipher_spec, and unknown types: unexpected_message."""
    error = failure_behind_the_keys(b"\x01", content_type)
    assert error.reason is FailureReason.unexpected_message
    assert f"a protected record of the type {named}" in error.detail


def test_a_key_change_ends_a_record() -> None:
    """RFC 9846 5.1: "Handshake messages MUST NOT span key changes"."""
    half = half_handshake()
    hello = Tls13Server(half).hello[5:]
    with pytest.raises(PeerMisbehaved, match="a key change has to end one") as caught:
        half.receive_data(record(hello + ENCRYPTED_EXTENSIONS))
    assert caught.value.reason is FailureReason.unexpected_message


def test_nothing_but_padding_is_an_unexpected_message() -> None:
    """RFC 9846 5.4: no non-zero octet in the cleartext."""
    error = failure_behind_the_keys(b"", 0, padding=40)
    assert error.reason is FailureReason.unexpected_message
    assert "nothing but padding" in error.detail


def test_an_unprotected_message_behind_the_keys() -> None:
    """RFC 9846 5: unprotected data that must be protected is rejected."""
    half = half_handshake()
    half.receive_data(Tls13Server(half).hello)
    with pytest.raises(PeerMisbehaved, match="an unprotected handshake message") as caught:
        half.receive_data(record(ENCRYPTED_EXTENSIONS))
    assert caught.value.reason is FailureReason.unexpected_message


def test_a_record_that_does_not_open() -> None:
    """RFC 9846 5.2: whatever the length, down to none at all."""
    for length in (0, 1, 15, 16, 17, 64):
        half = half_handshake()
        half.receive_data(Tls13Server(half).hello)
        with pytest.raises(PeerMisbehaved, match="does not decrypt") as caught:
            half.receive_data(record(bytes(length), 0x17))
        assert caught.value.reason is FailureReason.record_undecryptable


def test_records_have_a_largest_size() -> None:
    """RFC 9846 5.1, 5.2, 5.4: in the clear, protected, and opened."""
    header = b"\x16\x03\x03" + (MAX_PLAINTEXT_BYTES + 1).to_bytes(2, "big")
    assert failure(header).reason is FailureReason.limit_exceeded
    half = half_handshake()
    half.receive_data(Tls13Server(half).hello)
    with pytest.raises(PeerMisbehaved, match=r"16641 bytes, 16640 are allowed \(RFC 9846 5.1\)"):
        half.receive_data(b"\x17\x03\x03" + (MAX_CIPHERTEXT_BYTES + 1).to_bytes(2, "big"))
    error = failure_behind_the_keys(b"x", 0x16, padding=MAX_PLAINTEXT_BYTES)
    assert error.reason is FailureReason.limit_exceeded
    assert "RFC 9846 5.4" in error.detail


def test_messages_and_flights_have_a_largest_size() -> None:
    """Limits of ours, each with its name in `record.py`."""
    announced = b"\x0b" + (MAX_HANDSHAKE_MESSAGE_BYTES + 1).to_bytes(3, "big")
    assert "announces a handshake message of 262145 bytes" in failure(record(announced)).detail
    reader = RecordReader()
    reader.receive(records(message(11, bytes(MAX_HANDSHAKE_MESSAGE_BYTES)), 1))
    with pytest.raises(PeerMisbehaved, match="first flight exceeds 1048576 bytes"):
        reader.next_message()


@pytest.mark.parametrize(
    "idle",
    [WARNING, CHANGE_CIPHER_SPEC, record(b""), record(message(0, b""))],
    ids=["warnings", "ChangeCipherSpecs", "empty records", "HelloRequests"],
)
def test_what_leads_nowhere_is_counted(idle: bytes) -> None:
    """MAX_IDLE_RECORDS of them are accepted; one more is an error."""
    assert tls12_flight(idle * MAX_IDLE_RECORDS + TLS12_FLIGHT) == tls12_flight(TLS12_FLIGHT)
    error = failure(idle * (MAX_IDLE_RECORDS + 1))
    assert error.reason is FailureReason.limit_exceeded
    assert "lead nowhere" in error.detail


@pytest.mark.parametrize(
    ("level", "description", "name"),
    [(2, 40, "handshake_failure"), (2, 70, "protocol_version"), (2, 200, "alert_200")],
)
def test_a_fatal_alert_is_a_refusal(level: int, description: int, name: str) -> None:
    """RFC 9846 6.2: with its name, or its number if it has none."""
    for behind_the_keys in (False, True):
        content = bytes([level, description])
        error = (
            failure_behind_the_keys(content, 0x15)
            if behind_the_keys
            else failure(record(content, 0x15))
        )
        assert isinstance(error, AlertReceived)
        assert (error.alert, error.name) == (description, name)
        assert f"the alert {name} ({description})" in error.detail


def test_alert_levels_are_history() -> None:
    """RFC 9846 6: when encrypted, every alert but user_canceled is a refusal, at any level."""
    assert isinstance(failure_behind_the_keys(b"\x01\x70", 0x15), AlertReceived)
    half = half_handshake()
    server = Tls13Server(half)
    half.receive_data(server.hello + server.protect(b"\x02\x5a", 0x15))
    half.receive_data(server.protect(ENCRYPTED_EXTENSIONS + certificate_tls13(b"leaf")))
    half.receive_data(server.protect(CERTIFICATE_VERIFY))
    assert half.server_flight is not None


def test_a_close_notify_ends_the_reading() -> None:
    """RFC 9846 6.1: nothing comes after it."""
    for error in (failure(record(b"\x01\x00", 0x15)), failure_behind_the_keys(b"\x01\x00", 0x15)):
        assert isinstance(error, ConnectionEnded)
        assert error.reason is FailureReason.connection_closed
        assert "close_notify" in error.detail


@pytest.mark.parametrize("length", [0, 1, 3])
def test_an_alert_has_two_bytes(length: int) -> None:
    """RFC 9846 6: half an alert is a decode_error."""
    error = failure(record(bytes(length), 0x15))
    assert error.reason is FailureReason.decode_error
    assert f"an alert record of {length} bytes" in error.detail


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "plain HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"220 mail.example.com ESMTP\r\n", "SMTP or FTP"),
        (b"* OK IMAP4rev1\r\n", "IMAP"),
        (b"+OK POP3\r\n", "POP3"),
        (b"<html>", "HTML or XML"),
        (b"\x4a\x00\x00\x00\x0a8.0", "its answer begins with b'J"),
        (b"\x15\x00\x00\x02\x00\x00", "its answer begins with b'\\x15"),
    ],
)
def test_another_protocol_is_named(answer: bytes, what: str) -> None:
    """For a port that does not speak TLS, the answer says what it speaks."""
    error = failure(answer)
    assert isinstance(error, NotTls)
    assert what in error.detail


def test_bytes_between_records_are_a_decode_error() -> None:
    """RFC 9846 5.1: once it has spoken TLS, the fault is broken TLS."""
    error = failure(b"HTTP/1.1", after=TLS12_HELLO)
    assert isinstance(error, PeerMisbehaved)
    assert error.reason is FailureReason.decode_error
    assert b"HTTP/".hex() in error.detail


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        (b"", "without answering the ClientHello"),
        (b"\x16", "in the middle of its first flight"),
        (TLS12_HELLO, "in the middle of its first flight"),
        (TLS12_HELLO + b"HT", "in the middle of its first flight"),
        (b"HT", "does not speak TLS"),
    ],
)
@pytest.mark.parametrize("reset", [False, True])
def test_the_end_of_a_stream(before: bytes, sentence: str, reset: bool) -> None:
    """Closed or reset, before the first byte, halfway, or after less than a record's header."""
    half = half_handshake()
    half.receive_data(before)
    error = half.connection_ended(reset=reset)
    assert sentence in error.detail
    if isinstance(error, ConnectionEnded):
        assert error.reason.value == ("connection-reset" if reset else "connection-closed")
        assert ("reset the connection" in error.detail) == reset


def test_application_data_before_its_keys() -> None:
    """There are no keys to decrypt it."""
    error = failure(record(b"x", 0x17))
    assert error.reason is FailureReason.unexpected_message
    assert "before its keys" in error.detail


def test_a_message_over_many_records_and_many_messages_in_one() -> None:
    """RFC 9846 5.1: the boundaries of records and messages are independent."""
    payload = (
        server_hello_message(suite=0x002F, session_id=b"") + TLS12_FLIGHT[len(TLS12_HELLO) + 5 :]
    )
    flight = tls12_flight(TLS12_FLIGHT)
    assert flight is not None
    for length in (1, 2, 5, len(payload) - 1, len(payload)):
        assert tls12_flight(records(payload, length)) == flight
