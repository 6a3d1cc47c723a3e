"""Servers whose first flight ends behind its certificate: after which message, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.observation import Ending
from servers.flights import (
    CERTIFICATE,
    CERTIFICATE13,
    ENCRYPTED_EXTENSIONS,
    HELLO,
    KEY_EXCHANGE,
    REQUEST,
    REQUEST13,
)
from tls_peer import extension, message, record, server_hello_message
from wire import Tls13Peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from servers.scripted import Connection, Script

ALERT = record(b"\x02\x50", 0x15)
CLOSE_NOTIFY = record(b"\x01\x00", 0x15)
STAPLE = message(22, b"\x01\x00\x00\x04ocsp")
HELLO_THAT_STAPLES = server_hello_message(extension(5, b""), suite=0xC02B, session_id=b"")


class Broken(NamedTuple):
    """One of them; `asks` is what is known of client authentication by then."""

    name: str
    script: Script
    version: str
    after: str
    end: Ending
    asks: bool | None


async def _says_internal_error(connection: Connection, peer: Tls13Peer | None) -> None:
    await connection.send(ALERT if peer is None else peer.seal(b"\x02\x50", 0x15))
    await connection.until_the_client_leaves()


async def _says_close_notify(connection: Connection, peer: Tls13Peer | None) -> None:
    await connection.send(CLOSE_NOTIFY if peer is None else peer.seal(b"\x01\x00", 0x15))
    await connection.until_the_client_leaves()


async def _closes(connection: Connection, _: Tls13Peer | None) -> None:
    connection.finish()
    await connection.until_the_client_leaves()


async def _resets(connection: Connection, _: Tls13Peer | None) -> None:
    await connection.reset()


async def _waits(connection: Connection, _: Tls13Peer | None) -> None:
    await connection.until_the_client_leaves()


def _tls12(end: Callable[..., object], *messages: bytes) -> Script:
    async def script(connection: Connection) -> None:
        await connection.client_hello()
        await connection.send(b"".join(record(each) for each in messages))
        await end(connection, None)  # type: ignore[misc]

    return script


def _tls13(end: Callable[..., object], *messages: bytes) -> Script:
    async def script(connection: Connection) -> None:
        peer = Tls13Peer(await connection.client_hello())
        await connection.send(record(peer.server_hello) + b"".join(map(peer.say, messages)))
        await end(connection, peer)  # type: ignore[misc]

    return script


_ENDS = {
    "an alert": (_says_internal_error, Ending.alert),
    "close_notify": (_says_close_notify, Ending.closed),
    "a FIN": (_closes, Ending.closed),
    "an RST": (_resets, Ending.reset),
    "silence": (_waits, Ending.deadline),
}

_PLACES = (
    ("Certificate", _tls12, (HELLO, CERTIFICATE), None),
    ("CertificateStatus", _tls12, (HELLO_THAT_STAPLES, CERTIFICATE, STAPLE), None),
    ("ServerKeyExchange", _tls12, (HELLO, CERTIFICATE, KEY_EXCHANGE), None),
    ("CertificateRequest", _tls12, (HELLO, CERTIFICATE, KEY_EXCHANGE, REQUEST), True),
    ("Certificate", _tls13, (ENCRYPTED_EXTENSIONS, REQUEST13, CERTIFICATE13), True),
    ("Certificate", _tls13, (ENCRYPTED_EXTENSIONS, CERTIFICATE13), False),
)

BROKEN_OFF = tuple(
    Broken(
        f"{how} after {after} in {version}{'' if asks is not False else ', asking for none'}",
        make(do, *messages),
        version,
        after,
        end,
        asks,
    )
    for after, make, messages, asks in _PLACES
    for version in ["TLSv1.3" if make is _tls13 else "TLSv1.2"]
    for how, (do, end) in _ENDS.items()
)
