"""From what the configuration says of sinks to sinks that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from halfshake.watch.sinks.sink import Receiver, Sink

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfshake.watch.metrics.own_health import OwnHealth
    from halfshake.watch.settings.document import Sinks


class OpenDogStatsd(Protocol):
    """Connects a client of Datadog's library; raises UsageError where that cannot be."""

    def __call__(self, address: str, environment: Mapping[str, str]) -> Any:  # noqa: D102
        ...


def open_sinks(
    sinks: Sinks,
    health: OwnHealth,
    environment: Mapping[str, str],
    open_dogstatsd: OpenDogStatsd,
) -> tuple[Sink, ...]:
    """Open every sink. Raises UsageError where one cannot be opened."""
    receivers: list[Receiver] = []
    if sinks.dogstatsd is not None:
        from halfshake.watch.sinks.dogstatsd import DogStatsdReceiver

        client = open_dogstatsd(sinks.dogstatsd.address, environment)
        receivers.append(DogStatsdReceiver(client))
    if sinks.jsonlines is not None:
        from halfshake.watch.sinks.jsonlines import JsonLinesReceiver

        receivers.append(JsonLinesReceiver(sinks.jsonlines))
    if sinks.otlp is not None:
        from halfshake.watch.sinks.otlp import OtlpReceiver

        receivers.append(OtlpReceiver(sinks.otlp))
    if sinks.alertmanager is not None:
        from halfshake.watch.sinks.alertmanager import AlertmanagerReceiver

        receivers.append(AlertmanagerReceiver(sinks.alertmanager))
    return tuple(Sink(receiver, health) for receiver in receivers)
