"""Resolve a name and connect, on plain asyncio sockets: half of what asyncio streams cost.

Nothing here has a deadline of its own: the caller's covers everything. The time that is left is
divided among the addresses still to be tried, so that one that swallows packets does not keep the
next from being tried.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from halfshake.errors import ConnectFailed, FailureReason, ResolveFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

Address: TypeAlias = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]


@dataclass(frozen=True, slots=True)
class Stream:
    """A connected byte stream; `address` is the peer's, as "192.0.2.7:443"."""

    socket: socket.socket
    address: str

    async def read(self) -> bytes:
        """Read what has arrived; b"" at the end of the stream; OSError where it was reset."""
        return await asyncio.get_running_loop().sock_recv(self.socket, READ_BYTES)

    async def write(self, data: bytes) -> None:
        """Write everything."""
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    def close(self) -> None:
        """Leave with a plain FIN.

        What arrived unread would turn the FIN into an RST, which some servers log: it is taken off
        first, as far as it is there.
        """
        with contextlib.suppress(OSError):
            for _ in range(MAX_DRAINED_READS):
                if not self.socket.recv(READ_BYTES):
                    break
        self.socket.close()


async def resolve(host: str, port: int) -> list[Address]:
    """Look up the addresses of a host, in getaddrinfo's order. Raises ResolveFailed."""
    # A literal address needs no resolver, and no thread.
    with contextlib.suppress(OSError):
        socket.inet_pton(socket.AF_INET, host)
        return [(socket.AF_INET, (host, port))]
    with contextlib.suppress(OSError):
        return _addresses(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        )
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Address]] = loop.create_future()

    def deliver(result: list[Address] | ResolveFailed) -> None:
        if answer.done():
            return
        if isinstance(result, ResolveFailed):
            answer.set_exception(result)
        else:
            answer.set_result(result)

    def look_up() -> None:
        result: list[Address] | ResolveFailed
        try:
            result = _addresses(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except socket.gaierror as error:
            result = _resolve_failed(host, error)
        except UnicodeError as error:
            result = ResolveFailed(
                f"{host!r} is no name the resolver takes: {error}",
                reason=FailureReason.name_not_found,
            )
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(deliver, result)

    # A daemon, not the loop's executor: a resolver that hangs would keep the process from ending.
    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return await answer


async def connect(addresses: list[Address], deadline: float) -> Stream:
    """Connect to the first address that takes the connection. Raises ConnectFailed.

    `deadline` is a time of the running loop's clock, in seconds.
    """
    loop = asyncio.get_running_loop()
    failures: list[tuple[str, OSError]] = []
    for tried, (family, address) in enumerate(addresses):
        share = (deadline - loop.time()) / (len(addresses) - tried)
        last = tried == len(addresses) - 1
        try:
            attempt = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:  # no descriptor left, or no such family on this machine
            failures.append((_text(address), error))
            continue
        attempt.setblocking(False)
        try:
            if last:
                await loop.sock_connect(attempt, address)
            else:
                async with asyncio.timeout(share):
                    await loop.sock_connect(attempt, address)
        except ConnectionResetError:
            # It was made, and reset before we looked (one never made is refused): how soon we look
            # may not change what is said of it. Writing to it will fail.
            return Stream(attempt, _text(address))
        except OSError as error:  # TimeoutError is one too
            attempt.close()
            failures.append((_text(address), error))
        except BaseException:
            attempt.close()
            raise
        else:
            return Stream(attempt, _text(address))
    raise _connect_failed(failures)


def _addresses(infos: Sequence[tuple[object, ...]]) -> list[Address]:
    return list(dict.fromkeys((info[0], info[4]) for info in infos))  # type: ignore[misc]


def _text(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _resolve_failed(host: str, error: socket.gaierror) -> ResolveFailed:
    if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}:
        return ResolveFailed(
            f"the name {host} has no address: check its spelling and your DNS",
            reason=FailureReason.name_not_found,
        )
    return ResolveFailed(
        f"the resolver could not answer for {host}: {error.strerror}",
        reason=FailureReason.resolver_failed,
    )


def _connect_failed(failures: list[tuple[str, OSError]]) -> ConnectFailed:
    address, error = failures[-1]
    if error.errno == errno.ECONNREFUSED:
        reason, what = (
            FailureReason.connection_refused,
            "refused the connection: nothing listens there",
        )
    elif error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}:
        reason, what = FailureReason.unreachable, "cannot be reached from here"
    elif isinstance(error, TimeoutError):
        reason, what = FailureReason.unreachable, "did not answer the connection attempt"
    else:
        reason, what = FailureReason.connect_failed, f"could not be connected to: {error.strerror}"
    others = f" ({len(failures) - 1} more addresses failed too)" if len(failures) > 1 else ""
    return ConnectFailed(f"{address} {what}{others}", reason=reason)


READ_BYTES = 65536

# What a server may have sent behind the part of its flight that was read: Finished, tickets.
MAX_DRAINED_READS = 16
