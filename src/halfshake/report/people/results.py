"""What people see: one result is a page, several targets are a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.report.people.console import Page, console_for
from halfshake.report.people.console_list import List
from halfshake.report.people.tally import Tally
from halfshake.report.people.wanted import Sort
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from halfshake.observation import FacesRead, Observation, ProbeFailure
    from halfshake.report.people.console_progress import ProgressLine
    from halfshake.report.people.wanted import Wanted
    from halfshake.trust.comparison import Summary
    from halfshake.trust.verdict import Verdict


class ForPeople:
    """Holds the first results back until it shows whether there are many; a `Report`.

    A few faces of one target are pages too. Where `many` may come, the progress line shows at once
    that they are waited for.
    """

    def __init__(self, stream: TextIO, wanted: Wanted, *, many: bool) -> None:
        self._console = console_for(stream)
        self._wanted = wanted
        self._list = List(self._console, wanted)
        self._is_list = wanted.sort is Sort.none
        self._held: list[_Held] = []
        self._tally = Tally()
        self._progress: ProgressLine | None = None
        if many:
            self._show_progress()

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Take one reading and its verdict."""
        self._tally.count(verdict.status)
        self._take(verdict.status, observation, lambda to: to.reading(observation, verdict))

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Take one failed reading."""
        self._tally.count(status)
        self._take(status, failure, lambda to: to.failure(failure, status))

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Take what the readings before show together."""
        self._tally.what = "reading"
        self._take(summary.status, None, lambda to: to.summary(faces, summary))

    def finish(self, *, interrupted: bool) -> None:
        """Print what was held back or kept, and how many were what."""
        if self._progress is not None:
            self._progress.stop()
        page = Page(self._console)
        for held in self._held:
            if held.status is not Status.ok or not self._wanted.only_problems:
                held.show(page)
        self._list.print_kept()
        if self._tally.total > 1 or interrupted:
            stopped = "interrupted after " if interrupted else ""
            self._console.print(f"{stopped}{self._tally.sentence()}")

    def _take(
        self,
        status: Status,
        result: Observation | ProbeFailure | None,
        show: Callable[[Page | List], None],
    ) -> None:
        if self._is_list:
            show(self._list)
            return
        if result is not None and not self._is_one_more_page(result):
            self._is_list = True
            self._show_progress()
            for held in self._held:
                held.show(self._list)
            self._held.clear()
            show(self._list)
            return
        face_of = None if result is None or result.face is None else result.target.text
        self._held.append(_Held(status, face_of, show))

    def _is_one_more_page(self, result: Observation | ProbeFailure) -> bool:
        """The first result is a page, and so are a few more if they are faces of one target."""
        if not self._held:
            return True
        return len(self._held) < MAX_PAGES and all(
            held.face_of == result.target.text and result.face is not None for held in self._held
        )

    def _show_progress(self) -> None:
        keeps = self._wanted.sort is not Sort.none
        if self._progress is None and keeps and self._console.file.isatty():
            # Most runs read one target, or write to no terminal: they do without the import.
            from halfshake.report.people.console_progress import ProgressLine  # noqa: PLC0415

            self._progress = ProgressLine(self._console, self._tally)


class _Held(NamedTuple):
    """A result that is not shown yet; of a face, whose face it is."""

    status: Status
    face_of: str | None
    show: Callable[[Page | List], None]


# A handful of pages fits a few screens; of more faces a line each tells more.
MAX_PAGES = 4
