"""Servers that follow a script with blocking sockets, for scripts that are dialogues."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def scripted(script: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that passes each connection to a function."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), connection:
                    connection.settimeout(3)
                    script(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def banner(text: bytes) -> Callable[[socket.socket], None]:
    """Send some bytes, then wait for the end."""

    def script(connection: socket.socket) -> None:
        connection.sendall(text)
        while connection.recv(4096):
            pass

    return script


def silence(connection: socket.socket) -> None:
    """Read and never answer."""
    while connection.recv(4096):
        pass


def closes(connection: socket.socket) -> None:
    """Close after the ClientHello."""
    connection.recv(4096)


def resets(connection: socket.socket) -> None:
    """Reset after the ClientHello."""
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drips(connection: socket.socket) -> None:
    """Send a handshake record byte by byte, forever."""
    for byte in b"\x16\x03\x03\x40\x00" + bytes(200):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)
