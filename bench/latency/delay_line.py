"""A cable with a delay, for kernels without netem: two TUN devices, each packet waits in between.

python delay_line.py MILLISECONDS DEVICE DEVICE

Makes both devices, prints `ready`, and carries IP packets from each to the other until its standard
input ends. A device keeps its name and its packets when it moves to another network namespace.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import sys
import time
from collections import deque

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
LARGEST_PACKET = 65_535


def tun(name: str) -> int:
    """A new TUN device; its descriptor reads and writes one packet at a time."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


def carry(delay_seconds: float, left: int, right: int) -> None:
    """Carry packets both ways; each leaves `delay_seconds` after it came, in order."""
    other = {left: right, right: left}
    waiting: deque[tuple[float, int, bytes]] = deque()
    while True:
        pause = None if not waiting else max(0.0, waiting[0][0] - time.monotonic())
        readable, _, _ = select.select([left, right, sys.stdin], [], [], pause)
        for descriptor in readable:
            if descriptor is sys.stdin:
                return
            packet = os.read(descriptor, LARGEST_PACKET)
            waiting.append((time.monotonic() + delay_seconds, other[descriptor], packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, descriptor, packet = waiting.popleft()
            with contextlib.suppress(OSError):  # a device that is not up yet loses it, as a cable
                os.write(descriptor, packet)


def main() -> None:
    """Make the devices, say so, carry."""
    milliseconds, *names = sys.argv[1:]
    left, right = (tun(name) for name in names)
    print("ready", flush=True)
    carry(float(milliseconds) / 1000, left, right)


if __name__ == "__main__":
    main()
