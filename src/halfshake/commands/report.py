"""`halfshake report`: the page as one file, to mail, from saved readings or from a history."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.report.page.options import REPORT
from halfshake.trust.status import Status

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TextIO

    from halfshake.report.page.collected import Collected
    from halfshake.report.page.views import Endpoint, Row

GROUPS = (REPORT,)


def run_report(options: argparse.Namespace, output: TextIO) -> Status:
    """Write the report: ok, or unknown where a line is no reading. Raises UsageError.

    What is told is as of the newest reading: a report is read later than it is written.
    """
    if bool(options.files) is bool(options.history):
        raise UsageError("name files of readings, or a history with --history: one of the two")
    if not 1 <= options.most <= MOST_ENDPOINTS:
        raise UsageError(f"--most is between 1 and {MOST_ENDPOINTS}, not {options.most}")
    from halfshake.report.page.collected import Collected

    statuses: set[Status] = set()
    if options.history:
        rows, endpoint = _from_history(options.history)
    else:
        collected = Collected()
        statuses = _take_files(collected, options.files)
        rows, endpoint = collected.rows(), collected.endpoint
    _write(_written(rows, endpoint, options), options.output, output)
    return Status.unknown if statuses else Status.ok


def _written(
    rows: Sequence[Row], endpoint: Callable[[str], Endpoint], options: argparse.Namespace
) -> str:
    from halfshake.report.page.selection import selected
    from halfshake.report.page.written import one_file

    newest = max((row.last_seen_at for row in rows if row.last_seen_at), default=None)
    if newest is None:
        where = options.history or ", ".join(options.files)
        raise UsageError(f"there is no reading in {where}: `check --json` and `watch` write them")
    overview, targets, left_out = selected(rows, newest, options.most)
    return one_file(options.title, overview, [endpoint(target) for target in targets], left_out)


def _take_files(collected: Collected, files: Iterable[str]) -> set[Status]:
    statuses = set()
    for name in files:
        for number, line in enumerate(_lines(name), start=1):
            if not line.strip():
                continue
            try:
                collected.take(line)
            except ValueError as error:
                sentence = f"{name}, line {number} is not a result document of Halfshake: {error}"
                print(f"halfshake: {sentence}", file=sys.stderr)
                statuses.add(Status.unknown)
    return statuses


def _from_history(path: str) -> tuple[list[Row], Callable[[str], Endpoint]]:
    from halfshake.history.database import file_address
    from halfshake.report.page.views import Wanted
    from halfshake.watch.web.pages.endpoint import endpoint_of
    from halfshake.watch.web.pages.past import PastSource
    from halfshake.watch.web.pages.source import Unavailable

    address = file_address(path)
    source = PastSource(lambda: address, lambda *_: None)
    rows: list[Row] = []
    try:
        while found := source.rows(Wanted(order="target", offset=len(rows), limit=10_000)).rows:
            rows += found
    except Unavailable as error:
        raise UsageError(f"{error}") from error
    return rows, lambda target: endpoint_of(source, target)


def _lines(name: str) -> Iterator[bytes]:
    if name == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield from file
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error


def _write(text: str, path: str, output: TextIO) -> None:
    if path == "-":
        if not (output.encoding or "utf-8").lower().startswith("utf"):
            text = text.encode("ascii", "xmlcharrefreplace").decode()
        output.write(text)
        return
    # Whole or not at all: a reader never sees half a report.
    unfinished = f"{path}.part"
    try:
        Path(unfinished).write_text(text, encoding="utf-8")
        os.replace(unfinished, path)  # noqa: PTH105
    except OSError as error:
        Path(unfinished).unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


MOST_ENDPOINTS = 100_000
