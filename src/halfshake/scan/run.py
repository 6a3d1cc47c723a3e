"""`run_scan()`: from a stream of targets to an output that is complete, or that can go on.

TargetStream -> Shards -> Engine -> Ledger -> OUT
                                 -> Tally  -> summary
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake import event_loop
from halfshake.scan.output.journal import SCHEMA
from halfshake.scan.progress import Standing, show_progress
from halfshake.scan.reader import Outcome
from halfshake.scan.shards import Shards
from halfshake.scan.summary.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from halfshake.scan.engines.engine import Engine
    from halfshake.scan.output.ledger import Ledger
    from halfshake.scan.shards import ShardDone
    from halfshake.scan.sources.stream import TargetStream


class Ended(NamedTuple):
    """How a scan ended: `complete` if every target is in the output; `manifest` has the numbers."""

    complete: bool
    tally: Tally
    manifest: dict[str, Any]


def ended_before(ledger: Ledger) -> Ended | None:
    """What a scan came to that was killed when all was done; None for one that has work left."""
    if ledger.finished is None:
        return None
    return Ended(True, _merged(ledger, datetime.now(UTC)), ledger.finished)


def _merged(ledger: Ledger, now: datetime) -> Tally:
    """What the shards add up to that are done already."""
    tally = Tally(now)
    for saved in ledger.begun.tallies:
        tally.merge(saved)
    ledger.begun.tallies.clear()
    return tally


class Scan:
    """One scan. `progress` is where it is shown, None for nowhere."""

    def __init__(
        self, stream: TargetStream, ledger: Ledger, *, shard_size: int, progress: TextIO | None
    ) -> None:
        self._stream, self._ledger, self._progress = stream, ledger, progress
        self._began = datetime.now(UTC)
        self.tally = _merged(ledger, self._began)
        done = ledger.begun.done
        self._before = self._done = sum(span.end - span.first for span in done)
        self._shards = Shards(stream, done, size=shard_size)

    async def run(self, open_engine: Callable[[Callable[[ShardDone], None]], Engine]) -> Ended:
        """Read everything; SIGINT or SIGTERM stop it, a second one at once. Raises UsageError."""
        stop = asyncio.Event()
        work = asyncio.create_task(self._work(open_engine, stop))

        def interrupt() -> None:
            if stop.is_set():
                work.cancel()
            stop.set()

        event_loop.on_signals(STOPPING, interrupt)
        showing = None
        if self._progress is not None:
            showing = asyncio.create_task(show_progress(self._standing, self._progress))
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await work
        finally:
            if showing is not None:
                showing.cancel()
                await asyncio.wait([showing])
        manifest = self._manifest()
        if stop.is_set():
            self._ledger.close()
        else:
            self._ledger.finish(manifest)
        return Ended(not stop.is_set(), self.tally, manifest)

    async def _work(
        self, open_engine: Callable[[Callable[[ShardDone], None]], Engine], stop: asyncio.Event
    ) -> None:
        engine = open_engine(self._take)
        try:
            feeding = asyncio.create_task(self._feed(engine))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([feeding, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not feeding.done():
                feeding.cancel()
                await asyncio.wait([feeding])
            stopping.cancel()
            if not feeding.cancelled():
                feeding.result()
            finishing = asyncio.create_task(engine.finish(stopped=stop.is_set()))
            if not stop.is_set():
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait([finishing, stopping], return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
                if not finishing.done():
                    finishing.cancel()
                    await asyncio.wait([finishing])
                    finishing = asyncio.create_task(engine.finish(stopped=True))
            await finishing
        except BaseException:
            self._ledger.close()
            raise
        finally:
            engine.close()

    async def _feed(self, engine: Engine) -> None:
        async for shard in self._shards:
            await engine.submit(shard)

    def _take(self, done: ShardDone) -> None:
        self._ledger.put(done)
        self.tally.merge(done.tally)
        self._done += done.size

    def _standing(self) -> Standing:
        outcomes = self.tally.counts["outcomes"]
        ordered = Counter({each.value: outcomes[each.value] for each in Outcome})
        return Standing(self._done, self._before, self._stream.estimate(), ordered)

    def _manifest(self) -> dict[str, Any]:
        """What went in, and what came out: the first is the sum of the others."""
        outcomes = self.tally.counts["outcomes"]
        counted = {each.value: outcomes[each.value] for each in Outcome}
        return {
            "schema": SCHEMA,
            "began": self._began.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "targets": self._shards.seen,
            **counted,
            "repeated": self._stream.repeated,
            "withheld": self._stream.withheld,
            "lines": self._ledger.lines,
        }


STOPPING = (signal.SIGINT, signal.SIGTERM)
