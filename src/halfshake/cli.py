"""The command line: `halfshake check` and `halfshake demo`; exit codes of the Nagios convention."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halfshake.config import load_trust_store, parse_threshold
from halfshake.errors import FailureReason, Phase, TargetInvalid, UsageError
from halfshake.observation import Observation, ProbeFailure, Timings
from halfshake.prober import probe
from halfshake.report.jsonlines import failure_line, reading_line
from halfshake.target import Target, parse_target
from halfshake.tls.client_hello import KeyType
from halfshake.trust.policy import Policy
from halfshake.trust.verdict import Status, judge
from halfshake.version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from typing import NoReturn

    from halfshake.trust.store import TrustStore


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown or wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "demo":
            from halfshake.demo import run_demo

            return run_demo(sys.stdout)
        return _check(options)
    except UsageError as error:
        print(f"halfshake: {error}", file=sys.stderr)
        return EXIT_CODES[Status.unknown]
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _check(options: argparse.Namespace) -> int:
    store = load_trust_store(options.ca_file, options.ca_path, system=options.system_store)
    policy = Policy(
        parse_threshold(options.warning) if options.warning else None,
        parse_threshold(options.critical) if options.critical else None,
    )
    return asyncio.run(_check_all(options, store, policy))


async def _check_all(options: argparse.Namespace, store: TrustStore, policy: Policy) -> int:
    worst = Status.ok
    page = None
    if not options.json:
        from halfshake.report.console import Page

        page = Page(sys.stdout)
    async for result in _results(options):
        if isinstance(result, ProbeFailure):
            status = Status(options.on_failure)
            if page:
                page.failure(result, status.value)
            else:
                print(failure_line(result, status.value), flush=True)
        else:
            verdict = judge(result, store, policy, datetime.now(UTC))
            status = verdict.status
            if page:
                page.reading(result, verdict)
            else:
                print(reading_line(result, verdict), flush=True)
        worst = max(worst, status, key=_SEVERITY_ORDER.index)
    return EXIT_CODES[worst]


async def _results(options: argparse.Namespace) -> AsyncIterator[Observation | ProbeFailure]:
    """Yield results in the order of the targets; readings run side by side, a window at a time."""
    window = asyncio.Semaphore(MAX_CONCURRENT_READINGS)

    async def read(text: str) -> Observation | ProbeFailure:
        async with window:
            return await _read(text, options)

    tasks = [asyncio.create_task(read(text)) for text in options.targets]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()


async def _read(text: str, options: argparse.Namespace) -> Observation | ProbeFailure:
    try:
        target = parse_target(text, server_name=options.server_name)
    except TargetInvalid as error:
        return ProbeFailure(
            target=Target(text, text, 0, text),
            observed_at=datetime.now(UTC),
            phase=Phase.resolve,
            reason=FailureReason.target_invalid,
            detail=str(error),
            timings=Timings(),
        )
    return await probe(
        target,
        timeout_seconds=options.timeout,
        key_type=options.key_type,
        alpn=tuple(options.alpn),
    )


class _Parser(argparse.ArgumentParser):
    """Wrong usage is Nagios's UNKNOWN, not argparse's 2, which would say CRITICAL."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_CODES[Status.unknown], f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="halfshake",
        description="Read the certificate of a TLS server that demands a client certificate, "
        "without having one, and judge it.",
    )
    parser.add_argument("--version", action="version", version=f"halfshake {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="read, judge and print one target or several")
    check.add_argument(
        "targets", nargs="+", metavar="TARGET", help="host, host:port, [IPv6]:port, https://host"
    )
    check.add_argument("--json", action="store_true", help="print a JSON line for each target")
    trust = check.add_argument_group("trust")
    trust.add_argument(
        "--ca-file",
        action="append",
        default=[],
        metavar="FILE",
        help="trust the CAs in this PEM file instead of the system's; may be repeated",
    )
    trust.add_argument(
        "--ca-path",
        action="append",
        default=[],
        metavar="DIR",
        help="trust the CA files of a directory",
    )
    trust.add_argument(
        "--system-store",
        action="store_true",
        default=None,
        help="trust the system's CAs as well as --ca-file",
    )
    trust.add_argument("--server-name", metavar="NAME", help="ask for this name, and check it")
    limits = check.add_argument_group("limits")
    limits.add_argument(
        "-w", "--warning", metavar="LEFT", help="time left that is a warning: 14d, 36h, 33%%"
    )
    limits.add_argument("-c", "--critical", metavar="LEFT", help="time left that is critical")
    limits.add_argument(
        "--timeout",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="one deadline over resolving, connecting and the handshake (10)",
    )
    limits.add_argument(
        "--on-failure",
        choices=["critical", "warning", "unknown"],
        default="unknown",
        help="what a failed reading counts as (unknown)",
    )
    hello = check.add_argument_group("what to ask for")
    hello.add_argument(
        "--key-type",
        type=KeyType,
        choices=list(KeyType),
        help="the kind of certificate to ask for, where a server has several",
    )
    hello.add_argument(
        "--alpn", action="append", default=[], metavar="PROTOCOL", help="offer a protocol: h2"
    )
    commands.add_parser("demo", help="real mTLS servers on loopback, and what check says of them")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= MAX_TIMEOUT_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {MAX_TIMEOUT_SECONDS}")
    return seconds


# Of several targets 2 beats 3 beats 1 beats 0.
_SEVERITY_ORDER = (Status.ok, Status.warning, Status.unknown, Status.critical)
EXIT_CODES = {Status.ok: 0, Status.warning: 1, Status.critical: 2, Status.unknown: 3}

# As shells report the signals SIGINT and SIGPIPE.
INTERRUPTED = 130
BROKEN_PIPE = 141

# Enough to hide the network's delay, few enough for a small ulimit.
MAX_CONCURRENT_READINGS = 100
MAX_TIMEOUT_SECONDS = 3600
