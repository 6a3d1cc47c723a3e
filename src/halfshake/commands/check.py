"""`halfshake check`: read, judge and report one target, or as many as come."""

from __future__ import annotations

import asyncio
import resource
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halfshake.commands.judging import (
    add_judging_arguments,
    add_output_arguments,
    load_judging,
    open_report,
    report_one,
)
from halfshake.errors import FailureReason, Phase, TargetInvalid, UsageError
from halfshake.observation import Observation, ProbeFailure, Timings
from halfshake.prober import probe
from halfshake.readings import read_each
from halfshake.target import Target, parse_target
from halfshake.target_list import all_targets, open_target_files
from halfshake.tls.client_hello import KeyType
from halfshake.trust.verdict import Status, worst_status

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from halfshake.trust.pointers import Fetched


def add_arguments(check: argparse.ArgumentParser) -> None:
    """Declare what `check` takes."""
    check.add_argument(
        "targets", nargs="*", metavar="TARGET", help="host, host:port, [IPv6]:port, https://host"
    )
    check.add_argument(
        "--targets",
        dest="target_files",
        action="append",
        default=[],
        metavar="FILE",
        help="read targets from a file, one a line; - for standard input; may be repeated",
    )
    add_output_arguments(check)
    add_judging_arguments(check)
    _add_limit_arguments(check.add_argument_group("limits"))
    fetching = check.add_argument_group("fetching what a chain points to")
    fetching.add_argument(
        "--fetch",
        action="store_true",
        help="get missing issuers and CRLs from the chain's own http URLs, at public addresses",
    )
    fetching.add_argument(
        "--fetch-from",
        action="append",
        default=[],
        metavar="NETWORK",
        help="and at addresses of this network: 10.0.0.0/8; may be repeated",
    )
    hello = check.add_argument_group("what to ask for")
    hello.add_argument("--server-name", metavar="NAME", help="ask for this name, and check it")
    hello.add_argument(
        "--key-type",
        type=KeyType,
        choices=list(KeyType),
        help="the kind of certificate to ask for, where a server has several",
    )
    hello.add_argument(
        "--alpn", action="append", default=[], metavar="PROTOCOL", help="offer a protocol: h2"
    )


def _add_limit_arguments(limits: argparse._ArgumentGroup) -> None:
    limits.add_argument(
        "--timeout",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="one deadline over resolving, connecting and the handshake (10)",
    )
    limits.add_argument(
        "--concurrency",
        type=int,
        default=DEFAULT_CONCURRENCY,
        metavar="N",
        help=f"how many targets to read side by side ({DEFAULT_CONCURRENCY})",
    )


def run_check(options: argparse.Namespace, output: TextIO) -> Status | None:
    """Check every target; the worst status, None where it was interrupted.

    Raises UsageError before anything is read where the options make no sense.
    """
    if not options.targets and not options.target_files:
        raise UsageError("name a TARGET, or a file of them with --targets FILE (- for stdin)")
    if not 0 < options.timeout <= MAX_TIMEOUT_SECONDS:
        raise UsageError(f"--timeout takes seconds, more than 0 and up to {MAX_TIMEOUT_SECONDS}")
    if not 0 < options.concurrency <= MAX_CONCURRENCY:
        raise UsageError(f"--concurrency takes a number from 1 to {MAX_CONCURRENCY}")
    judging = load_judging(options)
    report = open_report(options, output)
    descriptors = open_target_files(options.target_files, standard_input=0)
    statuses = {Status.ok}

    limits = None
    if options.fetch:
        from halfshake.commands.fetching import fetch_limits

        limits = fetch_limits(options)
    elif options.fetch_from:
        raise UsageError("--fetch-from goes with --fetch")

    async def read(text: str) -> tuple[Observation | ProbeFailure, Fetched | None]:
        result = await _read(text, options)
        if limits is None or isinstance(result, ProbeFailure):
            return result, None
        from halfshake.commands.fetching import fetch_for

        return result, await fetch_for(result, judging.store, limits)

    def take(reading: tuple[Observation | ProbeFailure, Fetched | None]) -> None:
        result, fetched = reading
        statuses.add(report_one(result, judging, report, fetched=fetched))

    try:
        asyncio.run(
            read_each(
                all_targets(options.targets, descriptors),
                read,
                take,
                window=_window(options.concurrency),
            )
        )
    except KeyboardInterrupt:
        report.finish(interrupted=True)
        return None
    report.finish(interrupted=False)
    return worst_status(statuses)


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


def _window(concurrency: int) -> int:
    """Stay within the descriptors that this process may open, and raise the limit if it helps."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = concurrency + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, soft - SPARE_DESCRIPTORS)
    return concurrency


# Enough to hide the network's delay, few enough for a small ulimit.
DEFAULT_CONCURRENCY = 100
MAX_CONCURRENCY = 10_000
MAX_TIMEOUT_SECONDS = 3600

# Standard streams, the event loop's own, target files, and what resolvers open for themselves.
SPARE_DESCRIPTORS = 40
