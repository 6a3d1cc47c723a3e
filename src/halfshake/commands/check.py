"""`halfshake check`: read, judge and report one target, or as many as come."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from halfshake.config import load_trust_store, parse_threshold
from halfshake.errors import FailureReason, Phase, TargetInvalid, UsageError
from halfshake.observation import Observation, ProbeFailure, Timings
from halfshake.prober import probe
from halfshake.readings import read_each
from halfshake.target import Target, parse_target
from halfshake.target_list import all_targets, open_target_files
from halfshake.tls.client_hello import KeyType
from halfshake.trust.policy import Policy
from halfshake.trust.verdict import Status, judge, worst_status

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from halfshake.report.report import Report
    from halfshake.trust.store import TrustStore


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
    output = check.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print a JSON line for each target")
    output.add_argument(
        "--nagios", action="store_true", help="print one status line with performance data"
    )
    check.add_argument(
        "--dogstatsd",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="send metrics to Datadog's agent as well: udp://127.0.0.1:8125 or unix:///PATH; "
        "without ADDRESS to DD_DOGSTATSD_URL or DD_AGENT_HOST",
    )
    _add_trust_arguments(check.add_argument_group("trust"))
    _add_limit_arguments(check.add_argument_group("limits"))
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


def _add_trust_arguments(trust: argparse._ArgumentGroup) -> None:
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


def _add_limit_arguments(limits: argparse._ArgumentGroup) -> None:
    limits.add_argument(
        "-w", "--warning", metavar="LEFT", help="time left that is a warning: 14d, 36h, 33%%"
    )
    limits.add_argument("-c", "--critical", metavar="LEFT", help="time left that is critical")
    limits.add_argument(
        "--timeout",
        type=float,
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
    policy = Policy(
        parse_threshold(options.warning) if options.warning else None,
        parse_threshold(options.critical) if options.critical else None,
    )
    store = load_trust_store(options.ca_file, options.ca_path, system=options.system_store)
    descriptors = open_target_files(options.target_files, standard_input=0)
    client = _dogstatsd_client(options)
    report = _report(options, output, client)
    statuses = {Status.ok}

    def take(result: Observation | ProbeFailure) -> None:
        statuses.add(_report_one(result, options, store, policy, report))

    try:
        asyncio.run(
            read_each(
                all_targets(options.targets, descriptors),
                lambda text: _read(text, options),
                take,
                window=_window(options.concurrency),
            )
        )
    except KeyboardInterrupt:
        report.finish(interrupted=True)
        return None
    report.finish(interrupted=False)
    if client is not None and client.packets_dropped:
        sys.stderr.write("halfshake: not everything could be sent to DogStatsD\n")
        statuses.add(Status.unknown)
    return worst_status(statuses)


def _dogstatsd_client(options: argparse.Namespace) -> Any:
    if options.dogstatsd is None:
        return None
    from halfshake.commands.dogstatsd import dogstatsd_address, dogstatsd_client

    return dogstatsd_client(dogstatsd_address(options.dogstatsd, os.environ), os.environ)


def _report(options: argparse.Namespace, output: TextIO, client: Any) -> Report:
    printed = _printed(options, output)
    if client is None:
        return printed
    from halfshake.report.dogstatsd import DogStatsdReport
    from halfshake.report.together import Together

    return Together(printed, DogStatsdReport(client))


def _printed(options: argparse.Namespace, output: TextIO) -> Report:
    # Nagios runs us every minute: nothing is imported that the chosen output does not need.
    if options.json:
        from halfshake.report.jsonlines import JsonLines

        return JsonLines(output)
    if options.nagios:
        from halfshake.report.nagios import Nagios

        return Nagios(output)
    from halfshake.report.console import Page

    return Page(output)


def _report_one(
    result: Observation | ProbeFailure,
    options: argparse.Namespace,
    store: TrustStore,
    policy: Policy,
    report: Report,
) -> Status:
    if isinstance(result, ProbeFailure):
        status = Status(options.on_failure)
        report.failure(result, status)
        return status
    verdict = judge(result, store, policy, datetime.now(UTC))
    report.reading(result, verdict)
    return verdict.status


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
