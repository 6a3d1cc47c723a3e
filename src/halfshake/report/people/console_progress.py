"""The line that moves while results are kept to be sorted; on terminals alone."""

from __future__ import annotations

import atexit
import sys
from typing import TYPE_CHECKING

from rich.live import Live
from rich.spinner import Spinner

if TYPE_CHECKING:
    from rich.console import Console

    from halfshake.report.people.tally import Tally


class ProgressLine:
    """Shows a tally from now on, redrawn by a thread of rich; leaves nothing behind."""

    def __init__(self, console: Console, tally: Tally) -> None:
        self._tally = tally
        self._spinner = Spinner("line")
        self._live = Live(
            console=console,
            get_renderable=self._line,
            refresh_per_second=REFRESHED_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            # A complaint that goes to the same terminal stands above the line.
            redirect_stderr=sys.stderr.isatty(),
        )
        # Whatever ends the command, the terminal gets its cursor back.
        atexit.register(self._live.stop)
        self._live.start()

    def stop(self) -> None:
        """Clear the line."""
        self._live.stop()
        atexit.unregister(self._live.stop)

    def _line(self) -> Spinner:
        self._spinner.update(text=self._tally.progress())
        return self._spinner


REFRESHED_PER_SECOND = 8
