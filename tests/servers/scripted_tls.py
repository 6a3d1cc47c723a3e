"""TLS servers that do what no real server should do, after the handshake or in the middle of it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pki import Authority, Credential


def server_context(
    credential: Credential, client_ca: Authority | None, version: str, directory: Path
) -> ssl.SSLContext:
    """A server's context; with a client CA it asks for a certificate, but does not require one."""
    chain, key = credential.write(directory, "scripted")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version.replace(".", "_")]
    context.load_cert_chain(chain, key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=client_ca.pem.decode())
    return context


@contextlib.contextmanager
def serving(connected: Callable[[socket.socket], None]) -> Iterator[int]:
    """Give each connection to a function, in a thread of its own."""
    threads: list[threading.Thread] = []
    over = threading.Event()

    def serve_one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            connected(connection)

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if over.is_set():
                connection.close()
                return
            thread = threading.Thread(target=serve_one, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for thread in threads:
        thread.join(5)


def after_handshake(
    context: ssl.SSLContext, script: Callable[[ssl.SSLSocket], None]
) -> Callable[[socket.socket], None]:
    """Follow a script if the client completes the handshake; the half handshake does not."""

    def connected(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as client:
            script(client)

    return connected


def instead_of_finished(
    context: ssl.SSLContext, script: Callable[[socket.socket], None]
) -> Callable[[socket.socket], None]:
    """Follow a script once the client has answered our flight."""

    def connected(connection: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(connection.recv(65536))
        with contextlib.suppress(ssl.SSLWantReadError):
            server.do_handshake()
        connection.sendall(outgoing.read())
        if connection.recv(65536):
            script(connection)

    return connected


def closes(connection: socket.socket) -> None:
    """A FIN, and no alert before it."""
    connection.shutdown(socket.SHUT_RDWR)


def resets(connection: socket.socket) -> None:
    """A RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket(fileno=connection.detach()).close()


def waits(connection: socket.socket) -> None:
    """Read forever, and send nothing."""
    while connection.recv(4096):
        pass
