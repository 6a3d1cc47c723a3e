"""The project's bars: which figures they compare, how much is allowed, and what was measured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import starting
from clients.scanners import AT_ONCE
from latency.round_trips import OURS, RTT_MS

if TYPE_CHECKING:
    from results import Results


class Bar(NamedTuple):
    """At most so many times a peer's CPU for each endpoint.

    `in_flight` where both have a number of their own: tlsx sleeps between new names, and its
    threads look for work meanwhile, which with 20 in flight takes a third of its CPU time, and with
    1 most of it. To compare with that would flatter us.
    """

    key: str
    what: str
    ours: str
    peer: str
    at_most: float
    in_flight: int | None = None


BARS = (
    Bar("go abort", "read and leaf dates / Go that leaves at the certificate", "read", "go abort",
        1.0),
    Bar("bare", "read and leaf dates / bare asyncio TCP", "read", "bare", 3.0),
    Bar("go full", "whole pipeline / Go's full handshake", "check", "go full", 1.0),
    Bar("tlsx", "whole pipeline, new leaf and name each / tlsx", "scan at once", "tlsx at once",
        1.5, AT_ONCE),
    Bar("tlsx dates", "reading and leaf dates only / tlsx", "dates at once", "tlsx at once", 0.9,
        AT_ONCE),
    Bar("blackbox", "whole pipeline / blackbox_exporter", "check", "blackbox", 0.5),
    Bar("pyopenssl", "whole pipeline / the pyOpenSSL script", "check", "pyopenssl", 0.5),
    Bar("ssl", "whole pipeline / standard library `ssl`", "check", "ssl", 0.25),
    Bar("new", "a chain never seen before / seen before", "check leaves", "check one leaf", 2.0),
)  # fmt: skip


class Judged(NamedTuple):
    """A line of the table."""

    key: str
    what: str
    bar: str
    measured: str
    met: bool | None  # None: not measured


def judged(results: Results) -> list[Judged]:
    """Every bar; the worst column decides."""
    return [
        *(_ratio(bar, results) for bar in BARS),
        _round_trips(results),
        _cold_start(results, "closed port", starting.NOBODY, 1.3),
        _cold_start(results, "whole reading", starting.READING, 1.6),
        _memory(results),
        _watch(results),
    ]


def _ratio(bar: Bar, results: Results) -> Judged:
    parts, worst = [], 0.0
    for in_flight, rows in results.cpu.items():
        ours, peer = rows.get(bar.ours, {}), rows.get(bar.peer, {})
        ratios = {column: ours[column] / peer[column] for column in ours if peer.get(column)}
        if ratios:
            worst = max(worst, *ratios.values())
            parts.append(
                f"{bar.in_flight or in_flight}: "
                + " ".join(f"{ratio:.2f}" for ratio in ratios.values())
            )
    met = worst <= bar.at_most if parts else None
    return Judged(bar.key, bar.what, f"≤ {bar.at_most:g}", "; ".join(parts), met)


def _round_trips(results: Results) -> Judged:
    what = f"round trips to the verdict, {OURS}"
    latency = results.latency
    if isinstance(latency, str):
        return Judged("round trips", what, "2", latency, None)
    measured = ", ".join(
        f"TLS {version}: {milliseconds / RTT_MS:.1f} ({milliseconds:.0f} ms)"
        for version, milliseconds in latency.reading_ms.items()
    )
    met = all(milliseconds < 2.5 * RTT_MS for milliseconds in latency.reading_ms.values())
    return Judged("round trips", what, "2", measured, met)


def _cold_start(results: Results, what: str, name: str, at_most: float) -> Judged:
    ratio = results.cold_start[name] / results.cold_start[starting.BASELINE]
    return Judged(
        f"cold start, {what}",
        f"cold start of `halfshake check --json`, {what} / {starting.BASELINE}",
        f"≤ {at_most:g}",
        f"{ratio:.2f}",
        ratio <= at_most,
    )


def _memory(results: Results) -> Judged:
    memory = results.memory
    if memory is None:
        return Judged("memory", "memory of a scan", "≤ 150 MiB", "no leaf server", None)
    what = f"memory of {memory.command}, {memory.in_flight} in flight"
    measured = ", ".join(
        f"{count} targets: {peak:.0f} MiB" for count, peak in memory.peak_mebibytes.items()
    )
    met = max(memory.peak_mebibytes.values()) <= 150
    return Judged("memory", what, "≤ 150 MiB", measured, met)


def _watch(results: Results) -> Judged:
    what = "watch, 100,000 endpoints every 60 s"
    bar = "one core, ≤ 400 MiB"
    rate = re.search(r"readings a second \| (\d+) of (\d+)", results.watch)
    share = re.search(r"CPU, of one core \| (\d+)", results.watch)
    peak = re.search(r"memory, peak \| (\d+)", results.watch)
    if rate is None or share is None or peak is None:
        return Judged("watch", what, bar, results.watch or "not measured in a quick run", None)
    # The monitor has one core: what it cannot do there, it does not do.
    met = int(rate[1]) >= 0.99 * int(rate[2]) and int(peak[1]) <= 400
    measured = f"{rate[1]} of {rate[2]} readings a second, {share[1]} % of a core, {peak[1]} MiB"
    return Judged("watch", what, bar, measured, met)
