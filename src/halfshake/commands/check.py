"""`halfshake check`: read, judge and report one target, or as many as come."""

from __future__ import annotations

import asyncio
import resource
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halfshake.commands.way_in import add_way_in_arguments, routes
from halfshake.config import load_trust_store, parse_threshold, read_password
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
    from collections.abc import AsyncIterator, Callable
    from typing import TextIO

    from halfshake.dial.route import Route
    from halfshake.report.report import Report
    from halfshake.trust.store import TrustStore


def add_arguments(check: argparse.ArgumentParser) -> None:
    """Declare what `check` takes."""
    check.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help="host, host:port, [IPv6]:port, https://host, smtp://host, unix:/path, "
        "file:/path/cert.pem ...",
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
    _add_trust_arguments(check.add_argument_group("trust"))
    _add_limit_arguments(check.add_argument_group("limits"))
    add_way_in_arguments(check.add_argument_group("the way in"))
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
    trust.add_argument(
        "--audit-store",
        action="store_true",
        help="report the CAs of the trust store too that have expired or are about to",
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
    if not (options.targets or options.target_files or options.audit_store):
        raise UsageError("name a TARGET, or a file of them with --targets FILE (- for stdin)")
    if not 0 < options.timeout <= MAX_TIMEOUT_SECONDS:
        raise UsageError(f"--timeout takes seconds, more than 0 and up to {MAX_TIMEOUT_SECONDS}")
    if not 0 < options.concurrency <= MAX_CONCURRENCY:
        raise UsageError(f"--concurrency takes a number from 1 to {MAX_CONCURRENCY}")
    policy = Policy(
        parse_threshold(options.warning) if options.warning else None,
        parse_threshold(options.critical) if options.critical else None,
    )
    route_for = routes(options)
    options.password = read_password(options.password_file) if options.password_file else None
    store = load_trust_store(options.ca_file, options.ca_path, system=options.system_store)
    descriptors = open_target_files(options.target_files, standard_input=0)
    report = _report(options, output)
    statuses = {Status.ok}

    def take(result: Observation | ProbeFailure) -> None:
        statuses.add(_report_one(result, options, store, policy, report))

    if options.audit_store:
        from halfshake.stored.audit import audit

        take(audit(store, policy, datetime.now(UTC)))
    try:
        asyncio.run(
            read_each(
                _each(all_targets(options.targets, descriptors)),
                lambda text: _read(text, options, route_for),
                take,
                window=_window(options.concurrency),
            )
        )
    except KeyboardInterrupt:
        report.finish(interrupted=True)
        return None
    report.finish(interrupted=False)
    return worst_status(statuses)


def _report(options: argparse.Namespace, output: TextIO) -> Report:
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


async def _read(
    text: str, options: argparse.Namespace, route_for: Callable[[Target], Route]
) -> Observation | ProbeFailure:
    if text.startswith(STORED):
        return _read_stored(text, options)
    try:
        target = parse_target(text, server_name=options.server_name, starttls=options.starttls)
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
        route=route_for(target),
    )


async def _each(targets: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yield targets; for a directory, a glob or a kubeconfig each certificate in it."""
    async for text in targets:
        if not text.startswith(STORED):
            yield text
            continue
        from halfshake.stored.reader import expand

        for stored in expand(text):
            yield stored


def _read_stored(text: str, options: argparse.Namespace) -> Observation | ProbeFailure:
    from halfshake.stored.reader import read_stored

    now = datetime.now(UTC)
    return read_stored(text, server_name=options.server_name, password=options.password, now=now)


def _window(concurrency: int) -> int:
    """Stay within the descriptors that this process may open, and raise the limit if it helps."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = concurrency + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, soft - SPARE_DESCRIPTORS)
    return concurrency


STORED = ("file:", "kubeconfig:")

# Enough to hide the network's delay, few enough for a small ulimit.
DEFAULT_CONCURRENCY = 100
MAX_CONCURRENCY = 10_000
MAX_TIMEOUT_SECONDS = 3600

# Standard streams, the event loop's own, target files, and what resolvers open for themselves.
SPARE_DESCRIPTORS = 40
