"""Two network namespaces of our own, with a delayed cable between them; needs root.

The delay is netem's where the kernel has it, and that of `delay_line.py` elsewhere.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_ADDRESS, CLIENT_ADDRESS = "10.213.47.2", "10.213.47.1"
_NUMBERS = itertools.count()
DELAY_LINE = Path(__file__).with_name("delay_line.py")


class FarNetwork(NamedTuple):
    """What to put before a command, so that it runs at one end of the cable."""

    at_the_client: tuple[str, ...]
    at_the_server: tuple[str, ...]
    delayed_by: str


def why_not() -> str | None:
    """Why there can be no namespaces here; None if there can."""
    if os.geteuid() != 0:
        return "needs root, for network namespaces of its own"
    probe = subprocess.run(["ip", "netns", "list"], capture_output=True, check=False)
    return None if probe.returncode == 0 else "needs `ip netns` (iproute2)"


@contextlib.contextmanager
def far_network(round_trip_ms: float) -> Iterator[FarNetwork]:
    """Make both namespaces and the cable; all of it is gone afterwards."""
    number = f"{os.getpid()}-{next(_NUMBERS)}"  # a device's name has up to 15 characters
    names = [f"halfshake-{number}-{end}" for end in ("client", "server")]
    devices = [f"hs{number}{end}" for end in ("c", "s")]
    with contextlib.ExitStack() as made:
        for name in names:
            _run("ip", "netns", "add", name)
            made.callback(_run, "ip", "netns", "del", name)
        delayed_by = "netem"
        if not _netem(names, devices, round_trip_ms / 2):
            made.enter_context(_delay_line(names, devices, round_trip_ms / 2))
            delayed_by = "a pair of TUN devices (this kernel has no netem)"
        addresses = (CLIENT_ADDRESS, SERVER_ADDRESS)
        for name, device, address in zip(names, devices, addresses, strict=True):
            _run("ip", "-n", name, "addr", "add", f"{address}/30", "dev", device)
            _run("ip", "-n", name, "link", "set", device, "up")
            _run("ip", "-n", name, "link", "set", "lo", "up")
        client, server = (("ip", "netns", "exec", name) for name in names)
        yield FarNetwork(client, server, delayed_by)


def _netem(names: list[str], devices: list[str], one_way_ms: float) -> bool:
    """A pair of veth devices, delayed by netem at both ends; False if the kernel has no netem."""
    ends = ["netns", names[0], "type", "veth", "peer", "name", devices[1], "netns", names[1]]
    _run("ip", "link", "add", devices[0], *ends)
    for name, device in zip(names, devices, strict=True):
        command = ["tc", "-n", name, "qdisc", "add", "dev", device, "root", "netem"]
        command += ["delay", f"{one_way_ms}ms"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            _run("ip", "-n", names[0], "link", "del", devices[0])
            return False
    return True


@contextlib.contextmanager
def _delay_line(names: list[str], devices: list[str], one_way_ms: float) -> Iterator[None]:
    line = subprocess.Popen(
        [sys.executable, str(DELAY_LINE), str(one_way_ms), *devices],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.setpriority(os.PRIO_PROCESS, 0, -15),
    )
    try:
        if line.stdout is None or line.stdout.readline() != "ready\n":
            raise SystemExit("the delayed cable could not be made: is there a /dev/net/tun?")
        for name, device in zip(names, devices, strict=True):
            _run("ip", "link", "set", device, "netns", name)
        yield
    finally:
        if line.stdin:
            line.stdin.close()
        line.wait(5)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
