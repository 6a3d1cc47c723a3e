"""`Ledger`: puts the results of shards into the output, and notes which entries are done.

    OUT.partial     what is read so far, whole lines
    OUT.journal     a line for each shard in it: which entries, how far it reaches, its tally
    OUT             the partial file, renamed when everything is done
    OUT.manifest.json   what went in, and what came out

The journal's line is written behind the results. So what a kill leaves behind is known: the results
are cut where the journal's last line says, and the rest is read again. When everything is done the
journal gets the manifest, before anything is renamed: who finds it there brings the renaming to its
end, and reads nothing.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.errors import UsageError
from halfshake.scan.output.journal import Journal
from halfshake.scan.output.stores import open_store
from halfshake.scan.shards import Span, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from halfshake.scan.output.journal import Note, Notes
    from halfshake.scan.shards import ShardDone


class Begun(NamedTuple):
    """What a journal says: the plan of its scan, and what is done."""

    plan: dict[str, Any]
    done: list[Span]
    tallies: list[dict[str, Any]]


class Ledger:
    """The books of one scan. Raises UsageError, a sentence, for whatever the disk does.

    `plan` is what has to be the same when a scan goes on; `head` begins the output. `anew` is what
    a plan has besides if the scan begins, and not if it goes on. `finished` is the manifest of a
    scan that was killed when all was done: its output is in its place, and the ledger is closed.
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
        self._output = output
        self._store = open_store(output)
        self.begun = Begun({**anew, **plan}, [], [])
        self.lines = 0
        self.finished: dict[str, Any] | None = None
        self._end = 0
        with _in_words(output):
            self._journal = Journal(output)
            try:
                self._open(plan, head, resume=resume, anew=anew)
            except BaseException:
                if not self._journal.is_closed and self._journal.is_empty():
                    self._journal.drop()
                self._journal.close()
                raise

    def put(self, done: ShardDone) -> None:
        """Put the results of a shard into the output, and note that it is done."""
        with _in_words(self._output, GOES_ON):
            self._end = self._store.put(done.first, done.data, self._end)
            self.lines += done.lines
            self._journal.note(done, self._end)

    def close(self) -> None:
        """Leave everything so that the scan can go on."""
        if self._journal.is_closed:
            return
        with contextlib.suppress(OSError):
            self._store.close(self._end)
        if not self.begun.done and not self.lines:
            # Still locked: what another scan writes here must not be removed.
            self._store.drop()
            self._journal.drop()
        self._journal.close()

    def finish(self, manifest: dict[str, Any]) -> None:
        """Rename the output into its place, beside its manifest."""
        with _in_words(self._output, GOES_ON):
            self._store.prepare(manifest)
            self._journal.note_end(manifest)
            self._settle()

    def _settle(self) -> None:
        self._store.settle()
        self._journal.drop()

    def _open(
        self, plan: dict[str, Any], head: bytes, *, resume: bool, anew: Mapping[str, Any]
    ) -> None:
        if not resume and not self._journal.is_empty():
            raise UsageError(
                f"{self._journal.path} is of a scan that did not end: go on with --resume, or "
                "delete it and begin anew"
            )
        notes = self._journal.read()
        if notes is None:
            self._begin(head)
        elif notes.finished is not None and self._store.is_prepared(notes.finished):
            self._take(notes, notes.shards, plan, anew)
            self.finished = notes.finished
            self._settle()
        elif notes.end > self._store.size():
            self._begin(head)  # there are no results that it speaks of
        else:
            self._go_on(notes, plan, anew)

    def _begin(self, head: bytes) -> None:
        self._journal.cut(0)
        self._end = self._store.begin(head)
        self._journal.begin(self.begun.plan, self._end)

    def _go_on(self, notes: Notes, plan: dict[str, Any], anew: Mapping[str, Any]) -> None:
        size = self._store.size()
        shards = notes.shards
        # If the machine stopped, the results of the last ones may never have reached the disk.
        lost = next((place for place, each in enumerate(shards) if each.end > size), len(shards))
        shards = shards[:lost]
        self._take(notes, shards, plan, anew)
        self._end = shards[-1].end if shards else notes.end
        self._journal.cut(shards[-1].kept if shards else notes.kept)
        self._store.resume(self._end, {each.span.first for each in shards})

    def _take(
        self,
        notes: Notes,
        shards: list[Note],
        plan: dict[str, Any],
        anew: Mapping[str, Any],
    ) -> None:
        """Take over what these shards say. Raises UsageError if it is of another scan."""
        differs = [
            key
            for key in notes.plan.keys() | plan.keys()
            if notes.plan.get(key) != plan.get(key) and (key in plan or key not in anew)
        ]
        if differs:
            raise UsageError(
                f"this scan began with another {_option(min(differs))}: --resume goes on only with "
                "the same one"
            )
        self.lines = sum(each.lines for each in shards)
        done = joined(each.span for each in shards)
        self.begun = Begun(notes.plan, done, [each.tally for each in shards])


@contextlib.contextmanager
def _in_words(output: str, more: str = "") -> Iterator[None]:
    """Turn what the operating system says into a sentence."""
    try:
        yield
    except OSError as error:
        problem = error.strerror or str(error)
        raise UsageError(f"{output} cannot be written: {problem}{more}") from error


def _option(key: str) -> str:
    return "INPUT" if key == "inputs" else f"--{key.replace('_', '-')}"


GOES_ON = "; what was read before stands, and --resume goes on"
