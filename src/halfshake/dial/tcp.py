"""Resolve a name and connect, on plain sockets: a third of what asyncio streams cost.

Nothing here has its own deadline: the caller's covers everything. The time that is left is divided
among the remaining addresses, so that an address that drops packets does not prevent the next one
from being tried.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import sys
from typing import TYPE_CHECKING, TypeAlias

from halfshake.dial.idle_threads import run_in_thread
from halfshake.dial.readiness import readiness
from halfshake.errors import ConnectFailed, FailureReason, ResolveFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.dial.readiness import Readiness

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | str
Address: TypeAlias = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]


class Stream:
    """A connected byte stream; `address` is the peer's address: "192.0.2.7:443"."""

    __slots__ = ("_readiness", "address", "socket")

    def __init__(self, connected: socket.socket, address: str, ready: Readiness) -> None:
        self.socket = connected
        self.address = address
        self._readiness = ready

    async def read(self) -> bytes:
        """Read what has arrived; b"" at the end of the stream; OSError if it was reset."""
        while True:
            # The read is for an answer to what was just written: it is rarely there yet.
            await self._readiness.readable(self.socket.fileno())
            try:
                return self.socket.recv(READ_BYTES)
            except (BlockingIOError, InterruptedError):
                continue

    async def write(self, data: bytes) -> None:
        """Write everything; OSError if the server takes no more."""
        while True:
            try:
                sent = self.socket.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
            await self._readiness.writable(self.socket.fileno())

    def close(self) -> None:
        """Leave with a plain FIN.

        Unread bytes would turn the FIN into an RST, which some servers log: so we first read what
        is there.
        """
        self._readiness.forget(self.socket.fileno())
        try:
            for _ in range(MAX_DRAINED_READS):
                if not self.socket.recv(READ_BYTES):
                    break
        except OSError:
            pass  # nothing is left, or nobody is there
        self.socket.close()


async def resolve(host: str, port: int) -> list[Address]:
    """Look up the addresses of a host, in the order of getaddrinfo. Raises ResolveFailed."""
    # A literal address needs no resolver, and no thread.
    if _is_ipv4(host):
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
                f"{host!r} is not a name that the resolver accepts: {error}",
                reason=FailureReason.name_not_found,
            )
        with contextlib.suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(deliver, result)

    run_in_thread(look_up)
    return await answer


def _is_ipv4(host: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET, host)
    except OSError:
        return False
    return True


async def connect(addresses: list[Address], deadline: float, source: str | None = None) -> Stream:
    """Connect to the first address that accepts the connection. Raises ConnectFailed.

    `deadline` is a time of the running loop's clock, in seconds; `source` an address of this
    machine to connect from.
    """
    failures: list[tuple[str, OSError]] = []
    for tried, (family, address) in enumerate(addresses):
        name = _text(address)
        try:
            if tried == len(addresses) - 1:
                return await _connected(family, address, name, source)
            left = deadline - asyncio.get_running_loop().time()
            async with asyncio.timeout(left / (len(addresses) - tried)):
                return await _connected(family, address, name, source)
        except OSError as error:  # includes TimeoutError
            failures.append((name, error))
    raise _connect_failed(failures)


async def _connected(
    family: socket.AddressFamily, address: SocketAddress, name: str, source: str | None = None
) -> Stream:
    ready = readiness()
    attempt = socket.socket(family, _STREAM)
    try:
        if not _NONBLOCK:
            attempt.setblocking(False)
        if source is not None:
            attempt.bind((source, 0))
        error = attempt.connect_ex(address)
        if error in _UNDER_WAY:
            established = not await ready.connected(attempt.fileno())
            error = 0 if established else _error_of(attempt)
        _check(error)
    except BaseException:
        ready.forget(attempt.fileno())
        attempt.close()
        raise
    return Stream(attempt, name, ready)


def _error_of(attempt: socket.socket) -> int:
    error = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    # A connection that was reset was established first (otherwise it would be refused), and reset
    # before we looked: how soon we look must not change the result. Writing to it will fail.
    return 0 if error == errno.ECONNRESET else error


def _check(error: int) -> None:
    if error:
        raise OSError(error, os.strerror(error))


async def connect_unix(path: str) -> Stream:
    """Connect to a unix socket. Raises ConnectFailed."""
    if sys.platform == "win32":
        raise ConnectFailed(
            f"unix:{path} cannot be connected to: Python has no unix sockets on Windows",
            reason=FailureReason.connect_failed,
        )
    name = f"unix:{path}"
    try:
        return await _connected(socket.AF_UNIX, path, name)
    except OSError as error:
        raise _connect_failed([(name, error)]) from error


def of_family(addresses: list[Address], family: int, host: str) -> list[Address]:
    """Keep the addresses of one family. Raises ResolveFailed if none is left."""
    kept = [address for address in addresses if address[0] == family]
    if not kept:
        version = "IPv4" if family == socket.AF_INET else "IPv6"
        raise ResolveFailed(f"{host} has no {version} address", reason=FailureReason.name_not_found)
    return kept


def _addresses(infos: Sequence[tuple[object, ...]]) -> list[Address]:
    return list(dict.fromkeys((info[0], info[4]) for info in infos))  # type: ignore[misc]


def _text(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def no_address(host: str) -> ResolveFailed:
    """Build the error for a name that a resolver does not know, whoever asked it."""
    return ResolveFailed(
        f"the name {host} has no address: check its spelling and your DNS",
        reason=FailureReason.name_not_found,
    )


def _resolve_failed(host: str, error: socket.gaierror) -> ResolveFailed:
    if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}:
        return no_address(host)
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


# What a non-blocking connect says that has begun. Elsewhere than on Windows, EWOULDBLOCK is a unix
# socket's whose server accepts nobody at the moment.
_UNDER_WAY = {errno.EINPROGRESS, *((errno.EWOULDBLOCK,) if sys.platform == "win32" else ())}

# Non-blocking from the start, which saves a system call. macOS and Windows cannot.
_NONBLOCK: int = getattr(socket, "SOCK_NONBLOCK", 0)
_STREAM = socket.SOCK_STREAM | _NONBLOCK

READ_BYTES = 65536

# What a server may send after the part of its flight that was read: Finished, tickets.
MAX_DRAINED_READS = 16
