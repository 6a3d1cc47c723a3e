"""The shape of the configuration: every key, its type, and what counts where it is left out.

`halfshake config schema` is made of this, and so is docs/configuration.md.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SkipValidation,
    StrictBool,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from halfshake.watch.settings.keys.durations import DURATION, Duration, parse_duration
from halfshake.watch.settings.keys.listen_text import parse_listen
from halfshake.watch.settings.keys.notify import Notify
from halfshake.watch.settings.keys.option_fields import (
    AnyPath,
    FilePath,
    Strict,
    listed,
    model_of_options,
)
from halfshake.watch.settings.keys.sinks import Sinks

DEFAULT_LISTEN = "127.0.0.1:9943"


class Trust(Strict):
    """CAs to trust: files, directories, and the system's store."""

    ca_files: listed(FilePath) = Field(  # type: ignore[valid-type]
        default=[], description="files with CAs to trust"
    )
    ca_paths: listed(FilePath) = Field(  # type: ignore[valid-type]
        default=[], description="directories with files of CAs to trust"
    )
    system: StrictBool = Field(default=False, description="trust the system's store too")

    def as_options(self) -> dict[str, Any]:
        """The same, as options of `check`."""
        return {
            "ca_file": self.ca_files,
            "ca_path": self.ca_paths,
            "system_store": self.system,
        }


def _label_name(name: str) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) or name.startswith("__"):
        raise PydanticCustomError(
            "label",
            "{name} is not a label: use letters, digits and _, and do not begin with __",
            {"name": repr(name)},
        )
    if name in OWN_LABELS:
        raise PydanticCustomError(
            "label", "{name} is a label of Halfshake's own: choose another name", {"name": name}
        )
    return name


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


LabelName = Annotated[str, AfterValidator(_label_name)]
LabelValue = Annotated[str, BeforeValidator(_as_text)]


class _Common(Strict):
    """What `defaults`, modules and targets take besides the options of `check`."""

    interval: Duration = Field(default=60.0, description="how often to read")
    faces_interval: Duration = Field(
        default=3600.0, description="how often to read every face, where faces are asked for"
    )
    enforcement_interval: Duration = Field(
        default=600.0, description="how often to make the second visit, where it is asked for"
    )
    labels: dict[LabelName, LabelValue] = Field(default={}, description="labels for every series")
    trust: str | Trust | None = Field(
        default=None, description="a name of trust_stores, or a trust store of its own"
    )
    verify: StrictBool = Field(
        default=True,
        description="/probe says probe_success 0 where a chain is not trusted or the name is wrong",
    )
    exporter: Literal["blackbox", "ssl_exporter", "both"] = Field(
        default="blackbox", description="whose metric names /probe answers with"
    )


def _target_from_text(value: Any) -> Any:
    return {"target": value} if isinstance(value, str) else value


class _Target(_Common):
    """One endpoint: its text alone, or with options."""

    target: str = Field(
        description="`host`, `host:port` or `scheme://host`, as for `halfshake check`; a "
        "certificate in a file: `file:/etc/pki/api.pem`, a directory, a glob, `kubeconfig:/path`"
    )
    name: str | None = Field(
        default=None, description="what the label `target` says, instead of TARGET"
    )
    module: str | None = Field(default=None, description="a name of modules")

    _from_text = model_validator(mode="before")(_target_from_text)


Options: Any = model_of_options("Options", _Common)
TargetEntry: Any = model_of_options("TargetEntry", _Target)


def _network(value: Any) -> Any:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise PydanticCustomError("network", "{error}", {"error": str(error)}) from None


class Allowed(Strict):
    """Which targets that stand in no configuration `/probe` may read; none unless told."""

    names: list[str] = Field(default=[], description="host names: api.example.com, *.corp.example")
    networks: list[Annotated[str, BeforeValidator(_network)]] = Field(
        default=[], description="networks that the address really dialled has to be in: 10.0.0.0/8"
    )
    ports: list[Annotated[int, Field(gt=0, lt=65536)]] = Field(default=[443], description="ports")


class Probe(Strict):
    """`/probe`: what it answers, and how often."""

    allow: Allowed = Field(default=Allowed(), description="targets that stand in no configuration")
    per_second: Annotated[float, Field(gt=0)] = Field(
        default=10.0,
        description="how many targets that stand in no configuration may be read a second",
    )
    concurrency: Annotated[int, Field(gt=0, le=10_000)] = Field(
        default=100, description="how many /probe may read at once"
    )
    timeout_offset: Annotated[float, Field(ge=0)] = Field(
        default=0.5, description="seconds by which an answer comes before Prometheus gives up"
    )


class Web(Strict):
    """The listener: TLS and passwords, and what may be done through it."""

    config_file: FilePath | None = Field(
        default=None, description="TLS and basic auth in the format of Prometheus' exporters"
    )
    reload: StrictBool = Field(
        default=False, description="POST /-/reload reads the configuration again"
    )


def _keep(value: float) -> float:
    if not 86400 <= value <= MAX_KEEP_SECONDS:
        raise PydanticCustomError("keep", "has to be from 1d to 3650d, and is not")
    return value


class History(Strict):
    """What was seen over the months: certificates, and what changed."""

    enabled: StrictBool = Field(default=True, description="whether to keep a history at all")
    path: AnyPath | None = Field(
        default=None,
        description="a file, on a disk of this machine; without one `history.sqlite` in systemd's "
        "`StateDirectory`, else memory, until the monitor stops",
    )
    keep: Annotated[
        float, BeforeValidator(parse_duration), AfterValidator(_keep), WithJsonSchema(DURATION)
    ] = Field(default=400 * 86400.0, description="how long to keep what is no longer shown: 400d")

    def file(self, environment: Mapping[str, str]) -> str | None:
        """Where the history is; None for memory."""
        state = environment.get("STATE_DIRECTORY", "").partition(":")[0]
        return self.path or (f"{state}/history.sqlite" if state else None)

    def outbox(self, environment: Mapping[str, str]) -> Path | None:
        """Where notifications that are not sent yet are kept: beside the history."""
        file = self.file(environment)
        return None if file is None else Path(file).with_name(f"{Path(file).stem}-outbox.sqlite")


def _listen(value: str) -> str:
    try:
        parse_listen(value)
    except ValueError as error:
        raise PydanticCustomError("listen", "{error}", {"error": str(error)}) from None
    return value


Listen = Annotated[str, AfterValidator(_listen)]


class Document(Strict):
    """A whole configuration. Targets are read one by one, later: there may be 100,000."""

    listen: Listen = Field(
        default=DEFAULT_LISTEN, description="where to listen; port 0 is any that is free"
    )
    trust: Trust | None = Field(
        default=None, description="which CAs to trust; by default the system's"
    )
    trust_stores: dict[str, Trust] = Field(
        default={}, description="trust stores by name, for `trust` of a target"
    )
    defaults: Options = Field(default=Options(), description="options for every target")
    modules: dict[str, Options] = Field(
        default={}, description="options by name, for `module` of a target and of `/probe`"
    )
    targets: SkipValidation[list[str | TargetEntry]] = Field(
        default=[], description="what to watch"
    )
    target_files: list[AnyPath] = Field(
        default=[], description="files with more targets: paths or globs"
    )
    concurrency: Annotated[int, Field(gt=0, le=10_000)] = Field(
        default=200, description="how many targets to read at once"
    )
    per_host: Annotated[int, Field(gt=0, le=100)] = Field(
        default=2, description="how many connections to one host at once"
    )
    max_backoff: Duration = Field(
        default=600.0,
        description="how long at most to leave a dead host alone between two readings",
    )
    stop_timeout: Duration = Field(
        default=15.0, description="how long the readings under way may take when the monitor stops"
    )
    probe: Probe = Field(default=Probe(), description="`/probe`: what it may read, and how often")
    web: Web = Field(default=Web(), description="the listener: TLS, passwords, reload by HTTP")
    sinks: Sinks = Field(
        default=Sinks(),
        description="who else is told of each reading: `dogstatsd`, `jsonlines`, `otlp`, "
        "`alertmanager`",
    )
    history: History = Field(
        default=History(),
        description="what was seen over the months: [history.md](history.md)",
    )
    notify: Notify = Field(
        default=Notify(),
        description="who is called when something changes ([notifications](notifications.md))",
    )


MAX_KEEP_SECONDS = 3650 * 86400.0

# Labels that Halfshake's series have by themselves; two of a name would contradict each other.
OWN_LABELS = frozenset(
    {
        "target", "address", "key_type", "code", "phase", "reason", "sha256",
        "subject", "issuer", "serial", "cipher_suite", "enforcement", "severity", "tls_version",
        "sni", "alpn",
    }
)  # fmt: skip
