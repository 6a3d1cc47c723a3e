"""Cold start and memory of whole programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from clients.scanners import HALFSHAKE, Asked, check, lacks, scan
from measuring import in_turns, run
from places import NAME

if TYPE_CHECKING:
    from pathlib import Path

    from loads import Load

BASELINE = "`python -c 'import asyncio, cryptography.x509'`"
NOBODY = "`halfshake check --json`, nobody listens"
READING = "a reading, trusted by a CA file"


def cold_start(load: Load, *, quick: bool) -> dict[str, float]:
    """CPU seconds of a whole `halfshake check --json`, beside its two largest imports."""
    json = [*HALFSHAKE, "check", "--json"]
    read = [*json, "--server-name", NAME, f"127.0.0.1:{load.port}"]
    commands = {
        BASELINE: [sys.executable, "-c", "import asyncio, cryptography.x509"],
        NOBODY: [*json, "127.0.0.1:1"],
        READING: [*read, "--ca-file", str(load.ca_file)],
        "a reading, judged by the system's trust store": read,
    }

    def cpu(command: list[str]) -> float:
        return run(command, code=None).cpu_seconds

    return in_turns(
        {name: lambda command=command: cpu(command) for name, command in commands.items()},  # type: ignore[misc]
        5 if quick else 15,
    )


class Memory(NamedTuple):
    """Mebibytes at the peak, for each number of targets."""

    command: str
    in_flight: int
    peak_mebibytes: dict[int, float]


def memory(load: Load, directory: Path, *, quick: bool) -> Memory:
    """The peak of a scan with 1,000 targets in flight, a new leaf at each."""
    program, command = ("check", check) if lacks("--output") else ("scan", scan)
    counts = (1000, 2000) if quick else (2500, 10_000)
    peaks = {}
    for count in counts:
        asked = Asked(load, [f"h{number}.leaf.test" for number in range(count)], 1000, directory)
        peaks[count] = run(command(asked), directory=directory, code=None).peak_mebibytes
    return Memory(f"`halfshake {program}`", 1000, peaks)
