"""`Journal`: what a scan has done so far, a line of JSON for each shard; it outlives a kill.

    {"schema": …, "plan": …, "end": 0}            how the scan began
    {"first": 0, "count": 256, …, "end": 81920}   a shard, and how far the results reach with it
    {"finished": {…}}                             the manifest: only renaming is left to do

It is read up to its last whole line, and locked as long as it is open.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.errors import UsageError
from halfshake.scan.output.stores import write_all
from halfshake.scan.shards import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from halfshake.scan.shards import ShardDone


class Note(NamedTuple):
    """A shard that is done; `end` is how far the results reach, `kept` how far the journal does."""

    span: Span
    lines: int
    tally: dict[str, Any]
    end: int
    kept: int


class Notes(NamedTuple):
    """Everything that a journal says. `end` and `kept` are those of its first line."""

    plan: dict[str, Any]
    end: int
    kept: int
    shards: list[Note]
    finished: dict[str, Any] | None


class Journal:
    """The journal of one output. Raises OSError; UsageError if another scan has it open."""

    def __init__(self, output: str) -> None:
        self.path = Path(f"{output.rstrip('/')}.journal")
        # Without a buffer: what a full disk does not take must not be tried again at the end.
        self._file = self.path.open("ab+", buffering=0)
        try:
            self._lock(output)
        except BaseException:
            self._file.close()
            raise

    @property
    def is_closed(self) -> bool:
        """Has somebody closed it?"""
        return self._file.closed

    def is_empty(self) -> bool:
        """Does nothing stand in it?"""
        return os.fstat(self._file.fileno()).st_size == 0

    def read(self) -> Notes | None:
        """What stands in it; None if not even its first line is whole. Raises UsageError."""
        self._file.seek(0)
        notes = None
        for line, kept in _whole_lines(self._file.read):
            if notes is None:
                if not (isinstance(line, dict) and line.get("schema") == SCHEMA):
                    raise UsageError(f"{self.path} is no journal of a scan: delete it")
                notes = Notes(line["plan"], line["end"], kept, [], None)
            elif "finished" in line:
                return notes._replace(finished=line["finished"])
            else:
                span = Span(line["first"], line["first"] + line["count"], line["check"])
                notes.shards.append(Note(span, line["lines"], line["tally"], line["end"], kept))
        return notes

    def begin(self, plan: dict[str, Any], end: int) -> None:
        """Write its first line, with an output that reaches so far."""
        self._write({"schema": SCHEMA, "plan": plan, "end": end})

    def cut(self, kept: int) -> None:
        """Go on behind the line that ends there."""
        self._file.truncate(kept)

    def note(self, done: ShardDone, end: int) -> None:
        """Note that a shard is done; with it the results reach so far."""
        self._write(
            {
                "first": done.first,
                "count": done.size,
                "check": done.check,
                "lines": done.lines,
                "end": end,
                "tally": done.tally,
            }
        )

    def note_end(self, manifest: dict[str, Any]) -> None:
        """Note that only renaming is left to do, and wait until that is on the disk."""
        self._write({"finished": manifest})
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Leave it for a scan that goes on."""
        self._file.close()

    def drop(self) -> None:
        """Remove it while it is still locked: the next scan begins one of its own."""
        if sys.platform == "win32":  # no open file can be removed there, and no lock is held
            self._file.close()
        self.path.unlink(missing_ok=True)
        self._file.close()

    def _lock(self, output: str) -> None:
        if sys.platform == "win32":  # nobody keeps two scans from one output there
            return
        import fcntl  # noqa: PLC0415

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another scan is writing {output}: wait for its end") from error

    def _write(self, line: dict[str, Any]) -> None:
        write_all(self._file, json.dumps(line, separators=(",", ":")).encode() + b"\n")


def _whole_lines(read: Callable[[int], bytes]) -> Iterator[tuple[dict[str, Any], int]]:
    """Each line of a journal with where it ends; up to one that is torn."""
    rest, at = b"", 0
    while chunk := read(1 << 20):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            at += len(line) + 1
            try:
                entry = json.loads(line)
            except ValueError:
                return
            yield entry, at


SCHEMA = "halfshake-scan/1"
