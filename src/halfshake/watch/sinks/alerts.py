"""What is wrong with which target, as alerts: who fires, who is resolved. Pure.

Alerts are made of readings, not of events: Alertmanager wants to hear of a trouble as long as it
lasts, and has its own grouping, silences and reminders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from halfshake.observation import Observation
from halfshake.report.failure_guide import failure_advice
from halfshake.report.harmless import harmless
from halfshake.trust.findings import Severity
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.watched import Watched

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""An alert's identity."""


class Alert(NamedTuple):
    """One trouble of one target. Times are in seconds since 1970; `ends` is None while it lasts."""

    labels: Labels
    summary: str
    description: str
    starts: float
    ends: float | None = None


class _Place(NamedTuple):
    """What one kind of visit sees of one face of a target."""

    target: str
    kind: str
    face: Labels


class Alerts:
    """Every alert that fires, and those that ended since they were last sent."""

    def __init__(self) -> None:
        self.resolved: dict[Labels, Alert] = {}
        self._firing: dict[_Place, dict[Labels, Alert]] = {}
        self._failures: dict[_Place, int] = {}
        self._good_until: dict[_Place, float] = {}
        self._places: dict[str, set[_Place]] = {}

    def take(self, watched: Watched, judged: Judged, now: float) -> bool:
        """Take a reading; whether an alert began or ended."""
        place = _Place(watched.labels, judged.kind.value, _face(judged))
        interval = watched.settings.intervals.get(judged.kind, 0.0)
        self._good_until[place] = now + 3 * interval + LONGEST_PAUSE_SECONDS
        self._places.setdefault(place.target, set()).add(place)
        before = self._firing.get(place, {})
        labels = (("target", watched.name), *place.face, *watched.tags)
        if isinstance(judged.result, Observation):
            self._failures.pop(place, None)
            after = {alert.labels: alert for alert in _of_findings(judged, labels, now)}
        else:
            failures = self._failures[place] = self._failures.get(place, 0) + 1
            # What was wrong is still wrong, as far as anybody knows.
            after = dict(before)
            if failures >= FAILURES_IN_A_ROW and judged.status is not Status.ok:
                alert = _of_failure(judged, labels, now)
                after[alert.labels] = alert
        return self._replace(place, before, after, now)

    def forget(self, watched: Watched, now: float) -> bool:
        """A target is not watched any more; whether an alert ended."""
        return self._end(self._places.get(watched.labels, set()), now)

    def expire(self, now: float) -> bool:
        """End what is not read any more, as an address that left the DNS; whether any ended."""
        return self._end({each for each, until in self._good_until.items() if until < now}, now)

    def firing(self) -> Iterator[Alert]:
        """Every alert that fires; of two visits that see the same, one."""
        seen: dict[Labels, Alert] = {}
        for alerts in self._firing.values():
            for labels, alert in alerts.items():
                earlier = seen.get(labels)
                if earlier is None or alert.starts < earlier.starts:
                    seen[labels] = alert
        yield from seen.values()

    def _end(self, places: set[_Place], now: float) -> bool:
        ended = False
        for place in tuple(places):
            del self._good_until[place]
            self._failures.pop(place, None)
            self._places[place.target].discard(place)
            ended |= self._replace(place, self._firing.get(place, {}), {}, now)
        return ended

    def _replace(
        self, place: _Place, before: dict[Labels, Alert], after: dict[Labels, Alert], now: float
    ) -> bool:
        kept = {
            labels: alert._replace(starts=before[labels].starts) if labels in before else alert
            for labels, alert in after.items()
        }
        if kept:
            self._firing[place] = kept
        else:
            self._firing.pop(place, None)
        for labels in before.keys() - kept.keys():
            if not any(labels in others for others in self._firing.values()):
                self.resolved[labels] = before[labels]._replace(ends=now)
        for labels in kept.keys() - before.keys():
            self.resolved.pop(labels, None)
        return before.keys() != kept.keys()


def _of_findings(judged: Judged, labels: Labels, now: float) -> Iterator[Alert]:
    assert judged.verdict is not None
    for finding in judged.verdict.findings:
        if finding.severity is not Severity.info:
            own = (("alertname", _alert_name(finding.code)), ("severity", finding.severity.name))
            yield Alert(
                tuple(sorted((*labels, *own))),
                harmless(f"{dict(labels)['target']}: {finding.message}"),
                harmless(finding.advice),
                now,
            )


def _of_failure(judged: Judged, labels: Labels, now: float) -> Alert:
    result = judged.result
    assert not isinstance(result, Observation)
    severity = "critical" if judged.status is Status.critical else "warning"
    own = (("alertname", "HalfshakeNotRead"), ("severity", severity))
    return Alert(
        tuple(sorted((*labels, *own))),
        harmless(f"{dict(labels)['target']}: {result.detail} ({result.reason.value})"),
        harmless(failure_advice(result.reason)),
        now,
    )


def _face(judged: Judged) -> Labels:
    face = judged.result.face
    if face is None:
        return ()
    return tuple((name, value) for name, value in face._asdict().items() if value)


def _alert_name(code: str) -> str:
    return "Halfshake" + "".join(part.capitalize() for part in code.split("-"))


FAILURES_IN_A_ROW = 2
"""One reading that fails is no news: the next one tells."""

LONGEST_PAUSE_SECONDS = 3600.0
"""How much longer than three intervals a dead host may be left alone (`max_backoff`)."""
