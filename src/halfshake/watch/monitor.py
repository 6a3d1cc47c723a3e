"""`Monitor`: the plan in force, the schedule that keeps to it, and who is told of each reading."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from halfshake.errors import Phase, UsageError
from halfshake.history.visit import Reading, Visit
from halfshake.observation import Observation, ProbeFailure
from halfshake.watch.changes import stamp
from halfshake.watch.metrics.families import FACES, SECOND_VISIT
from halfshake.watch.metrics.values import (
    face_labels,
    faces_values,
    moving_values,
    second_visit_values,
    usual_values,
)
from halfshake.watch.parts import open_all
from halfshake.watch.reader import VisitKind
from halfshake.watch.schedule.dispatcher import Dispatcher
from halfshake.watch.schedule.timetable import Timetable
from halfshake.watch.settings.stored_targets import is_stored
from halfshake.watch.settings.what_stays import with_what_stays
from halfshake.watch.unchanged import Unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halfshake.history.history import History
    from halfshake.observation import FacesRead
    from halfshake.target import Target
    from halfshake.watch.metrics.exposition import Exposition
    from halfshake.watch.metrics.own_health import OwnHealth
    from halfshake.watch.parts import Part
    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.plan import Plan
    from halfshake.watch.settings.watched import Watched
    from halfshake.watch.sinks.opened import RunningSinks

log = logging.getLogger("halfshake.watch")


class Monitor:
    """Reads everything on schedule.

    `plan` is the one in force; `stamp` is what its files looked like when it was read. `parts` are
    what a new plan opens besides, `sinks` who is told of each reading.
    """

    def __init__(
        self,
        plan: Plan,
        load: Callable[[], Plan],
        health: OwnHealth,
        exposition: Exposition,
        *,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self.plan = plan
        self.health = health
        self.exposition = exposition
        self.stamp = stamp(plan)
        self.sinks: RunningSinks | None = None
        self.history: History | None = None
        self.parts: Sequence[Part] = ()
        self._load = load
        self._clock = clock
        self._now = now
        self._reloading = asyncio.Lock()
        self._known: dict[str, Watched] = {}
        self._places: dict[tuple[object, ...], Watched] | None = None
        self._faces: dict[str, set[str]] = {}
        self._second_visits: set[str] = set()
        self._unchanged = Unchanged()
        # Those of which the history was told nothing yet: after a reload it may be another one.
        self._untold: set[str] = set()
        self._timetable = Timetable(max_backoff_seconds=plan.document.max_backoff)
        self._dispatcher = Dispatcher(
            self._timetable,
            self._read,
            health,
            concurrency=plan.document.concurrency,
            per_host=plan.document.per_host,
            clock=clock,
        )
        health.in_progress.set_function(lambda: self._dispatcher.running)
        self._take_plan(plan)

    @property
    def running(self) -> int:
        """How many targets are being read."""
        return self._dispatcher.running

    async def run(self) -> None:
        """Keep to the schedule, until cancelled."""
        await self._dispatcher.run()

    async def finish(self, timeout_seconds: float) -> None:
        """Wait for the readings under way, and for the sinks to send what they have."""
        await self._dispatcher.finish(timeout_seconds)

    async def reload(self) -> str:
        """Read the configuration again; "" where it is in force now, else what is wrong.

        What is wrong leaves the old one in force.
        """
        async with self._reloading:
            # What changes while it is read has to be read again.
            self.stamp = await asyncio.to_thread(stamp, self.plan)
            try:
                # 100,000 targets take seconds: not in the loop in which they are read.
                plan = await asyncio.to_thread(self._loaded)
                opened = await open_all(self.parts, plan)
            except UsageError as error:
                self.health.reload_failed()
                complain = "the new configuration is refused, the old one stays: %s"
                log.error(complain, error)  # noqa: TRY400 - it is no bug of ours
                return str(error)
            self.stamp = await asyncio.to_thread(stamp, plan) | {
                file: look for file, look in self.stamp.items() if file in plan.files
            }
            self._take_plan(plan)
            for part in opened:
                await part.take_over()
            log.info("the configuration was read again: %s", plan.how_many)
            return ""

    def remember_in(self, history: History | None) -> None:
        """Tell this history from now on, and of every target at least once."""
        self.history = history
        self._untold = {watched.labels for watched in self.plan.watched} if history else set()

    def find(self, name: str) -> Watched | None:
        """The target that `/probe` names: as it is written, or by its `name`."""
        return self._known.get(name)

    def find_place(self, target: Target) -> Watched | None:
        """The target at this place, however it is written."""
        if self._places is None:  # only `/probe` asks, and only for what it does not know by name
            self._places = {}
            for watched in self.plan.watched:
                if not is_stored(watched.target):
                    self._places.setdefault(_place(watched.target), watched)
        return self._places.get(_place(target))

    def _loaded(self) -> Plan:
        return with_what_stays(self._load(), self.plan)

    def _take_plan(self, plan: Plan) -> None:
        self.plan = plan
        self._timetable.max_backoff_seconds = plan.document.max_backoff
        self._dispatcher.concurrency = plan.document.concurrency
        self._dispatcher.per_host = plan.document.per_host
        gone = self._timetable.replace(plan.watched, self._clock())
        for watched in gone:
            self.exposition.drop(watched.labels)
            self._unchanged.forget(watched.labels)
            self._second_visits.discard(watched.labels)
            self._untold.discard(watched.labels)
            if self.sinks:
                self.sinks.forget(watched)
            for labels in self._faces.pop(watched.labels, ()):
                self.exposition.drop(labels)
            if self.history is not None:
                self.history.gone(watched.labels)
        self._drop_what_is_not_asked_for(plan)
        self._known, self._places = {}, None
        for watched in plan.watched:
            self._known.setdefault(watched.target.text, watched)
            self._known.setdefault(watched.name, watched)
        self.health.targets.set(len(plan.watched))
        self.health.reloaded(self._now())
        self._dispatcher.changed()

    async def _read(self, watched: Watched, kinds: Sequence[VisitKind]) -> bool:
        dead = False
        for kind in kinds:
            settings, faces = watched.settings, None
            within = settings.timeout_seconds
            if kind is VisitKind.faces:
                faces = await settings.reader.read_faces(watched.target, timeout_seconds=within)
                results: Sequence[Observation | ProbeFailure] = [*faces.read, *faces.failed]
            else:
                results = await settings.reader.read(watched.target, kind, timeout_seconds=within)
            if not self._timetable.wants(watched.labels, kind):
                continue  # a new configuration came meanwhile, without this
            for result in results:
                self.health.probed(kind, result)
                dead = dead or _is_nobody_there(result)
            if kind is VisitKind.usual and self._is_unchanged(watched, results[0]):
                continue
            judged = [await settings.reader.judge(result, kind) for result in results]
            if self._timetable.wants(watched.labels, kind):
                self._take(watched, kind, judged)
                if faces is not None:
                    self._compare(watched, faces)
                self._remember(watched, kind, judged)
        return dead

    def _is_unchanged(self, watched: Watched, result: Observation | ProbeFailure) -> bool:
        """Does the server show what it showed, and does what was said of it still hold?

        Then only what is new is told: when it was read, how long that took, how long is left.
        """
        if not isinstance(result, Observation):
            return False
        standing = self._unchanged.standing(watched, result)
        if standing is None:
            return False
        self.exposition.put_usual(watched.labels, moving_values(result))
        is_untold = watched.labels in self._untold
        if self.history is not None and not is_untold:
            self.history.unchanged(watched.labels, result.observed_at)
        if self.sinks or is_untold:
            judged = watched.settings.reader.judge_again(result, standing)
            if self.sinks:
                self.sinks.offer(watched, judged)
            if is_untold:
                self._record(watched, VisitKind.usual, [judged])
        return True

    def _remember(self, watched: Watched, kind: VisitKind, judged: Sequence[Judged]) -> None:
        first = judged[0]
        if kind is not VisitKind.usual:
            pass
        elif isinstance(first.result, Observation):
            self._unchanged.keep(watched, first.result, first)
        else:
            self._unchanged.forget(watched.labels)
        self._record(watched, kind, judged)

    def _record(self, watched: Watched, kind: VisitKind, judged: Sequence[Judged]) -> None:
        if self.history is None:
            return
        visit = Visit(
            labels=watched.labels,
            target=watched.name,
            tags=watched.tags,
            kind=kind.value,
            kinds=tuple(each.value for each in watched.settings.reader.kinds),
            readings=tuple(
                Reading(each.result, each.verdict, each.status.value) for each in judged
            ),
        )
        if self.history.record(visit):
            if kind is VisitKind.usual:
                self._untold.discard(watched.labels)
        else:
            self._unchanged.forget(watched.labels)  # the next reading is told again

    def _take(self, watched: Watched, kind: VisitKind, judged: Sequence[Judged]) -> None:
        match kind:
            case VisitKind.usual:
                self.exposition.put_usual(watched.labels, usual_values(judged[0]))
            case VisitKind.enforcement:
                values = second_visit_values(judged[0]) or (None,) * len(SECOND_VISIT)
                self.exposition.put_second_visit(watched.labels, values)
                self._second_visits.add(watched.labels)
            case VisitKind.faces:
                self._take_faces(watched, judged)
        if self.sinks:
            for each in judged:
                self.sinks.offer(watched, each)

    def _compare(self, watched: Watched, faces: FacesRead) -> None:
        summary = watched.settings.reader.compare(faces)
        self.exposition.put_faces(watched.labels, faces_values(faces, summary))
        if self.sinks:
            self.sinks.offer_faces(watched, faces, summary)

    def _drop_what_is_not_asked_for(self, plan: Plan) -> None:
        """The series of a kind of visit that the new configuration does not make."""
        for watched in plan.watched:
            if VisitKind.faces not in watched.settings.intervals and watched.labels in self._faces:
                self._take_faces(watched, ())
                del self._faces[watched.labels]
                self.exposition.put_faces(watched.labels, (None,) * len(FACES))
            if (
                VisitKind.enforcement not in watched.settings.intervals
                and watched.labels in self._second_visits
            ):
                self._second_visits.discard(watched.labels)
                self.exposition.put_second_visit(watched.labels, (None,) * len(SECOND_VISIT))

    def _take_faces(self, watched: Watched, judged: Sequence[Judged]) -> None:
        before = self._faces.get(watched.labels, set())
        after = set()
        for each in judged:
            more = face_labels(each)
            if more:
                labels = f"{watched.labels},{more}"
                self.exposition.put_usual(labels, usual_values(each))
                after.add(labels)
        for labels in before - after:
            self.exposition.drop(labels)
        self._faces[watched.labels] = after


def _place(target: Target) -> tuple[object, ...]:
    return target.host, target.port, target.starttls, target.unix_path


def _is_nobody_there(result: Observation | ProbeFailure) -> bool:
    return isinstance(result, ProbeFailure) and result.phase in {Phase.resolve, Phase.connect}
