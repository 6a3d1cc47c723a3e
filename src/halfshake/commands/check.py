"""`halfshake check`: read, judge and report one target, or as many as come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halfshake import event_loop
from halfshake.commands.judging import load_judging, open_report, report_one, report_summary
from halfshake.commands.target_reader import each_target, target_reader
from halfshake.commands.values.face_options import several_faces
from halfshake.commands.values.second_visit import decide_on_second_visit
from halfshake.commands.values.way_in import routes
from halfshake.dial.options import FETCHING, WAY_IN
from halfshake.errors import UsageError
from halfshake.inputs.options import TARGETS
from halfshake.inputs.target_list import all_targets, open_target_files
from halfshake.observation import FacesRead
from halfshake.reading.many import read_each
from halfshake.reading.options import CONCURRENCY, FACES, HELLO, LIMITS, TIMEOUT
from halfshake.reading.window import raised_window
from halfshake.report.options import FOR_PEOPLE, OUTPUT
from halfshake.stored.options import STORED_FILES
from halfshake.trust.options import JUDGING
from halfshake.trust.status import Status, worst_status

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from halfshake.commands.target_reader import Reading


GROUPS = (
    TARGETS,
    OUTPUT,
    FOR_PEOPLE,
    *JUDGING,
    STORED_FILES,
    LIMITS,
    FETCHING,
    WAY_IN,
    HELLO,
    FACES,
)


def run_check(options: argparse.Namespace, output: TextIO) -> Status | None:
    """Check every target; return the worst status, or None if interrupted.

    Raises UsageError before anything is read if the options make no sense.
    """
    _refuse_nonsense(options)
    decide_on_second_visit(options)
    judging = load_judging(options)
    options.password = _password(options.password_file) if options.password_file else None
    targets = all_targets(
        options.targets, open_target_files(options.target_files, standard_input=0)
    )
    many = len(options.targets) > 1 or bool(options.target_files) or several_faces(options)
    report = open_report(options, output, many=many)
    statuses = {Status.ok}

    def take(reading: Reading) -> None:
        result, fetched = reading
        if isinstance(result, FacesRead):
            statuses.add(report_summary(result, judging, report))
        else:
            statuses.add(report_one(result, judging, report, fetched=fetched))

    read = target_reader(options, judging, routes(options), take)
    if options.audit_store:
        from halfshake.stored.audit import audit

        now = judging.at or datetime.now(UTC)
        take((audit(judging.store, judging.policy, now), None))
    each = options.per_host if several_faces(options) else 1
    window = max(1, raised_window(options.concurrency * each) // each)
    try:
        event_loop.run(read_each(each_target(targets), read, take, window=window))
    except KeyboardInterrupt:
        report.finish(interrupted=True)
        return None
    report.finish(interrupted=False)
    return worst_status(statuses | report.undelivered())


def _password(path: str) -> bytes:
    from halfshake.inputs.certificate_files import read_password

    return read_password(path)


def _refuse_nonsense(options: argparse.Namespace) -> None:
    if not (options.targets or options.target_files or options.audit_store):
        raise UsageError("give a TARGET, or a file of targets with --targets FILE (- for stdin)")
    if not 0 < options.timeout <= (TIMEOUT.most or 0):
        raise UsageError(f"--timeout must be more than 0 and at most {TIMEOUT.most} seconds")
    if not 0 < options.concurrency <= (CONCURRENCY.most or 0):
        raise UsageError(f"--concurrency must be a number from 1 to {CONCURRENCY.most}")
    if options.fetch_from and not options.fetch:
        raise UsageError("--fetch-from only works together with --fetch")
