"""A peer for protocols that no server in Debian speaks: python starttls_peer.py PROTOCOL ...

It answers bytes that are written from the public specifications (RFC 4642 for NNTP, MS-TDS for SQL
Server), then speaks TLS with Python's `ssl`, inside TDS packets if the protocol requires it.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading

# MS-TDS 4.2: VERSION, ENCRYPTION, INSTOPT, THREADID, MARS; ENCRYPT_REQ.
PRELOGIN_ANSWER = bytes.fromhex(
    "0401002b00000100 00001a0006 0100200001 0200210001 0300220000 0400220001 ff"
    "0c000fa00000 03 00 00"
)


def serve(connection: socket.socket, protocol: str, context: ssl.SSLContext) -> None:
    """Answer one client."""
    connection.settimeout(10)
    with contextlib.suppress(OSError), connection:
        if protocol == "nntp":
            connection.sendall(b"200 news.halfshake.test ready, posting allowed\r\n")
            if b"STARTTLS" not in connection.recv(4096):
                return
            connection.sendall(b"382 Begin TLS negotiation now\r\n")
            context.wrap_socket(connection, server_side=True).recv(1)
        else:
            if connection.recv(4096)[0] != 0x12:
                return
            connection.sendall(PRELOGIN_ANSWER)
            inside_packets(connection, context)


def inside_packets(connection: socket.socket, context: ssl.SSLContext) -> None:
    """Shake hands in TLS, each flight inside TDS packets of type 0x12."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_side=True)
    waiting = b""
    while True:
        done = False
        try:
            session.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            pass
        flight = outgoing.read()
        for at in range(0, len(flight), 1000):
            piece = flight[at : at + 1000]
            connection.sendall(b"\x12\x01" + (len(piece) + 8).to_bytes(2, "big") + bytes(4) + piece)
        if done:
            return
        data = connection.recv(4096)
        if not data:
            return
        waiting += data
        while len(waiting) >= 8 and len(waiting) >= (length := int.from_bytes(waiting[2:4], "big")):
            incoming.write(waiting[8:length])
            waiting = waiting[length:]


def main() -> None:
    """Listen until ended."""
    protocol, port, chain, key, client_ca, versions, client_auth = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
    context.minimum_version = names[versions.split(",")[0]]
    context.maximum_version = names[versions.split(",")[-1]]
    context.load_cert_chain(chain, key)
    if client_auth == "true":
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(
                target=serve, args=(connection, protocol, context), daemon=True
            ).start()


if __name__ == "__main__":
    main()
