"""`Ledger`: puts the results of shards into the output, and notes which entries are done.

    OUT.partial     what is read so far, whole lines
    OUT.journal     a line for each shard in it: which entries, how far it reaches, its tally
    OUT             the partial file, renamed when everything is done
    OUT.manifest.json   what went in, and what came out

The journal's line is written behind the results. So what a kill leaves behind is known: the journal
is read up to its last whole line, the results are cut where that says, and the rest is read again.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.errors import UsageError
from halfshake.scan.output.stores import open_store, write_all
from halfshake.scan.shards import Span, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from halfshake.scan.shards import ShardDone


class Begun(NamedTuple):
    """What a journal says: the plan of its scan, and what is done."""

    plan: dict[str, Any]
    done: list[Span]
    tallies: list[dict[str, Any]]


class Ledger:
    """The books of one scan. Raises UsageError, a sentence, for whatever the disk does.

    `plan` is what has to be the same when a scan goes on; `head` begins the output. `anew` is what
    a plan has besides if the scan begins, and not if it goes on.
    """

    def __init__(
        self,
        output: str,
        plan: dict[str, Any],
        head: bytes,
        *,
        resume: bool,
        anew: Mapping[str, Any],
    ) -> None:
        self._journal_path = Path(f"{output.rstrip('/')}.journal")
        self._store = open_store(output)
        self.begun = Begun({**anew, **plan}, [], [])
        self.lines = 0
        self._end = 0
        with _in_words(output):
            self._journal = self._journal_path.open("ab+", buffering=0)
            is_ours = False
            try:
                self._lock(output)
                is_ours = True
                self._begin(plan, head, resume=resume, anew=anew)
            except BaseException:
                if is_ours and not self._journal.tell():
                    self._drop_journal()
                self._journal.close()
                raise

    def _begin(
        self, plan: dict[str, Any], head: bytes, *, resume: bool, anew: Mapping[str, Any]
    ) -> None:
        if self._journal.tell() and not resume:
            raise UsageError(
                f"{self._journal_path} is of a scan that did not end: go on with --resume, or "
                "delete it and begin anew"
            )
        if not self._go_on(plan, anew):
            self._journal.truncate(0)
            self._end = self._store.begin(head)
            self._write({"schema": SCHEMA, "plan": self.begun.plan, "end": self._end})

    def put(self, done: ShardDone) -> None:
        """Put the results of a shard into the output, and note that it is done."""
        with _in_words(output_of(self._journal_path), GOES_ON):
            self._end = self._store.put(done.first, done.data, self._end)
            self.lines += done.lines
            self._write(
                {
                    "first": done.first,
                    "count": done.size,
                    "check": done.check,
                    "lines": done.lines,
                    "end": self._end,
                    "tally": done.tally,
                }
            )

    def close(self) -> None:
        """Leave everything so that the scan can go on."""
        if self._journal.closed:
            return
        with contextlib.suppress(OSError):
            self._store.close(self._end)
        if not self.begun.done and not self.lines:
            # Still locked: what another scan writes here must not be removed.
            self._store.drop()
            self._drop_journal()
        self._journal.close()

    def finish(self, manifest: dict[str, Any]) -> None:
        """Rename the output into its place, beside its manifest."""
        with _in_words(output_of(self._journal_path), GOES_ON):
            self._store.finish(manifest)
            self._drop_journal()
            self._journal.close()

    def _drop_journal(self) -> None:
        """Remove it while it is still locked: the next scan begins one of its own."""
        if sys.platform == "win32":  # no open file can be removed there, and no lock is held
            self._journal.close()
        self._journal_path.unlink(missing_ok=True)

    def _lock(self, output: str) -> None:
        if sys.platform == "win32":  # nobody keeps two scans from one output there
            return
        import fcntl  # noqa: PLC0415

        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another scan is writing {output}: wait for its end") from error

    def _go_on(self, plan: dict[str, Any], anew: Mapping[str, Any]) -> bool:
        """Read the journal up to its last whole line; False if there is none."""
        self._journal.seek(0)
        header, spans, end, kept = None, list[Span](), 0, 0
        for entry, good in _whole_lines(self._journal.read):
            if header is None:
                if not (isinstance(entry, dict) and entry.get("schema") == SCHEMA):
                    raise UsageError(f"{self._journal_path} is no journal of a scan: delete it")
                header = entry
            elif entry["end"] > self._store.size():
                break  # the machine stopped, and the results never reached the disk
            else:
                spans.append(Span(entry["first"], entry["first"] + entry["count"], entry["check"]))
                self.begun.tallies.append(entry["tally"])
                self.lines += entry["lines"]
            end = entry["end"]
            kept = good
        if header is None or end > self._store.size():
            return False
        before = header["plan"]
        differs = [
            key
            for key in before.keys() | plan.keys()
            if before.get(key) != plan.get(key) and (key in plan or key not in anew)
        ]
        if differs:
            raise UsageError(
                f"this scan began with another {_option(min(differs))}: --resume goes on only with "
                "the same one"
            )
        self.begun = Begun(header["plan"], joined(spans), self.begun.tallies)
        self._journal.truncate(kept)
        self._end = end
        self._store.resume(end, {span.first for span in spans})
        return True

    def _write(self, entry: dict[str, Any]) -> None:
        # Without a buffer: what a full disk does not take must not be tried again at the end.
        write_all(self._journal, json.dumps(entry, separators=(",", ":")).encode() + b"\n")


@contextlib.contextmanager
def _in_words(output: str, more: str = "") -> Iterator[None]:
    """Turn what the operating system says into a sentence."""
    try:
        yield
    except OSError as error:
        problem = error.strerror or str(error)
        raise UsageError(f"{output} cannot be written: {problem}{more}") from error


def output_of(journal: Path) -> str:
    """The output that a journal belongs to."""
    return str(journal).removesuffix(".journal")


def _whole_lines(read: Any) -> Iterator[tuple[dict[str, Any], int]]:
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


def _option(key: str) -> str:
    return "INPUT" if key == "inputs" else f"--{key.replace('_', '-')}"


SCHEMA = "halfshake-scan/1"
GOES_ON = "; what was read before stands, and --resume goes on"
