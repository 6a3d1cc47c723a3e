"""The event loop that all of this runs on: one that tells when a socket is ready, on any system.

Linux has one of ours (`socket_waits.py`): asyncio's, with less work for each wait.

Windows' usual loop (Proactor) only completes reads and writes that it began itself. Its other one
waits for sockets as they are, as dial/readiness.py needs; but it takes no handlers for signals, and
sleeps through Ctrl-C. What is here makes up for both.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if sys.platform == "linux":
    from halfshake.socket_waits import SocketLoop

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Collection, Coroutine, Iterator

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Do what asyncio.run() does."""
    if sys.platform == "win32":
        return run_on_selector_loop(main)
    if sys.platform == "linux":
        with asyncio.Runner(loop_factory=SocketLoop) as runner:
            return runner.run(main)
    return asyncio.run(main)


def run_on_selector_loop(
    main: Coroutine[Any, Any, T],
    loop_factory: Callable[[], AbstractEventLoop] = asyncio.SelectorEventLoop,
) -> T:
    """Do what asyncio.run() does, on the loop that Windows has for sockets."""
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        loop = runner.get_loop()
        if threading.current_thread() is not threading.main_thread():
            return runner.run(main)  # signals are the main thread's business
        with _woken_by_signals(loop):
            return runner.run(main)


def on_signals(numbers: Collection[signal.Signals], callback: Callable[[], object]) -> None:
    """Call `callback` in the running loop whenever one of these signals comes."""
    loop = asyncio.get_running_loop()

    def pass_on(*_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(callback)

    for number in numbers:
        try:
            loop.add_signal_handler(number, callback)
        except NotImplementedError:
            signal.signal(number, pass_on)
    _let_through(numbers)


@contextlib.contextmanager
def held_back(numbers: Collection[signal.Signals]) -> Iterator[None]:
    """Let these signals wait until `on_signals` hears them, or this ends; Windows cannot do it."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        _let_through(numbers)


def _let_through(numbers: Collection[signal.Signals]) -> None:
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


@contextlib.contextmanager
def _woken_by_signals(loop: AbstractEventLoop) -> Iterator[None]:
    """Let the interpreter write a byte for a signal: else its handler runs at the next event."""
    hears, tells = socket.socketpair()
    with hears, tells:
        hears.setblocking(False)
        tells.setblocking(False)

        def drain() -> None:
            with contextlib.suppress(BlockingIOError):
                hears.recv(4096)

        loop.add_reader(hears, drain)
        before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(hears)
