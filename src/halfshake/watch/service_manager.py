"""What systemd is told (sd_notify(3)): ready, reloading, stopping, alive. Nothing without it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class ServiceManager:
    """Tells the service manager, where `NOTIFY_SOCKET` says that there is one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        watchdog = environment.get("WATCHDOG_USEC", "")
        is_ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._watchdog_seconds = int(watchdog) / 1e6 if watchdog.isdecimal() and is_ours else None

    def ready(self) -> None:
        """The listener listens, and the schedule runs."""
        self._tell("READY=1")

    @contextlib.contextmanager
    def reloading(self) -> Iterator[None]:
        """A configuration is being read; Type=notify-reload waits for the end of it."""
        if sys.platform != "win32":
            microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            self._tell(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")
        try:
            yield
        finally:
            self._tell("READY=1")

    def stopping(self) -> None:
        """No reading begins any more."""
        self._tell("STOPPING=1")

    async def keep_alive(self) -> None:
        """Say twice in every watchdog's time that the loop still turns; until cancelled."""
        if self._watchdog_seconds is None:
            await asyncio.Event().wait()
            return
        while True:
            self._tell("WATCHDOG=1")
            await asyncio.sleep(self._watchdog_seconds / 2)

    def _tell(self, message: str) -> None:
        if sys.platform == "win32" or not self._address:
            return
        # "@" stands for the first byte of an abstract address (sd_notify(3)).
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.sendto(message.encode(), address)
