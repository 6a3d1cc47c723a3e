"""One client of the comparison: visits a server and prints its CPU microseconds per visit.

python bench/client.py MODE PORT COUNT CA_FILE IN_FLIGHT
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

NAME = "api.halfshake.test"
WARM_UP = 50


async def bare(port: int) -> None:
    """TCP connect and close on asyncio: no client can be cheaper."""
    with socket.socket() as connection:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))


def halfshake_visit(mode: str, ca_file: str) -> Callable[[int], Awaitable[None]]:
    """Halfshake: `read` dates only, `possession` (the public API), `verdict` with a JSON line.

    `cold verdict` forgets the chain before each visit, as if each target had a different one.
    """
    import halfshake
    from halfshake.certificate import validity
    from halfshake.dial.route import DIRECT
    from halfshake.reading.progress import Progress
    from halfshake.reading.visit import visit
    from halfshake.report.jsonlines import reading_line
    from halfshake.tls.offers import standard_offer
    from halfshake.trust.openssl import asking
    from halfshake.trust.verdict import CHAIN_JUDGEMENTS

    store = halfshake.load_trust_store([ca_file])
    offer = standard_offer()

    @functools.cache
    def target_at(port: int) -> halfshake.Target:
        return halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME)

    async def read(port: int) -> None:
        target = target_at(port)
        deadline = asyncio.get_running_loop().time() + 10
        async with asyncio.timeout_at(deadline):
            progress = Progress(datetime.now(UTC))
            flight = await visit(target, DIRECT, progress, deadline, offer)
        validity(flight.certificate_list[0].der)

    async def probe(port: int) -> None:
        result = await halfshake.probe(target_at(port))
        if not isinstance(result, halfshake.Observation):
            raise SystemExit(result.detail)
        if mode == "cold verdict":
            CHAIN_JUDGEMENTS.clear()
            asking._ask.cache_clear()
        if mode.endswith("verdict"):
            reading_line(result, halfshake.judge(result, store))

    return read if mode == "read" else probe


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


def main(mode: str, port: int, count: int, ca_file: str, in_flight: int) -> None:
    """Print the figure."""
    blocking = {"stdlib": stdlib, "pyopenssl": pyopenssl, "s_client": s_client}
    if mode in blocking:
        figure = in_threads(blocking[mode], port, count, in_flight)
    else:
        visit = bare if mode == "bare" else halfshake_visit(mode, ca_file)
        figure = asyncio.run(side_by_side(visit, port, count, in_flight))
    print(f"{figure:.1f}", *hit_rate(mode))


def hit_rate(mode: str) -> list[str]:
    """How many of the verdicts on chains were found in the cache, in percent."""
    if not mode.endswith("verdict"):
        return []
    from halfshake.trust.verdict import CHAIN_JUDGEMENTS

    asked = CHAIN_JUDGEMENTS.hits + CHAIN_JUDGEMENTS.misses
    return [f"{100 * CHAIN_JUDGEMENTS.hits / asked:.2f}"]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
