"""Waits until a socket can be read or written: one registration for one event.

asyncio registers a socket with its selector and takes it out again for each wait, in Python: that
was a sixth of what a reading costs. Here the kernel's own set of sockets (epoll) does it. A wait
arms a socket for one event; the set as a whole is one descriptor of the event loop; a socket that
is closed leaves the set by itself. Systems without epoll go through asyncio.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import sys
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

from halfshake.errors import UsageError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future


class Readiness(Protocol):
    """Tells when a socket is ready. There is at most one wait for a descriptor at a time."""

    def connected(self, descriptor: int) -> Future[None]:
        """Done when a new socket has connected, or has failed to. To be asked first, and once."""

    def readable(self, descriptor: int) -> Future[None]:
        """Done when something can be read, or the stream has ended."""

    def forget(self, descriptor: int) -> None:
        """To be told before a socket is closed."""


def readiness() -> Readiness:
    """The one of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _OF_LOOPS.get(loop)
    if found is None:
        _let_go_of_closed_loops()
        found = _OF_LOOPS[loop] = _readiness_of(loop)
    return found


def _readiness_of(loop: AbstractEventLoop) -> Readiness:
    if sys.platform == "linux":
        return ThroughEpoll(loop)
    return ThroughAsyncio()


def _let_go_of_closed_loops() -> None:
    # Their descriptor is closed with them: the garbage collector may take long to come.
    for reference in _OF_LOOPS.keyrefs():
        loop = reference()
        if loop is not None and loop.is_closed():
            _OF_LOOPS.pop(loop, None)


if sys.platform == "linux":

    class ThroughEpoll:
        """For Linux."""

        __slots__ = ("_epoll", "_waiting")

        def __init__(self, loop: AbstractEventLoop) -> None:
            self._epoll = select.epoll()
            self._waiting: dict[int, Future[None]] = {}
            loop.add_reader(self._epoll.fileno(), self._deliver)

        def connected(self, descriptor: int) -> Future[None]:
            """Done when a new socket has connected, or failed to. To be asked first, and once."""
            ready = self._waiting[descriptor] = asyncio.get_running_loop().create_future()
            self._epoll.register(descriptor, select.EPOLLOUT | select.EPOLLONESHOT)
            return ready

        def readable(self, descriptor: int) -> Future[None]:
            """Done when something can be read, or the stream has ended."""
            ready = self._waiting[descriptor] = asyncio.get_running_loop().create_future()
            try:
                self._epoll.modify(descriptor, select.EPOLLIN | select.EPOLLONESHOT)
            except FileNotFoundError:  # it was connected without a wait
                self._epoll.register(descriptor, select.EPOLLIN | select.EPOLLONESHOT)
            return ready

        def forget(self, descriptor: int) -> None:
            """To be told before a socket is closed."""
            self._waiting.pop(descriptor, None)

        def _deliver(self) -> None:
            for descriptor, _ in self._epoll.poll(0):
                ready = self._waiting.pop(descriptor, None)
                if ready is not None and not ready.done():
                    ready.set_result(None)


class ThroughAsyncio:
    """For every other system. Windows' usual loop cannot; halfshake.event_loop has one that can."""

    __slots__ = ()

    def connected(self, descriptor: int) -> Future[None]:
        """Done when a new socket has connected, or has failed to. To be asked first, and once."""
        loop = asyncio.get_running_loop()
        ready = loop.create_future()

        def end() -> None:
            loop.remove_writer(descriptor)
            if not ready.done():
                ready.set_result(None)

        try:
            loop.add_writer(descriptor, end)
        except NotImplementedError:
            raise UsageError(
                f"{type(loop).__name__} cannot wait for a socket that is not its own: run this on "
                "asyncio.SelectorEventLoop, or call what needs no event loop (probe_blocking)"
            ) from None
        return ready

    def readable(self, descriptor: int) -> Future[None]:
        """Done when something can be read, or the stream has ended."""
        loop = asyncio.get_running_loop()
        ready = loop.create_future()

        def end() -> None:
            loop.remove_reader(descriptor)
            if not ready.done():
                ready.set_result(None)

        loop.add_reader(descriptor, end)
        return ready

    def forget(self, descriptor: int) -> None:
        """To be told before a socket is closed."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):
            loop.remove_reader(descriptor)
            loop.remove_writer(descriptor)


_OF_LOOPS: WeakKeyDictionary[AbstractEventLoop, Readiness] = WeakKeyDictionary()
