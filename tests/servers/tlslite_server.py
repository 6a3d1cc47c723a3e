"""A TLS server on tlslite-ng, a TLS stack in Python, that can ask for a client certificate."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from pathlib import Path

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey


def main(port: str, chain: str, key: str, versions: str, client_auth: str) -> None:
    """Serve until ended."""
    certificates = X509CertChain()
    certificates.parsePemList(Path(chain).read_text())
    private_key = parsePEMKey(Path(key).read_text(), private=True)
    settings = HandshakeSettings()
    numbers = [(3, int(version[-1]) + 1) for version in versions.split(",")]
    settings.minVersion, settings.maxVersion = numbers[0], numbers[-1]
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            connection, _ = listener.accept()

            def serve(connection: socket.socket) -> None:
                with contextlib.suppress(Exception), connection:
                    TLSConnection(connection).handshakeServer(
                        certChain=certificates,
                        privateKey=private_key,
                        reqCert=client_auth == "true",
                        settings=settings,
                    )

            threading.Thread(target=serve, args=(connection,), daemon=True).start()


main(*sys.argv[1:])
