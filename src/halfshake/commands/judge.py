"""`halfshake judge`: judge saved readings again, for another time or with another trust store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.commands.judging import load_judging, open_report, report_one, report_summary
from halfshake.errors import UsageError
from halfshake.inputs.options import SAVED_READINGS
from halfshake.observation import FacesRead, Observation
from halfshake.report.options import FOR_PEOPLE, OUTPUT
from halfshake.trust.options import JUDGING
from halfshake.trust.status import Status, worst_status

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from halfshake.commands.judging import Judging
    from halfshake.observation import ProbeFailure
    from halfshake.report.report import Report


GROUPS = (SAVED_READINGS, OUTPUT, FOR_PEOPLE, *JUDGING)


def run_judge(options: argparse.Namespace, output: TextIO) -> Status | None:
    """Judge every saved reading; return the worst status, or None if interrupted.

    A reading is compared with the previous one of the same target and face. At each saved summary,
    the faces of that run are compared with each other. A line that is not a reading is reported on
    standard error and counts as unknown. Raises UsageError if a file cannot be opened.
    """
    judging = load_judging(options)
    report = open_report(options, output, many=True)
    try:
        statuses = _judge_all(options, judging, report)
    except KeyboardInterrupt:
        report.finish(interrupted=True)
        return None
    report.finish(interrupted=False)
    return worst_status(statuses | report.undelivered())


def _judge_all(options: argparse.Namespace, judging: Judging, report: Report) -> set[Status]:
    from halfshake.stored.saved_readings import SavedSummary, saved_readings

    statuses = {Status.ok}
    earlier: dict[tuple[object, ...], Observation] = {}
    faces: dict[str, list[Observation]] = {}

    def complain(sentence: str) -> None:
        print(f"halfshake: {sentence}", file=sys.stderr)
        statuses.add(Status.unknown)

    for name in options.files:
        for result in saved_readings(_lines(name), name, complain):
            text = result.target.text
            if isinstance(result, SavedSummary):
                read = tuple(faces.pop(text, ()))
                shown = FacesRead(
                    result.target, result.observed_at, read, result.absent, result.failed
                )
                statuses.add(report_summary(shown, judging, report))
                continue
            which = (text, result.key_type, result.face)
            named = _asked_for(result, options.server_name)
            statuses.add(report_one(named, judging, report, earlier=earlier.get(which)))
            if isinstance(result, Observation):
                earlier[which] = result
                if result.face is not None:
                    faces.setdefault(text, []).append(result)
    return statuses


def _asked_for(result: Observation | ProbeFailure, name: str | None) -> Observation | ProbeFailure:
    if name is None:
        return result
    return result._replace(target=result.target._replace(server_name=name))


def _lines(name: str) -> Iterator[str]:
    if name == "-":
        yield from _text(sys.stdin.buffer)
        return
    try:
        with Path(name).open("rb") as file:
            yield from _text(file)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error


def _text(lines: Iterable[bytes]) -> Iterator[str]:
    # Text that is not UTF-8 is not JSON either, and is reported as such.
    return (line.decode(errors="replace") for line in lines)
