"""Linux: waits for sockets that the kernel's own set (epoll) holds, and an event loop that has it.

asyncio registers a socket with its selector and takes it out again for each wait, in Python: that
was a sixth of what a reading costs. Here a wait arms a socket for one event; a socket that is
closed leaves the set by itself. On our loop the set is the one of the loop's selector, so whoever
waits goes on in the turn of the loop that saw the event. On somebody else's it is a set of its own,
which is one descriptor of that loop.
"""

from __future__ import annotations

import asyncio
import os
import select
import selectors
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Future

if sys.platform == "linux":

    class SocketWaits:
        """The waits for the sockets of one set. There is at most one for a descriptor at a time."""

        __slots__ = ("_epoll", "_under_way")

        def __init__(self, epoll: select.epoll) -> None:
            self._epoll = epoll
            self._under_way: dict[int, Future[bool]] = {}

        def connected(self, descriptor: int) -> Future[bool]:
            """Done when a new socket has connected, or failed to; False if all is well for sure.

            To be asked first, and once.
            """
            self._epoll.register(descriptor, select.EPOLLOUT | select.EPOLLONESHOT)
            return self._begun(descriptor)

        def readable(self, descriptor: int) -> Future[bool]:
            """Done when something can be read, or the stream has ended."""
            self._arm(descriptor, select.EPOLLIN | select.EPOLLONESHOT)
            return self._begun(descriptor)

        def writable(self, descriptor: int) -> Future[bool]:
            """Done when something can be written, or the stream has ended."""
            self._arm(descriptor, select.EPOLLOUT | select.EPOLLONESHOT)
            return self._begun(descriptor)

        def forget(self, descriptor: int) -> None:
            """To be told before a socket is closed."""
            self._under_way.pop(descriptor, None)

        def end_ready(self) -> None:
            """End the waits whose events have come; where the set is not the loop's own."""
            for descriptor, events in self._epoll.poll(0):
                self.end(descriptor, events)

        def end(self, descriptor: int, events: int) -> bool:
            """End the wait for this descriptor; was there one?"""
            wait = self._under_way.pop(descriptor, None)
            if wait is None:
                return False
            if not wait.done():
                wait.set_result(events & _FAULT != 0)
            return True

        def _arm(self, descriptor: int, events: int) -> None:
            try:
                self._epoll.modify(descriptor, events)
            except FileNotFoundError:  # it was connected without a wait
                self._epoll.register(descriptor, events)

        def _begun(self, descriptor: int) -> Future[bool]:
            wait = self._under_way[descriptor] = asyncio.get_running_loop().create_future()
            return wait

    class SocketLoop(asyncio.SelectorEventLoop):
        """asyncio's loop, on a selector that ends the waits for our sockets by itself."""

        def __init__(self) -> None:
            selector = _Selector()
            self.socket_waits = selector.waits
            super().__init__(selector)

    class _Selector(selectors.EpollSelector):
        """asyncio's own sockets are registered as ever; its `select` is the only change."""

        def __init__(self) -> None:
            super().__init__()
            # The same set by another descriptor: each of the two objects closes its own.
            self._set = select.epoll.fromfd(os.dup(self.fileno()))
            self.waits = SocketWaits(self._set)

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """End the waits whose events have come, and give asyncio what is its own."""
            ready: list[tuple[selectors.SelectorKey, int]] = []
            for descriptor, events in self._set.poll(timeout):
                if self.waits.end(descriptor, events):
                    continue
                key = self.get_map().get(descriptor)
                if key is not None:
                    ready.append((key, _ready_for(events) & key.events))
            return ready

        def close(self) -> None:
            """Close both descriptors."""
            self._set.close()
            super().close()

    def _ready_for(events: int) -> int:
        # A fault wakes readers and writers: both find out by trying.
        return (selectors.EVENT_READ if events & ~select.EPOLLOUT else 0) | (
            selectors.EVENT_WRITE if events & ~select.EPOLLIN else 0
        )

    _FAULT = select.EPOLLERR | select.EPOLLHUP
