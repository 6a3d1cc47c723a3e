"""Scanners as whole programs: `halfshake scan` and `check`, tlsx, zgrab2; a JSON line a target.

What a program needs to start is measured with one target, and subtracted.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from clients.row import Row, Visits
from measuring import environment, median, run
from places import NAME, PEERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from loads import Load

HALFSHAKE = [sys.executable, "-m", "halfshake"]
STARTS = 3


class Asked(NamedTuple):
    """What a scanner is to do: its options depend on it."""

    load: Load
    names: list[str]
    in_flight: int
    directory: Path


def every_scanner() -> list[Row]:
    """On nginx with one name for all, and on the leaf server with another name at each target."""
    return [*one_name(), *names_that_differ()]


def one_name() -> list[Row]:
    """Chain and name have been seen before, except the first time."""
    return [
        Row(
            "check",
            "`halfshake check --json`",
            f"{WHOLE}; chain and name seen before",
            scanner(check),
        ),
        Row("tlsx", "tlsx `-sm ctls -json`", TLSX, scanner(tlsx), **tlsx_counts()),
        Row("zgrab2", "zgrab2 `tls`", ZGRAB2, scanner(zgrab2), missing=built("zgrab2")),
    ]


def names_that_differ() -> list[Row]:
    """Another leaf and another name at each target, under one issuer."""
    fields = ["--fields", "target,outcome,leaf.not_before,leaf.not_after"]
    unproven = [] if lacks("--no-possession") else ["--no-possession"]
    return [
        Row(
            "scan",
            "`halfshake scan`",
            f"{WHOLE}; a new leaf and name each",
            scanner(scan),
            missing=lacks("--output"),
        ),
        Row(
            "check leaves",
            "`halfshake check --json`",
            f"{WHOLE}; a new leaf and name each",
            scanner(check),
        ),
        Row(
            "check one leaf",
            "`halfshake check --json`, one name",
            f"{WHOLE}; chain and name seen before",
            scanner(check, one_name=True),
        ),
        Row(
            "scan unproven",
            "`halfshake scan --no-possession`",
            "the same without checking the server's signature",
            scanner(functools.partial(scan, options=unproven)),
            missing=lacks("--no-possession"),
        ),
        Row(
            "scan dates",
            " ".join(["`halfshake scan --fields` with the leaf's dates", *unproven]),
            "reads, a line with the leaf's dates; judges no chain"
            + (", checks no signature" if unproven else ""),
            scanner(functools.partial(scan, options=[*fields, *unproven])),
            missing=lacks("--fields"),
        ),
        Row("tlsx leaves", "tlsx `-sm ctls -json`", TLSX, scanner(tlsx), **tlsx_counts()),
        *at_once(fields, unproven),
        Row("zgrab2 leaves", "zgrab2 `tls`", ZGRAB2, scanner(zgrab2), missing=built("zgrab2")),
    ]


def at_once(fields: list[str], unproven: list[str]) -> list[Row]:
    """With as many in flight as there are targets: tlsx has no time to sleep."""
    return [
        Row(
            "scan at once",
            f"`halfshake scan`, {AT_ONCE} in flight",
            f"{WHOLE}; a new leaf and name each",
            scanner(scan, in_flight=AT_ONCE),
            counts=(AT_ONCE, 0),
            missing=lacks("--output"),
        ),
        Row(
            "dates at once",
            f"the same with the leaf's dates --no-possession, {AT_ONCE} in flight",
            "reads, a line with the leaf's dates; judges no chain, checks no signature",
            scanner(functools.partial(scan, options=[*fields, *unproven]), in_flight=AT_ONCE),
            counts=(AT_ONCE, 0),
            missing=lacks("--fields"),
        ),
        Row(
            "tlsx at once",
            f"tlsx `-sm ctls -json`, {AT_ONCE} in flight",
            TLSX,
            scanner(tlsx, in_flight=AT_ONCE),
            counts=(AT_ONCE, 0),
            missing=built("tlsx"),
        ),
    ]


AT_ONCE = 400

WHOLE = "reads, proves possession, judges chain and name, a JSON line with all of it"
TLSX = (
    "full handshake, in which Go checks the server's signature; a JSON line with the leaf; "
    "judges no chain"
)
ZGRAB2 = "full handshake with its own stack; judges against no store; a JSON line with every byte"


def tlsx_counts() -> dict[str, object]:
    """It sleeps for 0.3 s at each target, longer for new names: few when one is in flight."""
    return {"counts": (400, 25), "missing": built("tlsx"), "waits": True}


def check(asked: Asked) -> list[str]:
    """As a person would ask for many targets."""
    return [*HALFSHAKE, "check", "--json", "--targets", targets_file(asked), *way(asked)]


def scan(asked: Asked, options: Sequence[str] = ()) -> list[str]:
    """As a scan of a file, without its summary."""
    output = asked.directory / "scan.jsonl"
    for earlier in asked.directory.glob("scan.jsonl*"):
        earlier.unlink()
    command = [*HALFSHAKE, "scan", targets_file(asked), "-o", str(output), "--quiet"]
    return [*command, *options, *way(asked)]


def way(asked: Asked) -> list[str]:
    """The options that `check` and `scan` have in common here."""
    return [
        *("--connect", f"127.0.0.1:{asked.load.port}"),
        *("--ca-file", str(asked.load.ca_file)),
        *("--concurrency", str(asked.in_flight)),
    ]


def tlsx(asked: Asked) -> list[str]:
    """With Go's own TLS, which is its fastest way. Its names come from -sni, not from DNS."""
    command = [str(PEERS / "tlsx"), "-u", "127.0.0.1", "-p", str(asked.load.port)]
    command += ["-sni", written(asked, "tlsx-names", asked.names)]
    return [*command, "-sm", "ctls", "-json", "-silent", "-duc", "-c", str(asked.in_flight)]


def zgrab2(asked: Asked) -> list[str]:
    """Its limit of 20 connections a second to one address has to go."""
    lines = [f"127.0.0.1,{name},,{asked.load.port}" for name in asked.names]
    command = [str(PEERS / "zgrab2"), "-f", written(asked, "zgrab2-targets", lines)]
    command += ["-b", written(asked, "nothing", []), "-s", str(asked.in_flight)]
    return [*command, "--server-rate-limit", "1000000", "tls"]


def targets_file(asked: Asked) -> str:
    """One target per line; `--connect` leads all of them to the server."""
    return written(asked, "targets", [f"{name}:443" for name in asked.names])


def written(asked: Asked, file: str, lines: list[str]) -> str:
    """A file of these lines."""
    path = asked.directory / file
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def scanner(
    command: Callable[[Asked], list[str]], *, one_name: bool = False, in_flight: int | None = None
) -> Callable[[Visits], float]:
    """CPU microseconds of one target, without the start; `in_flight` instead of the table's."""
    started: dict[tuple[str, int], float] = {}

    def cpu_seconds(visits: Visits, count: int) -> float:
        asked = Asked(
            visits.load,
            names(visits.load, count, one_name=one_name),
            in_flight or visits.in_flight,
            visits.directory,
        )
        spent = run(command(asked), directory=visits.directory)
        output = spent.output or (visits.directory / "scan.jsonl").read_bytes()
        lines = output.count(b"\n")
        if lines < count:
            raise SystemExit(f"{command} printed {lines} lines for {count} targets")
        return spent.cpu_seconds

    def measure(visits: Visits) -> float:
        kind = (visits.load.kind, visits.in_flight)
        if kind not in started:
            started[kind] = median(cpu_seconds(visits, 1) for _ in range(STARTS))
        spent = cpu_seconds(visits, visits.count) - started[kind]
        return max(0.0, 1e6 * spent / (visits.count - 1))

    return measure


def names(load: Load, count: int, *, one_name: bool) -> list[str]:
    """The names of the targets."""
    if load.kind == "nginx":
        return [NAME] * count
    return ["h0.leaf.test"] * count if one_name else [f"h{n}.leaf.test" for n in range(count)]


def built(program: str) -> str | None:
    """None if the program is there."""
    return None if (PEERS / program).exists() else "not built: `make bench-peers` needs Go"


def lacks(*options: str) -> str | None:
    """None if `halfshake scan` has these options."""
    missing = [option for option in options if option not in scan_help()]
    return f"this version of `halfshake scan` has no {missing[0]}" if missing else None


@functools.cache
def scan_help() -> str:
    """The options of `halfshake scan`; nothing if there is no such command."""
    done = subprocess.run(
        [*HALFSHAKE, "scan", "--help"], capture_output=True, text=True, env=environment(),
        check=False,
    )  # fmt: skip
    return done.stdout if done.returncode == 0 else ""
