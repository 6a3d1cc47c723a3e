"""A verdict takes two round trips: the TCP connection, then one hello and what the server answers.

A relay holds each flight back until the one before it is complete, and counts the client's.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import halfshake
from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()
STORE = halfshake.TrustStore((ROOT.certificate.public_bytes(Encoding.DER),), ("test",))
CLIENT_CA = Authority.root("Client CA")
# A flight is complete when nothing follows it for so long: a far server's RTT is no shorter.
QUIET_SECONDS = 0.15

pytestmark = pytest.mark.interop


class Relay:
    """Carries whole flights between one client and the server, in turns."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self.connections = 0
        self.client_flights = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: a flight of the client, a flight of the server, and so on."""
        self.connections += 1
        to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        try:
            while flight := await complete_flight(reader):
                self.client_flights += 1
                to_server[1].write(flight)
                writer.write(await complete_flight(to_server[0]))
                await writer.drain()
        finally:
            for end in (writer, to_server[1]):
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()


async def complete_flight(reader: asyncio.StreamReader) -> bytes:
    """All that comes until a pause; nothing at the end of the stream."""
    flight = await reader.read(65_536)
    while flight:
        try:
            more = await asyncio.wait_for(reader.read(65_536), QUIET_SECONDS)
        except TimeoutError:
            break
        if not more:
            break
        flight += more
    return flight


@contextlib.asynccontextmanager
async def relay_to(server_port: int) -> AsyncIterator[tuple[Relay, int]]:
    """A relay on a port of its own."""
    relay = Relay(server_port)
    listener = await asyncio.start_server(relay.carry, "127.0.0.1", 0)
    async with listener:
        yield relay, listener.sockets[0].getsockname()[1]


async def trusted_through(port: int) -> bool:
    """Read the server behind this port, and judge it."""
    target = halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME)
    result = await halfshake.probe(target)
    assert isinstance(result, halfshake.Observation)
    verdict = halfshake.judge(result, STORE)
    return bool(verdict.trusted)


@pytest.mark.parametrize("key_type", ["ecdsa", "rsa"])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_two_round_trips_bring_a_verdict(version: str, key_type: str, tmp_path: Path) -> None:
    """One connection, one flight of ours: nothing of it waits for an answer to come first."""
    settings = Settings(ROOT.issue(NAME, key_type=key_type), CLIENT_CA.pem, (version,))
    with NGINX.running(settings, tmp_path / "nginx") as running:
        async with relay_to(running.port) as (relay, port):
            assert await trusted_through(port)
    assert (relay.connections, relay.client_flights) == (1, 1)


async def test_a_hello_retry_request_costs_a_third(tmp_path: Path) -> None:
    """The server takes no group that we send a share for: the relay sees a second hello."""

    def with_one_group(settings: Settings, directory: Path, port: int) -> list[str]:
        command = NGINX.prepare(settings, directory, port)
        file = directory / "nginx.conf"
        groups = "ssl_ecdh_curve secp384r1; ssl_protocols"
        file.write_text(file.read_text().replace("ssl_protocols", groups))
        return command

    server = replace(NGINX, prepare=with_one_group)
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, ("TLSv1.3",))
    with server.running(settings, tmp_path / "nginx") as running:
        async with relay_to(running.port) as (relay, port):
            assert await trusted_through(port)
    assert (relay.connections, relay.client_flights) == (1, 2)
