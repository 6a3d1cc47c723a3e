"""One visit to a server: connect, then half a handshake; gives its flight, or our error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halfshake.dial.tcp import connect, connect_unix, of_family, resolve
from halfshake.errors import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.dial.route import Route
    from halfshake.dial.stream import ByteStream
    from halfshake.reading.progress import Progress
    from halfshake.target import Target
    from halfshake.tls.client_hello import Offer
    from halfshake.tls.server_flight import ServerFlight


async def visit(
    target: Target,
    route: Route,
    progress: Progress,
    deadline: float,
    offer: Callable[[], Offer],
) -> ServerFlight:
    """Read one server's first flight with this offer, and hang up.

    `deadline` is a time of the running loop's clock; `offer` is asked for once somebody listens.
    Raises ReadingFailed; what came before stands in `progress`.
    """
    progress.half = None
    stream = await way_in(target, route, progress, deadline)
    try:
        offered = _somebody_listens(progress, offer)
        from halfshake.reading.first_flight import first_flight  # noqa: PLC0415 - imported by now

        progress.enter(Phase.handshake)
        return await first_flight(stream, target, offered, progress)
    finally:
        progress.leave()
        stream.close()


def _somebody_listens(progress: Progress, offer: Callable[[], Offer]) -> Offer:
    """Import what a connection needs, and make the offer, while the reading's clock rests.

    Nagios starts us every minute, also for a server that is down: that check imports neither the
    protocol nor X.509. What the import takes is no time of the server's.
    """
    progress.leave()
    began = time.perf_counter()
    from halfshake.reading import aside, first_flight, observing  # noqa: F401, PLC0415

    offered = offer()
    took = time.perf_counter() - began
    # Only the first visit imports: the others do not set their timer anew for microseconds.
    if took > NOTABLE_SECONDS:
        progress.rest(took)
    return offered


async def way_in(target: Target, route: Route, progress: Progress, deadline: float) -> ByteStream:
    """Connect, and do everything that comes before TLS. Raises ReadingFailed."""
    stream = await _dial(target, route, progress, deadline)
    progress.address = stream.address
    try:
        if route.proxy_protocol is not None:
            from halfshake.dial.proxy_protocol import announce  # noqa: PLC0415

            # Through a proxy, neither end of our connection means anything to the server.
            await announce(stream, route.proxy_protocol, local=route.proxy is not None)
        if target.starttls is not None:
            from halfshake.dial.starttls import agree_on_tls  # noqa: PLC0415

            progress.enter(Phase.starttls)
            stream = await agree_on_tls(stream, target.starttls, target.server_name)
    except BaseException:
        progress.leave()
        stream.close()
        raise
    return stream


async def _dial(target: Target, route: Route, progress: Progress, deadline: float) -> ByteStream:
    host, port = route.connect_to or (target.host, target.port)
    if route.proxy is not None:
        from halfshake.dial.proxy import connect_through  # noqa: PLC0415

        progress.enter(Phase.proxy)
        return await connect_through(route.proxy, host, port, deadline)
    if target.unix_path is not None and route.connect_to is None:
        progress.enter(Phase.connect)
        return await connect_unix(target.unix_path)
    progress.enter(Phase.resolve)
    addresses = await resolve(host, port)
    if route.family is not None:
        addresses = of_family(addresses, route.family, host)
    progress.enter(Phase.connect)
    return await connect(addresses, deadline, route.source_address)


NOTABLE_SECONDS = 0.001
