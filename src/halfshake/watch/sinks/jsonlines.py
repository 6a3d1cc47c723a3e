"""Results and events as JSON lines (docs/result-document.md) in a file, rotated by its length."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.observation import Observation
from halfshake.report.event_line import event_line
from halfshake.report.jsonlines import failure_line, reading_line, summary_line

if TYPE_CHECKING:
    from halfshake.event import Event
    from halfshake.observation import FacesRead
    from halfshake.trust.comparison import Summary
    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.keys.sinks import JsonLines
    from halfshake.watch.settings.watched import Watched


class JsonLinesReceiver:
    """Appends each result and event to the file. Raises UsageError where it cannot be opened."""

    name = "jsonlines"

    def __init__(self, settings: JsonLines) -> None:
        try:
            self._file = _Rotated(
                settings.path,
                maxBytes=settings.max_bytes,
                backupCount=settings.keep,
                encoding="utf-8",
                delay=True,
            )
            # Say now that it cannot be written; open it at the first line, when the sink that was
            # there before has rotated the file for the last time.
            with Path(settings.path).open("ab"):
                pass
        except OSError as error:
            raise UsageError(
                f"sinks.jsonlines: {settings.path} cannot be written: {error.strerror}"
            ) from error

    def take(self, watched: Watched, judged: Judged) -> None:  # noqa: ARG002 - the document is a contract
        """Write one line."""
        if isinstance(judged.result, Observation):
            assert judged.verdict is not None
            line = reading_line(judged.result, judged.verdict)
        else:
            line = failure_line(judged.result, judged.status)
        self._write(line)

    def take_faces(self, watched: Watched, faces: FacesRead, summary: Summary) -> None:  # noqa: ARG002 - as above
        """Write the line that `check` writes after a target's faces."""
        self._write(summary_line(faces, summary))

    def tell(self, event: Event) -> None:
        """Write one line."""
        self._write(event_line(event))

    def forget(self, watched: Watched) -> None:
        """A file forgets nothing."""

    def _write(self, line: str) -> None:
        self._file.emit(logging.LogRecord("", logging.INFO, "", 0, line, None, None))

    def idle(self) -> None:
        """Every line is written at once."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Rotated(RotatingFileHandler):
    """The standard library's rotation, but it raises what goes wrong: a full disk is counted."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - its name
        raise  # noqa: PLE0704 - called while the error is handled
