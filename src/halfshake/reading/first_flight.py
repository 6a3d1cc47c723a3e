"""Half a handshake over a connection: a server's first flight.

`visit.py` imports this when somebody listens: a check of a server that is down does without `tls/`.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

from halfshake.errors import FailureReason, NotTls, StarttlsFailed
from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.keys.key_exchange import KeyShares

if TYPE_CHECKING:
    from halfshake.dial.stream import ByteStream
    from halfshake.reading.progress import Progress
    from halfshake.target import Target
    from halfshake.tls.client_hello import Offer
    from halfshake.tls.server_flight import ServerFlight


async def first_flight(
    stream: ByteStream, target: Target, offer: Offer, progress: Progress
) -> ServerFlight:
    """Say hello, and read up to what shows the key. Raises HandshakeFailed, or StarttlsFailed."""
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
