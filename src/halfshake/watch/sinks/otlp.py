"""Results as metrics by OTLP over HTTP, with OpenTelemetry's own SDK.

Names are those of /metrics with dots, and an attribute for each label. OTEL_EXPORTER_OTLP_* and
OTEL_RESOURCE_ATTRIBUTES of the environment count, as the SDK reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.version import __version__
from halfshake.watch.metrics.families import FACES, FAMILIES, SECOND_VISIT, USUAL
from halfshake.watch.metrics.values import faces_values, second_visit_values, usual_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfshake.event import Event
    from halfshake.observation import FacesRead
    from halfshake.trust.comparison import Summary
    from halfshake.watch.metrics.families import Family
    from halfshake.watch.metrics.values import Value
    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.keys.sinks import Otlp
    from halfshake.watch.settings.watched import Watched


class OtlpReceiver:
    """Keeps the last value of each series in the SDK, which exports them every so often.

    Raises UsageError where the libraries are missing.
    """

    name = "otlp"

    def __init__(self, settings: Otlp) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
            from opentelemetry.sdk.metrics import MeterProvider
            from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
            from opentelemetry.sdk.resources import Resource
        except ImportError:
            raise UsageError(
                "sinks.otlp needs OpenTelemetry: pip install 'halfshake[otel]'"
            ) from None
        headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        exporter = OTLPMetricExporter(endpoint=settings.endpoint, headers=headers or None)
        reader = PeriodicExportingMetricReader(
            exporter, export_interval_millis=settings.interval * 1000
        )
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what is said here.
        resource = Resource({"service.name": "halfshake", "service.version": __version__}).merge(
            Resource.create()
        )
        self._provider = MeterProvider(metric_readers=[reader], resource=resource)
        meter = self._provider.get_meter("halfshake", __version__)
        self._gauges: dict[str, Any] = {
            family.name: meter.create_gauge(_dotted(family.name), description=family.help)
            for family in FAMILIES
            if not family.info
        }
        self._events: Any = meter.create_counter(
            "halfshake.events", description="Changes that were seen, by kind."
        )

    def take(self, watched: Watched, judged: Judged) -> None:
        """Set each gauge that is known."""
        face = judged.result.face
        attributes = (
            {} if face is None else {name: each for name, each in face._asdict().items() if each}
        )
        self._set(watched, USUAL, usual_values(judged), attributes)
        self._set(watched, SECOND_VISIT, second_visit_values(judged) or (), attributes)

    def take_faces(self, watched: Watched, faces: FacesRead, summary: Summary) -> None:
        """Set what the comparison says."""
        self._set(watched, FACES, faces_values(faces, summary), {})

    def _set(
        self,
        watched: Watched,
        families: Sequence[Family],
        values: Sequence[Value],
        attributes: Mapping[str, str],
    ) -> None:
        for family, value in zip(families, values, strict=False):
            if isinstance(value, (int, float)):
                named = {"target": watched.name, **dict(watched.tags), **attributes}
                self._gauges[family.name].set(value, named)

    def tell(self, event: Event) -> None:
        """Count one event."""
        attributes = {"kind": event.kind.value, "target": event.target, **dict(event.labels)}
        self._events.add(1, attributes)

    def forget(self, watched: Watched) -> None:
        """The SDK keeps what it has."""

    def idle(self) -> None:
        """The SDK exports at its own times."""

    def close(self) -> None:
        """Export the rest."""
        self._provider.shutdown()


def _dotted(name: str) -> str:
    return name.replace("halfshake_", "halfshake.", 1)
