"""On the wire: no Certificate message of ours, on any visit, ever carries a certificate."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

import halfshake
from halfshake.dial import full_handshake
from halfshake.dial.full_handshake import is_empty_certificate
from pki import Authority
from servers import Settings
from servers.postures import POSTURES
from servers.scripted_tls import server_context, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers.postures import Posture

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")
CREDENTIAL = ROOT.issue(NAME)

CERTIFICATE = 11

# One that refuses and one that lets us in of each server.
ASKING = {
    (posture.server.name, posture.enforcement): posture for posture in POSTURES if posture.requested
}


@contextlib.contextmanager
def relay(port: int) -> Iterator[tuple[int, list[bytearray]]]:
    """Listen in front of a server, and keep what the client sends on each connection."""
    sent: list[bytearray] = []

    def connected(client: socket.socket) -> None:
        kept = bytearray()
        sent.append(kept)
        with socket.create_connection(("127.0.0.1", port)) as server:

            def back() -> None:
                with contextlib.suppress(OSError):
                    while data := server.recv(65536):
                        client.sendall(data)
                    client.shutdown(socket.SHUT_WR)

            answer = threading.Thread(target=back, daemon=True)
            answer.start()
            while data := client.recv(65536):
                kept.extend(data)
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
            answer.join(5)

    with serving(connected) as outside:
        yield outside, sent


def cleartext_messages(sent: bytes) -> list[bytes]:
    """The handshake messages of a TLS 1.2 client before its ChangeCipherSpec."""
    handshake = b""
    while sent and sent[0] == 0x16:
        end = 5 + int.from_bytes(sent[3:5], "big")
        handshake, sent = handshake + sent[5:end], sent[end:]
    messages = []
    while handshake:
        end = 4 + int.from_bytes(handshake[1:4], "big")
        messages.append(handshake[:end])
        handshake = handshake[end:]
    return messages


@pytest.mark.interop
@pytest.mark.parametrize("posture", ASKING.values(), ids=lambda posture: posture.name)
def test_our_tls12_certificate_message_is_empty(posture: Posture, tmp_path: Path) -> None:
    """Every server that asks gets one Certificate with an empty list, only on the second visit."""
    settings = Settings(CREDENTIAL, CLIENT_CA.pem, ("TLSv1.2",))
    with (
        posture.server.running(settings, tmp_path / "server") as running,
        relay(running.port) as (port, sent),
    ):
        target = halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME)
        result = halfshake.probe_blocking(target, enforcement=True)
    assert isinstance(result, halfshake.Observation)
    certificates = [
        [message for message in cleartext_messages(bytes(kept)) if message[0] == CERTIFICATE]
        for kept in sent
    ]
    assert certificates[0] == []
    assert certificates[1:]
    for visit in certificates[1:]:
        assert visit == [b"\x0b\0\0\3\0\0\0"]


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_what_the_server_reads_is_empty(version: str, tmp_path: Path) -> None:
    """In TLS 1.3 the message is encrypted: the server's OpenSSL reports what it read."""
    context = server_context(CREDENTIAL, CLIENT_CA, version, tmp_path)
    read: list[bytes] = []

    def keep(_: object, direction: str, __: int, content: int, message: int, data: bytes) -> None:
        if (direction, content, message) == ("read", 22, CERTIFICATE):
            read.append(data)

    context._msg_callback = keep  # type: ignore[attr-defined]

    def connected(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as client:
            client.recv(4096)
            assert client.getpeercert(binary_form=True) is None
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with serving(connected) as port:
        target = halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME)
        result = halfshake.probe_blocking(target, enforcement=True)
    assert isinstance(result, halfshake.Observation)
    assert result.client_auth.enforcement == "tls-optional"
    assert read == [b"\x0b\0\0\3\0\0\0" if version == "TLSv1.2" else b"\x0b\0\0\4\0\0\0\0"]


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_not_even_if_openssl_had_one(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a certificate were loaded by mistake, we would hang up before sending it."""
    chain, key = CLIENT_CA.issue("client.halfshake.test").write(tmp_path, "client")
    context = server_context(CREDENTIAL, CLIENT_CA, version, tmp_path)
    shown: list[bytes | None] = []

    def connected(connection: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError):
            client = context.wrap_socket(connection, server_side=True)
            shown.append(client.getpeercert(binary_form=True))
            client.recv(4096)

    lenient_context = full_handshake._lenient_context

    def with_a_certificate(alpn: tuple[str, ...]) -> ssl.SSLContext:
        mistaken = lenient_context(alpn)
        mistaken.load_cert_chain(chain, key)
        return mistaken

    monkeypatch.setattr(full_handshake, "_lenient_context", with_a_certificate)
    with serving(connected) as port:
        target = halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME)
        result = halfshake.probe_blocking(target, enforcement=True)
    assert isinstance(result, halfshake.Observation)
    assert result.client_auth.enforcement == "unknown"
    assert "wants to show a client certificate" in result.client_auth.enforcement_reason
    assert shown == []


@pytest.mark.parametrize(
    ("message", "empty"),
    [
        ("0b 000003 000000", True),
        ("0b 000004 00 000000", True),
        ("0b 000006 02 abcd 000000", True),
        ("0b 000007 000004 000001 30", False),
        ("0b 000008 00 000004 000001 30", False),
        ("0b 000000", False),
        ("0b 000003 000001", False),
    ],
)
def test_what_counts_as_empty(message: str, *, empty: bool) -> None:
    """Exactly the two possible forms."""
    assert is_empty_certificate(bytes.fromhex(message)) is empty
