"""`Pace`: how many readings may begin in a second, over all and in one network."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.dial.networks import IpAddress


class Pace:
    """Spreads readings evenly; None is no limit. `v4_bits` and `v6_bits` say what a network is."""

    def __init__(
        self,
        rate: float | None,
        rate_per_network: float | None,
        *,
        v4_bits: int = 24,
        v6_bits: int = 64,
    ) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._network_interval = 1 / rate_per_network if rate_per_network else 0.0
        self.is_per_network = rate_per_network is not None
        self._bits = {4: 32 - v4_bits, 6: 128 - v6_bits}
        self._next = 0.0
        self._next_of: dict[tuple[int, int], float] = {}

    async def wait(self, address: IpAddress | None) -> None:
        """Wait until this address may be visited; None is one that is not known."""
        if self._network_interval and address is not None:
            await self._wait_for_network(address)
        if self._interval:
            now = asyncio.get_running_loop().time()
            # A pause of the machine is not made good by a burst.
            self._next = max(self._next, now - self._interval)
            at, self._next = self._next, self._next + self._interval
            if at > now:
                await asyncio.sleep(at - now)

    async def _wait_for_network(self, address: IpAddress) -> None:
        now = asyncio.get_running_loop().time()
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        network = (address.version, int(address) >> self._bits[address.version])
        at = max(self._next_of.get(network, 0.0), now)
        self._next_of[network] = at + self._network_interval
        if len(self._next_of) > MANY_NETWORKS:
            self._next_of = {each: time for each, time in self._next_of.items() if time > now}
        if at > now:
            await asyncio.sleep(at - now)


# Those that may be visited at once are forgotten then.
MANY_NETWORKS = 10_000
