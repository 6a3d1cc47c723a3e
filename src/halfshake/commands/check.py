"""`halfshake check`: read, judge and report one target, or as many as come."""

from __future__ import annotations

import asyncio
import resource
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from halfshake.commands.face_options import protocols, several_faces
from halfshake.commands.judging import load_judging, open_report, report_one, report_summary
from halfshake.commands.way_in import routes
from halfshake.dial.options import FETCHING, WAY_IN
from halfshake.errors import FailureReason, Phase, TargetInvalid, UsageError
from halfshake.inputs.certificate_files import read_password
from halfshake.inputs.options import TARGETS
from halfshake.inputs.target_list import all_targets, open_target_files
from halfshake.inputs.target_text import parse_target
from halfshake.observation import FacesRead, Observation, ProbeFailure, Timings
from halfshake.reading.many import read_each
from halfshake.reading.options import CONCURRENCY, FACES, HELLO, LIMITS, TIMEOUT
from halfshake.reading.probe import probe
from halfshake.report.options import OUTPUT
from halfshake.stored.options import STORED_FILES
from halfshake.target import Target
from halfshake.trust.options import JUDGING
from halfshake.trust.policy import ExpectedClientAuth
from halfshake.trust.verdict import Status, worst_status

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import TextIO

    from halfshake.commands.faces import FaceReader
    from halfshake.commands.judging import Judging
    from halfshake.dial.route import Route
    from halfshake.trust.rules.pointers import Fetched

    Reading: TypeAlias = tuple[Observation | ProbeFailure | FacesRead, Fetched | None]


GROUPS = (TARGETS, OUTPUT, *JUDGING, STORED_FILES, LIMITS, FETCHING, WAY_IN, HELLO, FACES)


def run_check(options: argparse.Namespace, output: TextIO) -> Status | None:
    """Check every target; the worst status, None where it was interrupted.

    Raises UsageError before anything is read where the options make no sense.
    """
    _refuse_nonsense(options)
    judging = load_judging(options)
    options.password = read_password(options.password_file) if options.password_file else None
    report = open_report(options, output)
    descriptors = open_target_files(options.target_files, standard_input=0)
    statuses = {Status.ok}

    _decide_on_enforcement(options)

    def take(reading: Reading) -> None:
        result, fetched = reading
        if isinstance(result, FacesRead):
            statuses.add(report_summary(result, judging, report))
        else:
            statuses.add(report_one(result, judging, report, fetched=fetched))

    read = _reader(options, judging, routes(options), take)

    if options.audit_store:
        from halfshake.stored.audit import audit

        now = judging.at or datetime.now(UTC)
        take((audit(judging.store, judging.policy, now), None))
    each = options.per_host if several_faces(options) else 1
    try:
        asyncio.run(
            read_each(
                _each(all_targets(options.targets, descriptors)),
                read,
                take,
                window=max(1, _window(options.concurrency * each) // each),
            )
        )
    except KeyboardInterrupt:
        report.finish(interrupted=True)
        return None
    report.finish(interrupted=False)
    return worst_status(statuses | report.undelivered())


def _refuse_nonsense(options: argparse.Namespace) -> None:
    if not (options.targets or options.target_files or options.audit_store):
        raise UsageError("name a TARGET, or a file of them with --targets FILE (- for stdin)")
    if not 0 < options.timeout <= (TIMEOUT.most or 0):
        raise UsageError(f"--timeout takes seconds, more than 0 and up to {TIMEOUT.most}")
    if not 0 < options.concurrency <= (CONCURRENCY.most or 0):
        raise UsageError(f"--concurrency takes a number from 1 to {CONCURRENCY.most}")
    if options.fetch_from and not options.fetch:
        raise UsageError("--fetch-from goes with --fetch")


def _decide_on_enforcement(options: argparse.Namespace) -> None:
    """A path, and any expectation that the first visit cannot answer, need the second one."""
    options.enforcement |= options.enforcement_path is not None
    options.enforcement |= options.expect_client_auth not in {None, ExpectedClientAuth.requested}
    if options.enforcement_path is None:
        options.enforcement_path = "/"
    if options.enforcement:
        from halfshake.reading.second_visit import check_path

        check_path(options.enforcement_path)


def _reader(
    options: argparse.Namespace,
    judging: Judging,
    route_for: Callable[[Target], Route],
    take: Callable[[Reading], None],
) -> Callable[[str], Awaitable[Reading]]:
    fetch = _fetcher(options, judging)
    faces = None
    if several_faces(options):
        from halfshake.commands.faces import FaceReader

        async def take_face(result: Observation | ProbeFailure) -> None:
            take((result, await fetch(result)))

        faces = FaceReader(options, take_face)

    async def read(text: str) -> Reading:
        result = await _read(text, options, route_for, faces)
        return result, None if isinstance(result, FacesRead) else await fetch(result)

    return read


def _fetcher(
    options: argparse.Namespace, judging: Judging
) -> Callable[[Observation | ProbeFailure], Awaitable[Fetched | None]]:
    if not options.fetch:

        async def nothing(_: Observation | ProbeFailure) -> None:
            return None

        return nothing
    from halfshake.commands.fetching import fetch_for, fetch_limits

    limits = fetch_limits(options)

    async def fetch(result: Observation | ProbeFailure) -> Fetched | None:
        if isinstance(result, ProbeFailure):
            return None
        return await fetch_for(result, judging.store, limits)

    return fetch


async def _read(
    text: str,
    options: argparse.Namespace,
    route_for: Callable[[Target], Route],
    faces: FaceReader | None,
) -> Observation | ProbeFailure | FacesRead:
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
    if faces is not None:
        return await faces.read(target, route_for(target))
    return await probe(
        target,
        timeout_seconds=options.timeout,
        key_type=options.key_type,
        alpn=protocols(options),
        route=route_for(target),
        enforcement=options.enforcement,
        enforcement_path=options.enforcement_path,
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

# Standard streams, the event loop's own, target files, and what resolvers open for themselves.
SPARE_DESCRIPTORS = 40
