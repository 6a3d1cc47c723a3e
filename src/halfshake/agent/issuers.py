"""Fetching the intermediates that a server forgot, from where its certificate says (AIA).

Only where the owner asks for it (`fetch_intermediate_certs`), since a peer chooses the address.
What is fetched stands beside what the server sent, and is never a trust anchor: a self-signed one
is thrown away. Plain http, as RFC 5280 4.2.2.1 means it; small, few, within the reading's time.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from halfshake.certificate import parse_certificate, read_certificate
from halfshake.dial.tcp import connect, resolve
from halfshake.errors import HalfshakeError, TrustStoreInvalid
from halfshake.trust.store import trust_store_from_pem

if TYPE_CHECKING:
    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation


class IssuerFetcher:
    """Fetches issuers, and keeps each address's answer for as long as its owner says."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, bytes | None]] = {}

    async def complete(
        self, observation: Observation, *, kept_seconds: float, timeout_seconds: float
    ) -> Observation:
        """Give the reading with the missing issuers behind its chain, as far as they are found."""
        chain = list(observation.chain)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                for _ in range(MAX_ISSUERS):
                    issuer = await self._issuer(chain[-1], kept_seconds)
                    if issuer is None or issuer in chain or issuer.subject == issuer.issuer:
                        break
                    chain.append(issuer)
        return replace(observation, chain=tuple(chain))

    async def _issuer(
        self, certificate: PresentedCertificate, kept_seconds: float
    ) -> PresentedCertificate | None:
        for address in issuer_addresses(certificate.der)[:MAX_ADDRESSES]:
            fetched_at, der = self._kept.get(address, (-kept_seconds - 1, None))
            if time.monotonic() - fetched_at > kept_seconds:
                der = await _fetched(address)
                if len(self._kept) >= MAX_KEPT:
                    self._kept.clear()
                self._kept[address] = (time.monotonic(), der)
            if der is not None:
                return read_certificate(der)
        return None


def issuer_addresses(der: bytes) -> list[str]:
    """Read where a certificate says that its issuer's is (caIssuers); http only."""
    certificate = parse_certificate(der)
    if certificate is None:
        return []
    try:
        extensions = list(certificate.extensions)
    except ValueError:
        return []
    return [
        access.access_location.value
        for extension in extensions
        if extension.oid.dotted_string == AUTHORITY_INFORMATION_ACCESS
        for access in extension.value
        if access.access_method.dotted_string == CA_ISSUERS
        and str(access.access_location.value).startswith("http://")
    ]


async def _fetched(address: str) -> bytes | None:
    try:
        body = await _get(address)
    except (HalfshakeError, OSError, ValueError):
        return None
    if parse_certificate(body) is not None:
        return body
    with contextlib.suppress(TrustStoreInvalid):
        return trust_store_from_pem(body, address).anchors[0]
    return None


async def _get(address: str) -> bytes:
    parts = urlsplit(address)
    host = parts.hostname or ""
    addresses = await resolve(host, parts.port or 80)
    if any(ipaddress.ip_address(to[0].partition("%")[0]).is_link_local for _, to in addresses):
        raise ValueError("link-local: where clouds keep their machines' credentials")
    loop = asyncio.get_running_loop()
    stream = await connect(addresses, loop.time() + CONNECT_SECONDS)
    try:
        query = f"?{parts.query}" if parts.query else ""
        request = f"GET {parts.path or '/'}{query} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n"
        await stream.write(request.encode("ascii"))
        answer = b""
        while data := await stream.read():
            answer += data
            if len(answer) > MAX_ANSWER_BYTES:
                raise ValueError("too large for a certificate")
    finally:
        stream.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)
    if len(status) < 2 or status[1] != b"200":
        raise ValueError("no certificate is there")
    return body


AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1"
CA_ISSUERS = "1.3.6.1.5.5.7.48.2"

# No honest path is longer, no honest certificate larger; two addresses are one and its spare.
MAX_ISSUERS = 4
MAX_ADDRESSES = 2
MAX_ANSWER_BYTES = 65_536
MAX_KEPT = 256
CONNECT_SECONDS = 5
