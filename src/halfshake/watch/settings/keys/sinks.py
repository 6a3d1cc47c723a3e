"""What the configuration says of `sinks`: who is told of each reading and each event."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from halfshake.watch.settings.keys.durations import Duration
from halfshake.watch.settings.keys.option_fields import AnyPath, FilePath, Strict
from halfshake.watch.settings.keys.secret_files import Secret, header_lines, secret_file


def _http_url(example: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise PydanticCustomError("url", "is no URL: write {example}", {"example": example})
        return value.rstrip("/")

    return AfterValidator(check)


class DogStatsd(Strict):
    """Metrics, service checks and events to Datadog's Agent."""

    address: str = Field(
        default="", description="udp://127.0.0.1:8125, unix:///PATH; or by DD_* variables"
    )


class JsonLines(Strict):
    """Each reading and each event as a line of JSON, in a file that is rotated."""

    path: AnyPath = Field(description="the file")
    max_bytes: Annotated[int, Field(ge=0)] = Field(
        default=100_000_000, description="rotate the file when it is this long; 0 never"
    )
    keep: Annotated[int, Field(ge=0)] = Field(
        default=5, description="how many rotated files to keep"
    )


class Otlp(Strict):
    """Metrics by OTLP over HTTP; OTEL_EXPORTER_OTLP_* in the environment count too."""

    endpoint: Annotated[str, _http_url("http://127.0.0.1:4318/v1/metrics")] | None = Field(
        default=None, description="http://127.0.0.1:4318/v1/metrics"
    )
    headers: Annotated[dict[str, SecretStr], Secret(header_lines)] = Field(
        default={}, description="HTTP headers of the export"
    )
    headers_file: FilePath | None = secret_file("a header a line, NAME: VALUE")
    interval: Duration = Field(default=60.0, description="how often to export")


class Alertmanager(Strict):
    """What is wrong, as alerts of Alertmanager's v2 API, without Prometheus between them."""

    url: Annotated[str, _http_url("http://127.0.0.1:9093")] = Field(
        description="http://127.0.0.1:9093, with the path under which it is served"
    )
    headers: Annotated[dict[str, SecretStr], Secret(header_lines)] = Field(
        default={}, description="HTTP headers: an Authorization"
    )
    headers_file: FilePath | None = secret_file("a header a line, NAME: VALUE")
    ca_file: FilePath | None = Field(
        default=None, description="CAs to trust for https, instead of the system's"
    )
    resend: Duration = Field(default=60.0, description="how often to say what is still wrong")
    resolve_after: Duration = Field(
        default=300.0,
        description="when Alertmanager may take an alert for resolved that is not sent again",
    )

    @model_validator(mode="after")
    def _resent_in_time(self) -> Alertmanager:
        if self.resolve_after <= self.resend:
            raise PydanticCustomError(
                "resend", "resolve_after has to be longer than resend: alerts would flap"
            )
        return self


class Sinks(Strict):
    """Who else is told of each reading and each event, besides Prometheus."""

    dogstatsd: DogStatsd | None = Field(
        default=None, description="metrics, service checks and events to Datadog's Agent"
    )
    jsonlines: JsonLines | None = Field(
        default=None,
        description="each reading and event as a line of JSON, in a file that is rotated",
    )
    otlp: Otlp | None = Field(default=None, description="metrics by OTLP over HTTP")
    alertmanager: Alertmanager | None = Field(
        default=None, description="what is wrong, as alerts of Alertmanager's v2 API"
    )
