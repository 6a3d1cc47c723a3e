"""One reading of a host whose addresses are known: each is tried, until one can be reached."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from halfshake.errors import Phase
from halfshake.observation import Observation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from halfshake.dial.route import Route
    from halfshake.dial.tcp import Address
    from halfshake.observation import ProbeFailure


async def read_in_turn(
    addresses: Sequence[Address],
    route: Route,
    timeout_seconds: float,
    read: Callable[[Route, float], Awaitable[Observation | ProbeFailure]],
) -> Observation | ProbeFailure:
    """Read the first of these addresses, of which there is one at least, that can be reached.

    `read` gets the route to one address, and its share of the time that is left: an address that
    never answers leaves enough for the others. What does not fail to connect is the result.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_seconds
    for tried, (_, address) in enumerate(addresses):
        pinned = route._replace(connect_to=(str(address[0]), address[1]), family=None)
        share = (deadline - loop.time()) / (len(addresses) - tried)
        result = await read(pinned, max(LEAST_SHARE_SECONDS, share))
        if isinstance(result, Observation) or result.phase is not Phase.connect:
            break
    return result


# A deadline that has passed still ends in a failure that says so.
LEAST_SHARE_SECONDS = 0.001
