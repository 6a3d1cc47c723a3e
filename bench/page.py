"""Results as Markdown: what `make bench` prints, and docs/benchmarks.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import starting
from bars import judged
from latency.round_trips import RTT_MS, VERSIONS
from reasons import REASONS, WHAT_HELPED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clients.row import Row
    from results import Results


def page(results: Results) -> str:
    """The whole page."""
    parts = [
        HEADING.format(machine=results.machine, versions=results.versions),
        QUICK if results.quick else "",
        BARS,
        _bars(results),
        *_cpu(results),
        _missing(results),
        _latency(results),
        _cold_start(results),
        _memory(results),
        _watch(results),
        WHAT_HELPED,
    ]
    return "\n".join(part for part in parts if part)


def _bars(results: Results) -> str:
    lines, reasons = [], []
    for bar in judged(results):
        met = {True: "met", False: "**missed**", None: "not measured"}[bar.met]
        lines.append((bar.what, bar.bar, bar.measured or "-", met))
        if bar.met is False:
            why = REASONS.get(bar.key)
            reasons.append(f"- {bar.what}: {why}" if why else f"- {bar.what}: not explained yet.")
    table = _table(("what", "bar", "measured", ""), lines)
    return table + ("\nMissed, and why:\n\n" + "\n".join(reasons) + "\n" if reasons else "")


def _cpu(results: Results) -> Iterable[str]:
    yield "## CPU for each endpoint\n"
    yield UNITS
    for kind, title, base in (
        ("nginx", "One nginx with one certificate and one name", "bare"),
        ("leaves", "Another leaf and another name at every endpoint, under one issuer",
         "tlsx leaves"),
    ):  # fmt: skip
        for in_flight, rows in results.cpu.items():
            measured = {row.key: row for row in results.rows[kind] if row.key in rows}
            if measured:
                yield f"### {title}: {in_flight} in flight\n"
                yield _cpu_table(measured, rows, base)
        if results.rows[kind]:
            yield f"{WORK[kind]}\n"
            yield _table(
                ("client", "what it does for each endpoint"),
                [(row.label, row.work) for row in results.rows[kind]],
            )


def _cpu_table(measured: dict[str, Row], rows: dict[str, dict[str, float]], base: str) -> str:
    columns = list(next(iter(rows.values())))
    beside = rows.get(base, {})

    def cell(microseconds: float | None, column: str) -> str:
        if not microseconds:
            return "-"
        ratio = f" · **{microseconds / beside[column]:.2f}**" if beside.get(column) else ""
        return f"{microseconds:.0f} µs · {1e6 / microseconds:.0f}/s{ratio}"

    return _table(
        ("client", *columns),
        [
            (row.label, *(cell(rows[key].get(column), column) for column in columns))
            for key, row in measured.items()
        ],
    )


def _missing(results: Results) -> str:
    lines = [
        f"- {row.label}: {row.missing}" for rows in results.rows.values() for row in rows
        if row.missing
    ]  # fmt: skip
    if not results.rows["leaves"]:
        lines.append("- the leaf server: not built, `make bench-peers` needs Go")
    if results.quick:
        lines.append("- in a quick run: RSA, tlsx with 1 in flight, `watch`")
    return "Not measured:\n\n" + "\n".join(lines) + "\n" if lines else ""


def _latency(results: Results) -> str:
    latency = results.latency
    title = f"## Latency, with {RTT_MS:.0f} ms between client and server\n\n"
    if isinstance(latency, str):
        return f"{title}Not measured: {latency}.\n"
    lines = [
        (client, *(f"{ms[version]:.0f} ms, {ms[version] / RTT_MS:.1f}" for version in VERSIONS))
        for client, ms in latency.milliseconds.items()
    ]
    own = ", ".join(f"{ms:.0f} ms in TLS {version}" for version, ms in latency.reading_ms.items())
    missing = "".join(f" {client}: {why}." for client, why in latency.missing.items())
    return (
        f"{title}{LATENCY}Delayed by {latency.delayed_by}. Our own results say how long a reading "
        f"took: {own}; two round trips are {2 * RTT_MS:.0f} ms.{missing}\n\n"
        + _table(
            ("one target after another", *(f"TLS {version}, RTTs" for version in VERSIONS)), lines
        )
    )


def _cold_start(results: Results) -> str:
    base = results.cold_start[starting.BASELINE]
    return "## Cold start, CPU of the whole program\n\n" + _table(
        ("what", "ms", "ratio"),
        [
            (name, f"{1000 * seconds:.0f}", f"{seconds / base:.2f}")
            for name, seconds in results.cold_start.items()
        ],
    )


def _memory(results: Results) -> str:
    memory = results.memory
    if memory is None:
        return ""
    return "## Memory\n\n" + _table(
        (f"{memory.command}, {memory.in_flight} in flight, a new leaf at each", "peak"),
        [(f"{count} targets", f"{peak:.0f} MiB") for count, peak in memory.peak_mebibytes.items()],
    )


def _watch(results: Results) -> str:
    return f"## `halfshake watch`\n\n{results.watch}\n" if results.watch else ""


def _table(heading: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [heading, tuple("---" for _ in heading), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


HEADING = """# Benchmarks

Written by `make bench` on {machine}

Versions: {versions}.

The servers run on one core, the clients on another, in turns. Each figure is the median of several
rounds in one run. Ratios can be compared between machines, microseconds cannot. All clients have
the same number of visits in flight: asyncio tasks, goroutines, or threads for the blocking ones.
They do not all do the same work; what each of them does stands below its table.
"""

QUICK = """**This was a quick run**: one round, few visits. Believe only a full one.
"""

BARS = """## Bars

The worst column decides. The ratios are in the order of the columns below, after the number of
visits in flight.
"""

UNITS = """User and system time. `/s` is how many endpoints one core could visit in a second, if
nothing else were the limit. Bold is the ratio to the client that the table names first as its
measure: bare asyncio TCP at nginx, tlsx at the leaf server. Whole programs are measured without
their start. Above 1 is dearer.
"""

LATENCY = """How long one endpoint takes, without the start of the program: in milliseconds, and in
round trips. Client and nginx are in network namespaces of their own.
"""

WORK = {
    "nginx": "nginx asks for a client certificate, and refuses clients without one in HTTP, after "
    "the handshake. So every client gets through its handshake. (A TLS 1.2 server that refuses "
    "within the handshake shows tlsx nothing at all, unless its alert is 42 or 116.)",
    "leaves": "A Go server of our own has 10,000 certificates, each with its own name, key, serial "
    "number and dates, under one root that is trusted. It asks for a client certificate and lets "
    "clients without one pass. At addresses of loopback tlsx sleeps between targets, whatever the "
    "server does. Its threads look for work meanwhile, which takes a third of its CPU time with 20 "
    "in flight, and most of it with 1. So the bars compare both with 400 in flight.",
}
