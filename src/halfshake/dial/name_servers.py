"""Looks up names at DNS servers, not by the system's resolver: c-ares by aiodns (extra `fast`).

The system's resolver is right for a monitor, whose answers should be those that other programs of
the machine get. A scan may have to ask the servers of another network, or about many names at once
without a thread for each.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

from halfshake.dial.tcp import no_address
from halfshake.errors import FailureReason, ResolveFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.dial.tcp import Address


class NameServers:
    """Asks these servers, those of /etc/resolv.conf if there are none; reads /etc/hosts first.

    `servers` are addresses, with a port if it is not 53: "192.0.2.53", "[2001:db8::53]:5353".
    Raises UsageError for anything else, and without aiodns. Belongs to one event loop, the one that
    runs at the first question.
    """

    def __init__(self, servers: Sequence[str] = ()) -> None:
        try:
            import aiodns  # noqa: PLC0415 - an extra, and only for who asks for it
        except ModuleNotFoundError:
            raise UsageError("--resolver needs aiodns: pip install 'halfshake[fast]'") from None
        self._library = aiodns
        self._servers = [_checked(server) for server in servers]
        self._resolver: aiodns.DNSResolver | None = None

    async def resolve(self, host: str, port: int, family: int | None = None) -> list[Address]:
        """Look up the addresses of a host, of one family if asked to. Raises ResolveFailed."""
        if self._resolver is None:
            self._resolver = self._library.DNSResolver(self._servers or None)
        try:
            found = await self._resolver.getaddrinfo(
                host,
                family=socket.AF_UNSPEC if family is None else socket.AddressFamily(family),
                port=port,
                type=socket.SOCK_STREAM,
            )
        except self._library.error.DNSError as error:
            raise self._failed(host, *error.args) from error
        return list(dict.fromkeys(_address(node.family, node.addr) for node in found.nodes))

    def _failed(self, host: str, code: int, what: str = "") -> ResolveFailed:
        known = self._library.error
        if code in {known.ARES_ENOTFOUND, known.ARES_ENODATA}:
            return no_address(host)
        if code == known.ARES_EBADNAME:
            return ResolveFailed(
                f"{host!r} is not a name that can be asked for in DNS",
                reason=FailureReason.name_not_found,
            )
        return ResolveFailed(
            f"the DNS server could not answer for {host}: {what or code}",
            reason=FailureReason.resolver_failed,
        )


def _address(family: int, found: tuple[Any, ...]) -> Address:
    # c-ares gives text as bytes, and flow and scope as they are.
    host, *rest = found
    name = host.decode("ascii") if isinstance(host, bytes) else host
    return (socket.AddressFamily(family), (name, *rest))


def _checked(server: str) -> str:
    host, port = server, "53"
    if server.startswith("[") or server.count(":") == 1:
        host, _, port = server.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        address = None
    if address is None or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError(
            f"--resolver {server}: write system, dns, or the address of a DNS server, such as "
            "192.0.2.53 or [2001:db8::53]:5353"
        )
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
