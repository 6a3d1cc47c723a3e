"""From what the configuration says of sinks to sinks that run, and over to others at a reload."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from halfshake.watch.sinks.sink import Receiver, Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from halfshake.event import Event
    from halfshake.observation import FacesRead
    from halfshake.trust.comparison import Summary
    from halfshake.watch.metrics.own_health import OwnHealth
    from halfshake.watch.parts import Opened
    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.keys.sinks import Sinks
    from halfshake.watch.settings.plan import Plan
    from halfshake.watch.settings.watched import Watched


class OpenDogStatsd(Protocol):
    """Connects a client of Datadog's library; raises UsageError where that cannot be."""

    def __call__(self, address: str, environment: Mapping[str, str]) -> Any:  # noqa: D102
        ...


class RunningSinks:
    """The sinks in force. One whose settings stay the same goes on through every reload."""

    def __init__(
        self, health: OwnHealth, environment: Mapping[str, str], open_dogstatsd: OpenDogStatsd
    ) -> None:
        self._health = health
        self._environment = environment
        self._open_dogstatsd = open_dogstatsd
        self._running: dict[str, _Running] = {}

    def __bool__(self) -> bool:
        return bool(self._running)

    def running(self, name: str) -> Sink | None:
        """The sink of this name, if there is one."""
        found = self._running.get(name)
        return None if found is None else found.sink

    def offer(self, watched: Watched, judged: Judged) -> None:
        """Let every sink have a result."""
        for each in self._running.values():
            each.sink.offer(watched, judged)

    def offer_faces(self, watched: Watched, faces: FacesRead, summary: Summary) -> None:
        """Let every sink have the comparison of a target's faces."""
        for each in self._running.values():
            each.sink.offer_faces(watched, faces, summary)

    def offer_event(self, event: Event) -> None:
        """Let every sink have an event; from any thread."""
        for each in tuple(self._running.values()):
            each.sink.offer_event(event)

    def forget(self, watched: Watched) -> None:
        """Let every sink know that this target is not watched any more."""
        for each in self._running.values():
            each.sink.forget(watched)

    async def open(self, plan: Plan) -> Opened:
        """Open the sinks that are new or have other settings. Raises UsageError."""
        return await asyncio.to_thread(self.open_now, plan.document.sinks)

    def open_now(self, sinks: Sinks) -> _OpenedSinks:
        """Open them; it may look names up, and load libraries. Raises UsageError."""
        wanted = {name: each for name in type(sinks).model_fields if (each := getattr(sinks, name))}
        receivers: dict[str, Receiver] = {}
        try:
            for name, settings in wanted.items():
                before = self._running.get(name)
                if before is None or before.settings != settings:
                    receivers[name] = self._openers[name](settings)
        except BaseException:
            for receiver in receivers.values():
                receiver.close()
            raise
        return _OpenedSinks(self, wanted, receivers)

    def take(self, wanted: Mapping[str, Any], receivers: Mapping[str, Receiver]) -> None:
        """Have these sinks from now on: those of `receivers` are new, the others stay."""
        before, self._running = self._running, {}
        for name, settings in wanted.items():
            old = before.pop(name, None)
            receiver = receivers.get(name)
            if receiver is not None:
                sink = Sink(receiver, self._health, after=None if old is None else old.sink)
                self._running[name] = _Running(settings, sink)
            elif old is not None:
                self._running[name] = old
        for old in before.values():
            old.sink.close_aside()

    async def close(self, seconds_left: Callable[[], float]) -> None:
        """Let each send what it has, all at the same time, as long as there is time."""
        for each in self._running.values():
            each.sink.stop()
        for each in self._running.values():
            await asyncio.to_thread(each.sink.close, max(LEAST_SECONDS, seconds_left()))

    @property
    def _openers(self) -> dict[str, Callable[[Any], Receiver]]:
        return {
            "dogstatsd": self._dogstatsd,
            "jsonlines": _jsonlines,
            "otlp": _otlp,
            "alertmanager": _alertmanager,
        }

    def _dogstatsd(self, settings: Any) -> Receiver:
        from halfshake.watch.sinks.dogstatsd import DogStatsdReceiver

        return DogStatsdReceiver(self._open_dogstatsd(settings.address, self._environment))


class _Running(NamedTuple):
    settings: Any
    sink: Sink


class _OpenedSinks:
    """What is new, opened, and not told anything yet."""

    def __init__(
        self, sinks: RunningSinks, wanted: Mapping[str, Any], receivers: Mapping[str, Receiver]
    ) -> None:
        self._sinks = sinks
        self._wanted = wanted
        self._receivers = receivers

    async def take_over(self) -> None:
        """Tell these from now on; the old ones send what they have, and are closed."""
        self._sinks.take(self._wanted, self._receivers)

    async def give_up(self) -> None:
        """Close them again."""
        for receiver in self._receivers.values():
            await asyncio.to_thread(receiver.close)


def _jsonlines(settings: Any) -> Receiver:
    from halfshake.watch.sinks.jsonlines import JsonLinesReceiver

    return JsonLinesReceiver(settings)


def _otlp(settings: Any) -> Receiver:
    from halfshake.watch.sinks.otlp import OtlpReceiver

    return OtlpReceiver(settings)


def _alertmanager(settings: Any) -> Receiver:
    from halfshake.watch.sinks.alertmanager import AlertmanagerReceiver

    return AlertmanagerReceiver(settings)


# Readings that ended late leave the sinks no time: a moment they get.
LEAST_SECONDS = 0.5
