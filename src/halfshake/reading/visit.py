"""One visit to a server: connect, then half a handshake; gives its flight, or our error."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

from halfshake.dial.tcp import connect, connect_unix, of_family, resolve
from halfshake.errors import FailureReason, NotTls, Phase, StarttlsFailed
from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.keys.key_exchange import KeyShares

if TYPE_CHECKING:
    from halfshake.dial.route import Route
    from halfshake.dial.stream import ByteStream
    from halfshake.reading.progress import Progress
    from halfshake.target import Target
    from halfshake.tls.client_hello import Offer
    from halfshake.tls.server_flight import ServerFlight


async def visit(
    target: Target, route: Route, progress: Progress, deadline: float, offer: Offer
) -> ServerFlight:
    """Read one server's first flight with this offer, and hang up.

    `deadline` is a time of the running loop's clock. Raises ReadingFailed; what came before stands
    in `progress`.
    """
    progress.half = None
    stream = await way_in(target, route, progress, deadline)
    progress.enter(Phase.handshake)
    try:
        return await _half_handshake(stream, target, offer, progress)
    finally:
        progress.leave()
        stream.close()


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


async def _half_handshake(
    stream: ByteStream, target: Target, offer: Offer, progress: Progress
) -> ServerFlight:
    half = progress.half = HalfHandshake(
        offer, server_name=target.sni, key_shares=_key_shares(), random_bytes=os.urandom
    )
    try:
        await stream.write(half.data_to_send())
        while half.server_flight is None:
            data = await stream.read()
            if not data:
                raise half.connection_ended(reset=False)
            half.receive_data(data)
            outgoing = half.data_to_send()
            if outgoing:
                await stream.write(outgoing)
    except OSError as error:  # the deadline is a cancellation here, not an OSError
        raise half.connection_ended(reset=True) from error
    except NotTls as error:
        if target.starttls is None:
            raise
        # If the same bytes had come a moment earlier, the dialogue would have found them.
        raise StarttlsFailed(
            f"the server agreed to begin TLS, but then sent something else: {error.detail}",
            reason=FailureReason.starttls_injection,
        ) from error
    return half.server_flight


@functools.cache
def _key_shares() -> KeyShares:
    return KeyShares(os.urandom)
