"""Results as metrics by OTLP over HTTP, with OpenTelemetry's own SDK.

Names are those of /metrics with dots, and an attribute for each label. OTEL_EXPORTER_OTLP_* and
OTEL_RESOURCE_ATTRIBUTES of the environment count, as the SDK reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.version import __version__
from halfshake.watch.metrics.families import USUAL
from halfshake.watch.metrics.values import usual_values

if TYPE_CHECKING:
    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.document import Otlp
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
        self._gauges: list[tuple[int, Any]] = [
            (number, meter.create_gauge(_dotted(family.name), description=family.help))
            for number, family in enumerate(USUAL)
            if not family.info
        ]

    def take(self, watched: Watched, judged: Judged) -> None:
        """Set each gauge that is known."""
        attributes = {"target": watched.name, **dict(watched.tags)}
        face = judged.result.face
        if face is not None:
            attributes |= {name: value for name, value in face._asdict().items() if value}
        values = usual_values(judged)
        for number, gauge in self._gauges:
            value = values[number]
            if isinstance(value, (int, float)):
                gauge.set(value, attributes)

    def idle(self) -> None:
        """The SDK exports at its own times."""

    def close(self) -> None:
        """Export the rest."""
        self._provider.shutdown()


def _dotted(name: str) -> str:
    return name.replace("halfshake_", "halfshake.", 1)
