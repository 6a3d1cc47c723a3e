"""`halfshake watch --healthcheck`: does the monitor that listens here answer?

A container asks this every half minute. Any answer of the listener is one: a status of 401 where it
wants a password, or the first bytes that follow a ClientHello, whoever it wants to see.
A monitor whose loop stands still answers nothing.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

from halfshake.watch.settings.keys.listen_text import parse_listen

if TYPE_CHECKING:
    from collections.abc import Callable


def problem_at(listen: str, *, timeout_seconds: float = 4.0) -> str:
    """Ask the listener; "" where it answers, else a sentence. Raises ValueError for no address."""
    host, port = parse_listen(listen)
    if port == 0:
        raise ValueError("--healthcheck needs the port: --listen 127.0.0.1:9943")
    # Whoever listens everywhere listens on loopback.
    address = (_LOOPBACK.get(host or "", host or "127.0.0.1"), port)
    why = ""
    for answers in (_answers_http, _answers_tls):
        try:
            if _asked(address, answers, timeout_seconds / 2):
                return ""
        except OSError as error:
            why = f": {error.strerror or error}"
    return f"nothing answers at {listen}{why}"


def _asked(
    address: tuple[str, int], answers: Callable[[socket.socket], bool], timeout_seconds: float
) -> bool:
    with socket.create_connection(address, timeout_seconds) as connection:
        return answers(connection)


def _answers_http(connection: socket.socket) -> bool:
    connection.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return connection.recv(16).startswith(b"HTTP/")


def _answers_tls(connection: socket.socket) -> bool:
    # Nothing is believed of what is said here, so nobody needs to prove who they are.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    connection.sendall(outgoing.read())
    return bool(connection.recv(16))


_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound
