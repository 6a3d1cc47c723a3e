"""Waits until a socket can be read or written: one registration for one event.

Linux has `socket_waits.py` for it; other systems go through asyncio.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import sys
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

from halfshake.errors import UsageError

if sys.platform == "linux":
    from halfshake.socket_waits import SocketLoop, SocketWaits

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Callable


class Readiness(Protocol):
    """Tells when a socket is ready. There is at most one wait for a descriptor at a time."""

    def connected(self, descriptor: int) -> Future[bool]:
        """Done when a new socket has connected, or has failed to. To be asked first, and once.

        The result is False if it has connected for sure; else the socket's error tells.
        """

    def readable(self, descriptor: int) -> Future[bool]:
        """Done when something can be read, or the stream has ended."""

    def writable(self, descriptor: int) -> Future[bool]:
        """Done when something can be written, or the stream has ended."""

    def forget(self, descriptor: int) -> None:
        """To be told before a socket is closed."""


def readiness() -> Readiness:
    """The one of the running event loop."""
    loop = asyncio.get_running_loop()
    if sys.platform == "linux" and isinstance(loop, SocketLoop):
        return loop.socket_waits
    found = _OF_LOOPS.get(loop)
    if found is None:
        _let_go_of_closed_loops()
        found = _OF_LOOPS[loop] = _readiness_of(loop)
    return found


def _readiness_of(loop: AbstractEventLoop) -> Readiness:
    if sys.platform == "linux":
        epoll = select.epoll()
        waits = SocketWaits(epoll)
        loop.add_reader(epoll.fileno(), waits.end_ready)
        return waits
    return ThroughAsyncio()


def _let_go_of_closed_loops() -> None:
    # Their descriptor is closed with them: the garbage collector may take long to come.
    for reference in _OF_LOOPS.keyrefs():
        loop = reference()
        if loop is not None and loop.is_closed():
            _OF_LOOPS.pop(loop, None)


class ThroughAsyncio:
    """For every other system. Windows' usual loop cannot; halfshake.event_loop has one that can."""

    __slots__ = ()

    def connected(self, descriptor: int) -> Future[bool]:
        """Done when a new socket has connected, or has failed to: its error tells."""
        return self.writable(descriptor)

    def readable(self, descriptor: int) -> Future[bool]:
        """Done when something can be read, or the stream has ended."""
        loop = asyncio.get_running_loop()
        return _first_event(descriptor, loop.add_reader, loop.remove_reader)

    def writable(self, descriptor: int) -> Future[bool]:
        """Done when something can be written, or the stream has ended."""
        loop = asyncio.get_running_loop()
        return _first_event(descriptor, loop.add_writer, loop.remove_writer)

    def forget(self, descriptor: int) -> None:
        """To be told before a socket is closed."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):
            loop.remove_reader(descriptor)
            loop.remove_writer(descriptor)


def _first_event(
    descriptor: int,
    add: Callable[[int, Callable[[], None]], None],
    remove: Callable[[int], bool],
) -> Future[bool]:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def end() -> None:
        remove(descriptor)
        if not ready.done():
            ready.set_result(True)

    try:
        add(descriptor, end)
    except NotImplementedError:
        raise UsageError(
            f"{type(loop).__name__} cannot wait for a socket that is not its own: run this on "
            "asyncio.SelectorEventLoop, or call what needs no event loop (probe_blocking)"
        ) from None
    return ready


_OF_LOOPS: WeakKeyDictionary[AbstractEventLoop, Readiness] = WeakKeyDictionary()
