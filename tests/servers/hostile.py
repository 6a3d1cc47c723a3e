"""Servers that never finish, or end badly: too slow, too early, too much.

Each has a name, and what must be said about it; `malformed.py` has those that break the protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import FailureReason
from halfshake.tls.messages import MAX_CERTIFICATES
from halfshake.tls.record import MAX_IDLE_RECORDS
from halfshake.tls.registries.codepoints import ContentType
from servers.flights import (
    CERTIFICATE,
    DONE,
    ENCRYPTED_EXTENSIONS,
    HELLO,
    KEY_EXCHANGE,
    REQUEST,
    REQUEST13,
    encrypted,
    sealed,
    tls12,
    tls13,
)
from servers.scripted import (
    Connection,
    Script,
    closes,
    drips,
    resets,
    says,
    says_and_closes,
    silence,
    without_end,
)
from tls_peer import certificate_tls12, certificate_tls13, message, record
from wire import Tls13Peer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hostile(NamedTuple):
    """A hostile server: what it does, and what the failure must say.

    `says` are pieces of the sentence: whose fault, what was expected, what came, which RFC.
    """

    name: str
    script: Script
    reason: FailureReason
    says: tuple[str, ...]


async def _closes_at_once(connection: Connection) -> None:
    connection.finish()
    await connection.until_the_client_leaves()


async def _resets_at_once(connection: Connection) -> None:
    await connection.reset()


def _says_and_resets(*pieces: bytes) -> Script:
    async def script(connection: Connection) -> None:
        await says_and_closes(*pieces)(connection)
        await connection.reset()

    return script


def _tiny_records(peer: Tls13Peer) -> Iterator[bytes]:
    yield peer.seal(b"\x0b\x04\x00\x00")
    while True:
        yield b"".join(peer.seal(b"\x00") for _ in range(100))


async def _resets_behind_the_encryption(connection: Connection) -> None:
    peer = Tls13Peer(await connection.client_hello())
    await connection.send(record(peer.server_hello) + peer.seal(ENCRYPTED_EXTENSIONS))
    await connection.reset()


TLS12_HELLO = record(HELLO)

DEADLINE = FailureReason.deadline_exceeded
CLOSED = FailureReason.connection_closed
RESET = FailureReason.connection_reset
UNEXPECTED = FailureReason.unexpected_message
DECODE = FailureReason.decode_error
LIMIT = FailureReason.limit_exceeded
LATE = ("waiting for the server's certificate took longer than",)
CUT = ("the server closed the connection in the middle of its first flight",)
IDLE = (f"more than {MAX_IDLE_RECORDS} records that lead nowhere",)


SLOW = (
    Hostile("never answers", silence, DEADLINE, LATE),
    Hostile("drips a byte a second", drips(TLS12_HELLO), DEADLINE, LATE),
    Hostile("announces a record and sends half", says(TLS12_HELLO[:20]), DEADLINE, LATE),
    Hostile("stops after ServerHello", says(TLS12_HELLO), DEADLINE, LATE),
    Hostile("stops after EncryptedExtensions", sealed(ENCRYPTED_EXTENSIONS), DEADLINE, LATE),
)

ENDS = (
    Hostile("closes before the hello", _closes_at_once, CLOSED, ("the server closed",)),
    Hostile("resets before the hello", _resets_at_once, RESET, ("the server reset",)),
    Hostile("closes after the hello", closes, CLOSED, ("without answering the ClientHello",)),
    Hostile("resets after the hello", resets, RESET, ("the server reset",)),
    *(
        Hostile(
            f"{verb} {place}",
            ending(piece),
            reason,
            (
                f"the server {past}",
                *said,
            ),
        )
        for verb, past, ending, reason, said in (
            ("closes", "closed", says_and_closes, CLOSED, CUT),
            ("resets", "reset", _says_and_resets, RESET, ()),
        )
        for place, piece in (
            ("in a record's header", TLS12_HELLO[:3]),
            ("in ServerHello", TLS12_HELLO[:30]),
            ("after ServerHello", TLS12_HELLO),
            ("in Certificate", TLS12_HELLO + record(CERTIFICATE)[:200]),
        )
    ),
    Hostile("resets in its encrypted flight", _resets_behind_the_encryption, RESET, ()),
    Hostile(
        "says close_notify",
        says(record(b"\x01\x00", 21)),
        CLOSED,
        (
            "the server",
            "close_notify",
        ),
    ),
    Hostile(
        "refuses with an alert",
        says(record(b"\x02\x28", 21)),
        FailureReason.alert_received,
        (
            "the server refused",
            "handshake_failure (40)",
        ),
    ),
)

ENDLESS = (
    Hostile(
        "endless garbage",
        without_end(b"\xde\xad\xbe\xef"),
        FailureReason.not_tls,
        ("the port does not speak TLS",),
    ),
    Hostile(
        "endless garbage behind ServerHello",
        without_end(b"\xde\xad\xbe\xef", start=TLS12_HELLO),
        DECODE,
        ("the server sent deadbeefde where a record header was expected (RFC 9846 5.1)",),
    ),
    Hostile(
        "claims a 16 MB message",
        says(TLS12_HELLO, record(b"\x0b\xff\xff\xff")),
        LIMIT,
        (
            "the server announces a handshake message of 16777215 bytes",
            "reads up to 262144",
        ),
    ),
    Hostile(
        "claims a 16 MB message behind the encryption",
        sealed(b"\x0b\xff\xff\xff"),
        LIMIT,
        ("the server announces a handshake message of 16777215 bytes",),
    ),
    Hostile(
        "endless tiny records",
        without_end(record(b"\x00"), start=TLS12_HELLO + record(b"\x0b\x04\x00\x00")),
        LIMIT,
        ("the server's first flight exceeds 1048576 bytes",),
    ),
    Hostile(
        "endless tiny records behind the encryption",
        encrypted(_tiny_records),
        LIMIT,
        ("the server's first flight exceeds 1048576 bytes",),
    ),
    Hostile(
        "endless empty records",
        without_end(record(b"")),
        LIMIT,
        (
            "the server",
            *IDLE,
        ),
    ),
    Hostile(
        "endless HelloRequests",
        without_end(record(message(0, b""))),
        LIMIT,
        (
            *IDLE,
            "the last of them a HelloRequest",
        ),
    ),
    Hostile(
        "endless warning alerts",
        without_end(record(b"\x01\x70", 21)),
        LIMIT,
        (
            *IDLE,
            "the warning alert unrecognized_name",
        ),
    ),
    Hostile(
        "endless user_canceled behind the encryption",
        sealed(b"\x01\x5a", ContentType.alert, times=100),
        LIMIT,
        IDLE,
    ),
    Hostile(
        "endless ChangeCipherSpecs in TLS 1.3",
        encrypted(lambda _: [record(b"\x01", 20) * 100]),
        LIMIT,
        (
            *IDLE,
            "the last of them a ChangeCipherSpec",
        ),
    ),
    Hostile(
        "ChangeCipherSpecs in TLS 1.2",
        without_end(record(b"\x01", 20), start=TLS12_HELLO),
        UNEXPECTED,
        ("the server sent a ChangeCipherSpec in its first flight (RFC 9846 5)",),
    ),
    Hostile(
        "endless CertificateRequests",
        without_end(record(REQUEST), start=TLS12_HELLO + record(CERTIFICATE + KEY_EXCHANGE)),
        UNEXPECTED,
        ("the server sent certificate_request where ServerHelloDone was expected (RFC 5246 7.3)",),
    ),
    Hostile(
        "endless CertificateRequests in TLS 1.3",
        tls13(ENCRYPTED_EXTENSIONS, *[REQUEST13] * 100),
        UNEXPECTED,
        ("the server sent certificate_request where Certificate was expected (RFC 9846 4.5.1)",),
    ),
    Hostile(
        "endless authorities in a CertificateRequest",
        tls13(ENCRYPTED_EXTENSIONS, message(13, bytes(300_000))[:1000]),
        LIMIT,
        ("the server announces a handshake message of 300000 bytes",),
    ),
    Hostile(
        "endless certificates",
        tls12(HELLO, certificate_tls12(*[b"x"] * (MAX_CERTIFICATES + 1)), DONE),
        LIMIT,
        (f"the server sent more than {MAX_CERTIFICATES} certificates",),
    ),
    Hostile(
        "endless certificates in TLS 1.3",
        tls13(ENCRYPTED_EXTENSIONS, certificate_tls13(*[b"x"] * (MAX_CERTIFICATES + 1))),
        LIMIT,
        (f"the server sent more than {MAX_CERTIFICATES} certificates",),
    ),
)
