"""One TLS server for the whole corpus: a port for each case, which sends exactly its chain.

Python's `ssl` at OpenSSL's security level 0, which sends what it is given. It runs in its own
thread, starts with the first case that is used, and ends with the process.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import ssl
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.undecoded import openssl_decodes, serve
from pki import Authority

if TYPE_CHECKING:
    from corpus import Case


@functools.cache
def port_of(case: Case, *, client_auth: bool = False) -> int:
    """Serve the case; with `client_auth`, in TLS 1.2 and only to clients with a certificate."""
    if not all(map(openssl_decodes, case.presented)):
        return serve(case, client_auth=client_auth)
    starting = asyncio.start_server(
        _answer, "127.0.0.1", 0, ssl=_context(case, client_auth=client_auth)
    )
    server = asyncio.run_coroutine_threadsafe(starting, _loop()).result(10)
    port: int = server.sockets[0].getsockname()[1]
    return port


def _context(case: Case, *, client_auth: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with tempfile.TemporaryDirectory() as directory:
        chain, key = Path(directory) / "chain.pem", Path(directory) / "key.pem"
        chain.write_bytes(case.chain_pem)
        key.write_bytes(case.key_pem)
        context.load_cert_chain(chain, key)
    if client_auth:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=_client_ca())
    return context


@functools.cache
def _client_ca() -> str:
    return Authority.root("Client CA").pem.decode()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
        await writer.wait_closed()


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    # Clients who leave in the middle are what the corpus is about.
    loop.set_exception_handler(lambda _loop, _context: None)
    thread = threading.Thread(target=loop.run_forever, name="corpus", daemon=True)
    thread.start()

    def end() -> None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)

    atexit.register(end)
    return loop
