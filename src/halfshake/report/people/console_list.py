"""The list for people: a line for each of many results, the worst one above the prompt.

Sorted lines are printed at the end, so what they need is kept until then: some 500 bytes a result,
and the page of those that are wanted in full. Unsorted lines are printed as they come, and nothing
is kept.
"""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from halfshake.report.people.console import STATUS_STYLES, Page, console_for, named, printable
from halfshake.report.people.seen import seen_unproven
from halfshake.report.people.wanted import Sort
from halfshake.trust.findings import Severity
from halfshake.trust.rules.dates import SECONDS_PER_DAY
from halfshake.trust.status import STATUS_ORDER, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.report.people.wanted import Wanted
    from halfshake.trust.comparison import Summary
    from halfshake.trust.findings import Finding
    from halfshake.trust.verdict import Verdict


class Row(NamedTuple):
    """One result, as far as it is shown.

    `ends` is what stands in the column of days: the days left, or why there are none. `page` is the
    whole page, where it is wanted instead of the line. A summary keeps the rows of its `faces`.
    """

    status: Status
    target: str
    seconds_left: float | None
    ends: str
    text: str
    page: str = ""
    faces: tuple[Row, ...] = ()


class List:
    """Collects rows and prints them."""

    def __init__(self, console: Console, wanted: Wanted) -> None:
        self._console = console
        # A pipe that wants colours (FORCE_COLOR) has no width to fit into.
        self._is_read_live = console.file.isatty()
        self._wanted = wanted
        # Pages are rendered aside: what goes through the console itself moves the progress line.
        self._rendering = io.StringIO()
        self._page = Page(console_for(self._rendering, terminal=console.is_terminal))
        self._kept: list[Row] = []
        self._faces: dict[str, list[Row]] = {}

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Take one reading and its verdict."""
        seconds = verdict.seconds_left
        row = Row(
            status=verdict.status,
            target=named(observation),
            seconds_left=seconds,
            ends="no date" if seconds is None else f"{seconds / SECONDS_PER_DAY:.1f} days",
            text=_problems(verdict.findings),
            page=self._rendered(verdict.status, lambda: self._page.reading(observation, verdict)),
        )
        self._take(row, observation)

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Take one failed reading."""
        seen = seen_unproven(failure)
        row = Row(
            status=status,
            target=named(failure),
            seconds_left=None,
            ends="not read",
            text=f"{failure.reason.value}: {failure.detail}" + (f"; seen: {seen}" if seen else ""),
            page=self._rendered(status, lambda: self._page.failure(failure, status)),
        )
        self._take(row, failure)

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Take what the readings before show together; its line stands below theirs."""
        compared = f"{len(faces.read)} compared"
        row = Row(
            status=summary.status,
            target=faces.target.text,
            seconds_left=None,
            ends=compared,
            text=_problems(summary.findings),
            page=self._rendered(summary.status, lambda: self._page.summary(faces, summary)),
            faces=tuple(self._faces.pop(faces.target.text, ())),
        )
        self._keep_or_print(row)

    def print_kept(self) -> None:
        """Print what was kept, in order."""
        rows = [*self._kept, *(row for rows in self._faces.values() for row in rows)]
        rows.sort(key=_ORDERS[self._wanted.sort])
        width = max((cell_len(row.target) for row in _each(rows)), default=0)
        width = min(width, self._widest_target())
        for row in _each(rows):
            self._print(row, width)
        self._console.file.flush()

    def _rendered(self, status: Status, show: Callable[[], None]) -> str:
        if self._wanted.verbose <= (status is Status.ok):
            return ""
        show()
        page = self._rendering.getvalue()
        self._rendering.seek(0)
        self._rendering.truncate()
        return page

    def _take(self, row: Row, result: Observation | ProbeFailure) -> None:
        if result.face is not None and self._wanted.sort is not Sort.none:
            self._faces.setdefault(result.target.text, []).append(row)
        else:
            self._keep_or_print(row)

    def _keep_or_print(self, row: Row) -> None:
        if self._wanted.sort is not Sort.none:
            self._kept.append(row)
            return
        self._print(row, self._widest_target())
        self._console.file.flush()

    def _print(self, row: Row, target_width: int) -> None:
        if self._wanted.only_problems and row.status is Status.ok:
            return
        if row.page:
            self._console.file.write(row.page)
            return
        target = printable(row.target)
        if self._is_read_live:
            target = _shortened(target, target_width)
        padding = " " * (target_width - cell_len(target))
        status = f"{row.status.name.upper():<9}"
        rest = f"{target}{padding}  {row.ends:>11}  {printable(row.text)}".rstrip()
        self._write(Text.assemble((status, STATUS_STYLES[row.status]), rest))

    def _write(self, line: Text) -> None:
        if not self._console.is_terminal:
            # Three times as quick, and with a million lines that is minutes.
            self._console.file.write(f"{line.plain}\n")
            return
        # One line a target is the point of the list: what is too long is told by -v.
        if self._is_read_live and line.cell_len > self._console.width:
            line = line[: len(_cut(line.plain, self._console.width - 3))] + Text("...")
        self._console.print(line)

    def _widest_target(self) -> int:
        if self._is_read_live:
            return min(MAX_TARGET_WIDTH, int(self._console.width * TARGETS_SHARE))
        return MAX_TARGET_WIDTH


def _each(rows: list[Row]) -> Iterator[Row]:
    """Every row, a summary's faces before it."""
    for row in rows:
        yield from row.faces
        yield row


def _problems(findings: tuple[Finding, ...]) -> str:
    """The first finding that makes a status, and how many more there are."""
    problems = [finding for finding in findings if finding.severity > Severity.info]
    if not problems:
        return ""
    more = f" +{len(problems) - 1}" if len(problems) > 1 else ""
    return f"{problems[0].code}{more}: {problems[0].message}"


def _shortened(target: str, width: int) -> str:
    """Leave out the middle: what tells targets apart stands at both ends."""
    if cell_len(target) <= width:
        return target
    end = target[-(width // 2) :]
    return _cut(target, width - 3 - cell_len(end)) + "..." + end


def _cut(text: str, width: int) -> str:
    return set_cell_size(text, max(0, width)).rstrip() if cell_len(text) > width else text


def _worst(row: Row) -> tuple[int, float, str]:
    """Status by status, the soonest to end last; within them by name."""
    every = (row, *row.faces)
    worst = max(STATUS_ORDER.index(one.status) for one in every)
    return worst, -_soonest(every), _natural(row.target)


def _days(row: Row) -> tuple[float, str]:
    return -_soonest((row, *row.faces)), _natural(row.target)


def _soonest(rows: tuple[Row, ...]) -> float:
    return min((row.seconds_left for row in rows if row.seconds_left is not None), default=math.inf)


def _target(row: Row) -> str:
    return _natural(row.target)


def _natural(text: str) -> str:
    """Numbers by their value: 10.0.0.9 stands before 10.0.0.10."""
    return _NUMBER.sub(lambda number: number[0].zfill(NUMBER_DIGITS), text)


_ORDERS: dict[Sort, Callable[[Row], Any]] = {
    Sort.worst: _worst,
    Sort.days: _days,
    Sort.target: _target,
    Sort.none: lambda _: 0,
}
_NUMBER = re.compile(r"[0-9]+")

# A port has five digits, and few hosts are numbered higher.
NUMBER_DIGITS = 5

# A column as wide as a long URL would push everything else out of sight.
MAX_TARGET_WIDTH = 48
TARGETS_SHARE = 0.4
