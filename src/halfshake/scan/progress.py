"""How far a scan is: a bar on a terminal, a line now and then elsewhere, nothing if quiet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from typing import TextIO


class Standing(NamedTuple):
    """How far a scan is. `before` were done by the scan that this one goes on with."""

    done: int
    before: int
    total: int | None
    outcomes: Counter[str]


async def show_progress(standing: Callable[[], Standing], stream: TextIO) -> None:
    """Show it until cancelled."""
    if stream.isatty():
        await _bar(standing, stream)
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        await asyncio.sleep(LINE_EVERY_SECONDS)
        now = standing()
        rate = (now.done - now.before) / (loop.time() - began)
        print(f"halfshake: {sentence(now, rate)}", file=stream, flush=True)


def sentence(now: Standing, rate: float) -> str:
    """As "12,800 of 65,536 done, 950 a second, 1 min left: 9,000 read, 3,800 failed"."""
    of = f" of {now.total:,}" if now.total is not None else ""
    parts = [f"{now.done:,}{of} done", f"{rate:,.0f} a second"]
    if now.total is not None and rate > 0:
        parts.append(f"{_duration(max(0, now.total - now.done) / rate)} left")
    outcomes = ", ".join(f"{count:,} {name}" for name, count in now.outcomes.items() if count)
    return ", ".join(parts) + (f": {outcomes}" if outcomes else "")


def _duration(seconds: float) -> str:
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s"


async def _bar(standing: Callable[[], Standing], stream: TextIO) -> None:
    # Only a terminal needs them.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    loop = asyncio.get_running_loop()
    began = loop.time()
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        task = progress.add_task("", total=None)
        while True:
            now = standing()
            rate = (now.done - now.before) / max(0.001, loop.time() - began)
            progress.update(
                task, total=now.total, completed=now.done, description=sentence(now, rate)
            )
            await asyncio.sleep(BAR_EVERY_SECONDS)


LINE_EVERY_SECONDS = 10
BAR_EVERY_SECONDS = 0.5
