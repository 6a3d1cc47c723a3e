"""Serves a chain with a certificate that the local OpenSSL does not decode, and so does not send.

With OpenSSL 3.5 there is one in the corpus: its date has no seconds. tlslite-ng reads nothing of a
certificate but the key.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus import Case


@functools.cache
def openssl_decodes(der: bytes) -> bool:
    """Does the OpenSSL of this Python decode it?"""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
    except ssl.SSLError:
        return False
    return True


def serve(case: Case, *, client_auth: bool) -> int:
    """Serve it until the process ends; the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, case, client_auth), daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def _serve(listener: socket.socket, case: Case, client_auth: bool) -> None:
    # Most OpenSSLs decode every case; and on Python 3.11 its import warns of asyncore.
    from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

    chain, settings = X509CertChain(), HandshakeSettings()
    chain.parsePemList(case.chain_pem.decode())
    key = parsePEMKey(case.key_pem.decode(), private=True)
    if client_auth:
        settings.maxVersion = (3, 3)
    while True:
        connection, _ = listener.accept()
        with contextlib.suppress(Exception), connection:  # the client leaves in the middle
            TLSConnection(connection).handshakeServer(
                certChain=chain,
                privateKey=key,
                reqCert=client_auth,
                settings=settings,
                alpn=[bytearray(b"http/1.1")],
            )
