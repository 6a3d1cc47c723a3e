"""Targets from the command line, from files and from standard input, one per line, as they come.

Blank lines and comments after `#` are skipped. A line that makes no sense is still a target: its
result is a failure, and the other targets are read.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
import threading
from typing import TYPE_CHECKING

from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence


CHUNK_BYTES = 65536

# A DNS name has 253 bytes at most (RFC 1035 2.3.4); a URL's path adds to it.
MAX_LINE_BYTES = 4096


def open_target_files(paths: Sequence[str], *, standard_input: int) -> list[int]:
    """Open every file before anything is read; "-" is standard input. Gives descriptors.

    Raises UsageError with a sentence for each file that cannot be opened.
    """
    descriptors: list[int] = []
    mistakes: list[str] = []
    for path in paths:
        try:
            opened = standard_input if path == "-" else os.open(path, os.O_RDONLY | _AS_BYTES)
            # A directory can be opened, but then not read.
            os.read(opened, 0)
        except OSError as error:
            mistakes.append(f"{path} cannot be read: {error.strerror}")
        else:
            descriptors.append(opened)
    if mistakes:
        raise UsageError("; ".join(mistakes))
    return descriptors


async def all_targets(arguments: Sequence[str], descriptors: Sequence[int]) -> AsyncIterator[str]:
    """Yield the arguments, then each line of each file as soon as it is there."""
    for argument in arguments:
        yield argument
    for descriptor in descriptors:
        async for line in lines_of(descriptor):
            target = line.partition(b"#")[0].strip().decode("utf-8", "replace")
            if target:
                yield target


async def lines_of(
    descriptor: int,
    *,
    most_bytes: int = MAX_LINE_BYTES,
    on_wait: Callable[[], None] = lambda: None,
) -> AsyncIterator[bytes]:
    """Yield each line as soon as it is there, without its end; a longer one is cut.

    `on_wait` is called before a pipe or a terminal is waited for.
    """
    rest = b""
    while chunk := await _read(descriptor, on_wait):
        lines = (rest + chunk).split(b"\n")
        # A file without line ends, such as a disk image, is not collected whole.
        rest = lines.pop()[:most_bytes]
        for line in lines:
            yield line[:most_bytes]
    yield rest


async def _read(descriptor: int, on_wait: Callable[[], None]) -> bytes:
    """Read what is there; wait without a thread, which would delay Ctrl-C."""
    if sys.platform == "win32":
        return await _read_by_thread(descriptor, on_wait)
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(descriptor, readable.set)
    except PermissionError:  # a regular file: epoll does not accept it, and it never blocks
        return os.read(descriptor, CHUNK_BYTES)
    on_wait()
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, CHUNK_BYTES)


async def _read_by_thread(descriptor: int, on_wait: Callable[[], None]) -> bytes:
    """For Windows, which can wait for sockets only: a daemon thread, so that it delays no end."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.read(descriptor, CHUNK_BYTES)
    on_wait()
    loop = asyncio.get_running_loop()
    chunk: asyncio.Future[bytes] = loop.create_future()

    def deliver(data: bytes) -> None:
        if not chunk.done():
            chunk.set_result(data)

    def wait() -> None:
        data = os.read(descriptor, CHUNK_BYTES)
        with contextlib.suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(deliver, data)

    threading.Thread(target=wait, name="standard input", daemon=True).start()
    return await chunk


# Windows would turn line ends into others, and end at a Ctrl-Z.
_AS_BYTES: int = getattr(os, "O_BINARY", 0)
