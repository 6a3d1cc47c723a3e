"""Fetches the intermediates that a server does not send, from the URLs in its certificate (AIA).

Only if the owner asks for it (`fetch_intermediate_certs`), because the server chooses the address.
Fetched certificates are added to what the server sent, and are never trust anchors: self-signed
ones are dropped. Only plain http (RFC 5280 4.2.2.1), with limits on size and number, and within the
reading's time.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time
from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.dial.fetch import FetchFailed, FetchLimits, fetch
from halfshake.trust.rules.pointers import certificates_from, issuer_urls

if TYPE_CHECKING:
    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation


class IssuerFetcher:
    """Fetches issuers, and keeps the answer for each URL as long as its owner says."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, bytes | None]] = {}

    async def complete(
        self, observation: Observation, *, kept_seconds: float, timeout_seconds: float
    ) -> Observation:
        """Return the reading with the missing issuers after its chain, as far as they are found."""
        chain = list(observation.chain)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                for _ in range(MAX_ISSUERS):
                    issuer = await self._issuer(chain[-1], kept_seconds)
                    if issuer is None or issuer in chain or issuer.subject == issuer.issuer:
                        break
                    chain.append(issuer)
        return observation._replace(chain=tuple(chain))

    async def _issuer(
        self, certificate: PresentedCertificate, kept_seconds: float
    ) -> PresentedCertificate | None:
        for address in issuer_urls((certificate.der,), ())[:MAX_ADDRESSES]:
            fetched_at, der = self._kept.get(address, (-kept_seconds - 1, None))
            if time.monotonic() - fetched_at > kept_seconds:
                der = await _fetched(address)
                if len(self._kept) >= MAX_KEPT:
                    self._kept.clear()
                self._kept[address] = (time.monotonic(), der)
            if der is not None:
                return read_certificate(der)
        return None


async def _fetched(url: str) -> bytes | None:
    try:
        return certificates_from(await fetch(url, LIMITS))[0]
    except (FetchFailed, ValueError, IndexError):
        return None


# No normal path is longer, no normal certificate is larger; two URLs are one and a spare.
MAX_ISSUERS = 4
MAX_ADDRESSES = 2
MAX_KEPT = 256

# An Agent monitors private networks, where its owner's CAs publish too; but link-local addresses
# are excluded, because clouds serve machine credentials there.
LIMITS = FetchLimits(
    timeout_seconds=5,
    networks=tuple(
        ipaddress.ip_network(network)
        for network in (
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
            "fc00::/7", "::1/128",
        )
    ),
    max_bytes=65_536,
)  # fmt: skip
