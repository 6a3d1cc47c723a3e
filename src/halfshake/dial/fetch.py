"""Fetches the URLs in a certificate: only if the user asked for it, and within limits.

The URLs in a certificate let an unknown server choose where this machine connects. So: only plain
http (RFC 5280 4.2.2.1), only public addresses and those that the user allows, no redirects, a size
limit, and the caller's deadline.
"""

from __future__ import annotations

import asyncio
import http.client
import io
import ipaddress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from halfshake.dial.tcp import connect, resolve
from halfshake.errors import HalfshakeError, ReadingFailed

if TYPE_CHECKING:
    from halfshake.dial.tcp import Address, Stream

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class FetchLimits(NamedTuple):
    """How long and how much; `networks` are allowed in addition to public addresses."""

    timeout_seconds: float
    networks: tuple[Network, ...] = ()
    max_bytes: int = 1 << 20


class FetchFailed(HalfshakeError):
    """A URL from a certificate was not fetched; the sentence says why."""


async def fetch(url: str, limits: FetchLimits) -> bytes:
    """Fetch one URL; raises only FetchFailed, whatever the network does."""
    try:
        async with asyncio.timeout(limits.timeout_seconds) as limit:
            return await _fetch(url, limits, limit.when() or 0.0)
    except TimeoutError as error:
        raise FetchFailed(f"{url} took longer than {limits.timeout_seconds:g} s") from error
    except (ReadingFailed, OSError) as error:
        raise FetchFailed(f"{url} could not be fetched: {error}") from error


async def _fetch(url: str, limits: FetchLimits, deadline: float) -> bytes:
    parts = urlsplit(url)
    try:
        port = parts.port or http.client.HTTP_PORT
    except ValueError as error:
        raise FetchFailed(f"{url} is not a valid URL: {error}") from error
    if parts.scheme != "http" or not parts.hostname or parts.username is not None:
        raise FetchFailed(f"{url} is not fetched: only plain http is supported (RFC 5280 4.2.2.1)")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (path + parts.hostname).isascii() or not (path + parts.hostname).isprintable():
        raise FetchFailed(
            f"{url!r} is not a valid URL: it has characters that are not allowed in a URL"
        )
    allowed = [
        address
        for address in await resolve(parts.hostname, port)
        if _is_allowed(address, limits.networks)
    ]
    if not allowed:
        raise FetchFailed(
            f"{url} is not fetched: its address is not public; allow its network with --fetch-from"
        )
    stream = await connect(allowed, deadline)
    try:
        # HTTP/1.0: no chunks; the end of the stream is the end of the answer.
        request = f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\nUser-Agent: halfshake\r\n\r\n"
        await stream.write(request.encode("ascii"))
        return _body(await _answer(stream, url, limits.max_bytes), url)
    finally:
        stream.close()


async def _answer(stream: Stream, url: str, max_bytes: int) -> bytes:
    answer = bytearray()
    while data := await stream.read():
        answer += data
        if len(answer) > max_bytes:
            raise FetchFailed(f"{url} is larger than {max_bytes} bytes")
    return bytes(answer)


def _body(answer: bytes, url: str) -> bytes:
    response = http.client.HTTPResponse(_Answered(answer))  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read()
    except (http.client.HTTPException, ValueError) as error:
        raise FetchFailed(f"the answer from {url} is not HTTP: {type(error).__name__}") from error
    if response.status != http.client.OK:
        raise FetchFailed(f"{url} answered with HTTP status {response.status}")
    return body


class _Answered:
    """Takes the place of the socket that http.client reads from."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._answer)


def _is_allowed(address: Address, networks: tuple[Network, ...]) -> bool:
    host = ipaddress.ip_address(address[1][0].partition("%")[0])
    if isinstance(host, ipaddress.IPv6Address) and host.ipv4_mapped is not None:
        host = host.ipv4_mapped
    return (host.is_global and not host.is_multicast) or any(host in net for net in networks)
