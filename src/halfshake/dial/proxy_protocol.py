"""The PROXY protocol header, for servers behind a load balancer that sends it."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

from halfshake.dial.tcp import Stream

if TYPE_CHECKING:
    from halfshake.dial.stream import ByteStream


async def announce(stream: ByteStream, version: int, *, local: bool) -> None:
    """Send the header of version 1 or 2 (haproxy.org, proxy-protocol.txt) before anything else.

    With `local`, and over unix sockets, it names no addresses.
    """
    source = destination = None
    inet = {socket.AF_INET, socket.AF_INET6}
    if not local and isinstance(stream, Stream) and stream.socket.family in inet:
        source, destination = stream.socket.getsockname(), stream.socket.getpeername()
    await stream.write((_version_1 if version == 1 else _version_2)(source, destination))


def _version_1(source: tuple[str, int] | None, destination: tuple[str, int] | None) -> bytes:
    if source is None or destination is None:
        return b"PROXY UNKNOWN\r\n"
    family = "TCP6" if ":" in source[0] else "TCP4"
    addresses = f"{_bare(source[0])} {_bare(destination[0])} {source[1]} {destination[1]}"
    return f"PROXY {family} {addresses}\r\n".encode()


def _version_2(source: tuple[str, int] | None, destination: tuple[str, int] | None) -> bytes:
    if source is None or destination is None:
        return _SIGNATURE + bytes([_LOCAL, 0, 0, 0])
    family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    addresses = b"".join(
        socket.inet_pton(family, _bare(address)) for address in (source[0], destination[0])
    )
    addresses += struct.pack("!HH", source[1], destination[1])
    kind = _TCP_OVER_IPV6 if family == socket.AF_INET6 else _TCP_OVER_IPV4
    return _SIGNATURE + bytes([_PROXY, kind]) + struct.pack("!H", len(addresses)) + addresses


def _bare(address: str) -> str:
    return address.partition("%")[0]  # a zone means nothing on other machines


_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_LOCAL, _PROXY = 0x20, 0x21
_TCP_OVER_IPV4, _TCP_OVER_IPV6 = 0x11, 0x21
