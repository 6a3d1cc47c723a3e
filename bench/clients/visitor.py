"""One client of the comparison, in a process of its own: its CPU microseconds for each visit.

python visitor.py MODE PORT COUNT IN_FLIGHT

Imports and the first visits do not count. Modes: bare, read, possession, pyopenssl, ssl, s_client.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import resource
import socket
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from halfshake.target import Target

NAME = "api.halfshake.test"
WARM_UP = 50


async def bare(port: int) -> None:
    """TCP connect and close on asyncio: no client can be cheaper."""
    with socket.socket() as connection:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))


def read() -> Callable[[int], Awaitable[None]]:
    """Halfshake's own way up to the leaf's dates."""
    from halfshake.certificate import validity
    from halfshake.dial.route import DIRECT
    from halfshake.reading.progress import Progress
    from halfshake.reading.visit import visit
    from halfshake.tls.offers import standard_offer

    offer = standard_offer()

    @functools.cache
    def target_at(port: int) -> Target:
        from halfshake import parse_target

        return parse_target(f"127.0.0.1:{port}", server_name=NAME)

    async def once(port: int) -> None:
        deadline = asyncio.get_running_loop().time() + 10
        async with asyncio.timeout_at(deadline):
            progress = Progress(datetime.now(UTC))
            flight = await visit(target_at(port), DIRECT, progress, deadline, lambda: offer)
        validity(flight.certificate_list[0].der)

    return once


def possession() -> Callable[[int], Awaitable[None]]:
    """The public API: every fact of the flight, with the signature checked."""
    import halfshake

    @functools.cache
    def target_at(port: int) -> halfshake.Target:
        return halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME)

    async def once(port: int) -> None:
        result = await halfshake.probe(target_at(port))
        if not isinstance(result, halfshake.Observation):
            raise SystemExit(result.detail)

    return once


def stdlib(port: int) -> None:
    """The standard library's ssl: a full handshake, as most monitors do it."""
    # Without the system's store, whose loading would cost thirty times the handshake.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        contextlib.suppress(ssl.SSLError),
        socket.create_connection(("127.0.0.1", port)) as connection,
        context.wrap_socket(connection, server_hostname=NAME) as client,
    ):
        client.getpeercert(binary_form=True)


def pyopenssl(port: int) -> None:
    """The pyOpenSSL script: handshake, ignore the error, take the certificate."""
    from OpenSSL import SSL

    with socket.create_connection(("127.0.0.1", port)) as connection:
        client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), connection)
        client.set_connect_state()
        client.set_tlsext_host_name(NAME.encode())
        with contextlib.suppress(SSL.Error):
            client.do_handshake()
        certificate = client.get_peer_certificate(as_cryptography=True)
        assert certificate is not None


def s_client(port: int) -> None:
    """The way of shell scripts."""
    command = f"openssl s_client -connect 127.0.0.1:{port} </dev/null 2>/dev/null"
    subprocess.run(f"{command} | openssl x509 -noout -dates", shell=True, check=False,
                   stdout=subprocess.DEVNULL)  # fmt: skip


BLOCKING = {"ssl": stdlib, "pyopenssl": pyopenssl, "s_client": s_client}
OURS = {"read": read, "possession": possession}


def cpu_microseconds() -> float:
    """CPU time of this process and of its ended children."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) * 1e6


async def side_by_side(
    visit: Callable[[int], Awaitable[None]], port: int, count: int, in_flight: int
) -> float:
    """Run several visits at the same time; return the CPU microseconds of each."""

    async def share(visits: int) -> None:
        for _ in range(visits):
            await visit(port)

    await share(WARM_UP)
    before = cpu_microseconds()
    await asyncio.gather(*(share(count // in_flight) for _ in range(in_flight)))
    return (cpu_microseconds() - before) / (count // in_flight * in_flight)


def in_threads(visit: Callable[[int], None], port: int, count: int, in_flight: int) -> float:
    """Run several visits in threads at the same time; return the CPU microseconds of each."""

    def share(visits: int) -> None:
        for _ in range(visits):
            visit(port)

    share(2)
    shares = [count // in_flight] * in_flight
    before = cpu_microseconds()
    if in_flight == 1:
        share(count)
    else:
        with ThreadPoolExecutor(in_flight) as threads:
            list(threads.map(share, shares))
    return (cpu_microseconds() - before) / sum(shares)


def main(mode: str, port: int, count: int, in_flight: int) -> None:
    """Print the figure."""
    if mode in BLOCKING:
        figure = in_threads(BLOCKING[mode], port, count, in_flight)
    elif mode == "bare":
        figure = asyncio.run(side_by_side(bare, port, count, in_flight))
    else:
        from halfshake import event_loop

        # The loop of every command, and of probe_blocking().
        visits = side_by_side(OURS[mode](), port, count, in_flight)
        figure = event_loop.run(visits)
    print(f"{figure:.1f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
