"""CPU for each name that a scan looks up: the system's resolver, and DNS servers asked directly.

    sudo PYTHONPATH=tests:bench python bench/lookups.py

A dnsmasq on the servers' core answers on port 53 of a loopback address, which a mount namespace of
this program's own has in its /etc/resolv.conf: that needs root. The system's resolver meets a
server that answers at once, so what it costs is its own.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from halfshake import event_loop
from halfshake.commands.scanning import resolver_of
from halfshake.errors import ResolveFailed
from measuring import CLIENT_CORE, SERVER_CORE, median

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ADDRESS = "127.0.0.53"
NAMES = 4000
ROUNDS = 3
IN_FLIGHT = (1, 20, 100, 400)


def main() -> None:
    """Enter the namespace, measure in turns, print the table."""
    if "--inside" not in sys.argv:
        inside = [sys.executable, __file__, "--inside"]
        sys.exit(subprocess.run(["unshare", "--mount", *inside], check=False).returncode)
    with tempfile.NamedTemporaryFile("w", prefix="halfshake-bench-") as file:
        file.write(f"nameserver {ADDRESS}\n")
        file.flush()
        subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
        server = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), "dnsmasq", "--keep-in-foreground", "--no-hosts",
             f"--listen-address={ADDRESS}", "--bind-interfaces", "--no-resolv", "--pid-file=",
             "--conf-file=", "--cache-size=0", "--user=", "--address=/leaf.test/127.0.0.1"]
        )  # fmt: skip
        try:
            time.sleep(1)
            os.sched_setaffinity(0, {CLIENT_CORE})
            table()
        finally:
            server.terminate()
            server.wait(10)


def table() -> None:
    """A line for each way and number in flight."""
    print("| --resolver | in flight | CPU for each name | failed |\n| --- | --- | --- | --- |")
    ways = ("system", "dns", "dns, -4")
    figures: dict[tuple[str, int], list[tuple[float, int]]] = {}
    for _ in range(ROUNDS):
        for way in ways:
            for in_flight in IN_FLIGHT:
                # A resolver belongs to one loop.
                asked = [] if way == "system" else ["dns"]
                found = event_loop.run(
                    measured(resolver_of(asked, 2 if way.endswith("-4") else None), in_flight)
                )
                figures.setdefault((way, in_flight), []).append(found)
    for (way, in_flight), found in figures.items():
        cpu = median(microseconds for microseconds, _ in found)
        print(f"| {way} | {in_flight} | {cpu:.0f} us | {sum(lost for _, lost in found)} |")


async def measured(
    look_up: Callable[[str, int], Awaitable[object]], in_flight: int
) -> tuple[float, int]:
    """CPU microseconds of a lookup, and how many failed."""
    failed = 0

    async def share(first: int) -> None:
        nonlocal failed
        for number in range(first, NAMES, in_flight):
            try:
                await look_up(f"h{number}.leaf.test", 443)
            except ResolveFailed:
                failed += 1

    before = time.process_time()
    await asyncio.gather(*(share(first) for first in range(in_flight)))
    return 1e6 * (time.process_time() - before) / NAMES, failed


if __name__ == "__main__":
    main()
