"""CPU seconds of a client, alone on its core; rounds in which the clients take turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, SERVER_CORE = CORES[0], CORES[-1]


URGENT = -15
_OF_THIS_SHELL = {"PYTHONDONTWRITEBYTECODE", "SSL_CERT_FILE", "SSL_CERT_DIR"}


class Spent(NamedTuple):
    """What one run of a program took."""

    cpu_seconds: float
    wall_seconds: float
    peak_mebibytes: float
    output: bytes


def run(
    command: list[str],
    *,
    directory: Path | None = None,
    code: int | None = 0,
    urgent: bool = False,
) -> Spent:
    """Run a program on the clients' core; it and its children count.

    `code` None allows any. An `urgent` one goes before other work on the machine; that needs root.
    """
    began = time.monotonic()
    program = subprocess.Popen(
        command,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if code is not None else subprocess.DEVNULL,
        env=environment(),
        preexec_fn=lambda: settle(urgent=urgent),
    )
    # Errors are short, or of no interest: nobody waits for a full pipe.
    output = program.stdout.read() if program.stdout else b""
    error = program.stderr.read() if program.stderr else b""
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if code is not None and program.returncode != code:
        raise SystemExit(
            f"{' '.join(command[:6])} … ended with {program.returncode}: "
            f"{(error or output).decode(errors='replace')[-2000:]}"
        )
    return Spent(
        usage.ru_utime + usage.ru_stime,
        time.monotonic() - began,
        usage.ru_maxrss / 1024,
        output,
    )


def settle(*, urgent: bool) -> None:
    """What a client does before it becomes its program: it takes its core."""
    os.sched_setaffinity(0, {CLIENT_CORE})
    if urgent:
        os.setpriority(os.PRIO_PROCESS, 0, URGENT)


def environment() -> dict[str, str]:
    """As installed: with bytecode, and with the system's trust store where it always is."""
    return {name: value for name, value in os.environ.items() if name not in _OF_THIS_SHELL}


def in_turns(
    measurements: dict[str, Callable[[], float]], rounds: int, seconds: float = 600
) -> dict[str, float]:
    """Take each measurement once a round; the medians. No round begins after `seconds`."""
    figures: dict[str, list[float]] = {key: [] for key in measurements}
    until = time.monotonic() + seconds
    for number in range(rounds):
        if number > 0 and time.monotonic() > until:
            break
        for key, measure in measurements.items():
            figures[key].append(measure())
    return {key: median(values) for key, values in figures.items()}


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def process_cpu_seconds(pid: int) -> float:
    """User and system time of a process that goes on running."""
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
