"""The monitor's metrics as a table, and its configuration as a page, from the code's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfshake.watch.metrics.families import FACES, SECOND_VISIT, USUAL
from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.settings.keys.document import Document, Options, TargetEntry
from halfshake.watch.settings.keys.option_fields import LEFT_OUT, watched_options
from halfshake.watch.web import blackbox_names, ssl_exporter_names
from halfshake.watch.web.web_config import WebConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from halfshake.watch.metrics.families import Family
    from halfshake.watch.web.probe_names import ProbeName

Schema = dict[str, Any]


def metrics_tables() -> str:
    """Every metric of /metrics: those of a target, of its second visit, of the monitor itself."""
    return "\n".join(
        (
            _TARGET_HEAD,
            *(_target_row(family) for family in USUAL),
            _SECOND_VISIT_HEAD,
            *(_target_row(family) for family in SECOND_VISIT),
            _FACES_HEAD,
            *(_target_row(family) for family in FACES),
            _OWN_HEAD,
            *_own_rows(),
        )
    )


def _target_row(family: Family) -> str:
    return _row(f"`{family.name}`", "gauge", _names(family.labels), family.help, family.series)


def _own_rows() -> Iterator[str]:
    health = OwnHealth()
    # It has no other list of what has no series yet.
    for metric, names in health.registry._collector_to_names.items():  # noqa: SLF001
        labels = getattr(metric, "_labelnames", None)
        if labels is None:
            continue  # process_...: the library's own
        family = next(iter(metric.collect()))
        name = family.name + ("_total" if family.type == "counter" else "")
        assert name in names or family.name in names
        series = OWN_SERIES[name] if labels else str(len(family.samples))
        yield _row(f"`{name}`", family.type, _names(labels), family.documentation, series)


def own_metric_names() -> set[str]:
    """The names of every series that the monitor has of itself."""
    health = OwnHealth()
    return set(health.registry._names_to_collectors)  # noqa: SLF001 - as above


OWN_SERIES = {
    "halfshake_build_info": "1",
    "halfshake_probes_total": "1 for each kind of visit, and for each reason of failure seen",
    "halfshake_probe_requests_total": "1 for each result seen: at most 8",
    "halfshake_events_total": "1 for each kind seen: at most 14",
    "halfshake_notifications_sent_total": "1 for each service",
    "halfshake_notifications_failed_total": "1 for each service",
    "halfshake_notifications_given_up_events_total": "1 for each service",
    "halfshake_notifications_pending_events": "1 for each service",
    "halfshake_sink_sent_total": "1 for each sink",
    "halfshake_sink_dropped_total": "1 for each sink",
}
"""How many series those metrics have whose labels vary."""


def probe_names_tables() -> str:
    """Every name that `/probe` can answer with, for both exporters."""
    return "\n".join(
        (
            "With `exporter: blackbox`, or `both`:\n",
            *_probe_rows(blackbox_names.NAMES),
            "\nWith `exporter: ssl_exporter`, or `both`:\n",
            *_probe_rows(ssl_exporter_names.NAMES),
        )
    )


def _probe_rows(names: Iterable[ProbeName]) -> Iterator[str]:
    yield "| name | labels | meaning | there |\n| --- | --- | --- | --- |"
    for each in names:
        yield _row(f"`{each.name}`", _names(each.labels), each.help, each.known)


def configuration_page() -> str:
    """Every key of the configuration, with its type and default; and of web.config.file."""
    whole = Document.model_json_schema()
    parts = [_CONFIGURATION_HEAD, _table("", whole)]
    for title, intro, schema in _sections(whole):
        parts += [f"\n## {title}\n\n{intro}", _table(title, schema)]
        if title == _OPTIONS_TITLE:
            parts += [f"\n{_LEFT_OUT}"]
    return "\n".join(parts) + "\n"


def _sections(whole: Schema) -> Iterator[tuple[str, str, Schema]]:
    target, options = TargetEntry.model_json_schema(), Options.model_json_schema()
    own = {key: value for key, value in target["properties"].items() if key not in options[_KEYS]}
    yield "`targets`", _TARGETS, target | {_KEYS: own}
    yield _OPTIONS_TITLE, _OPTIONS, options
    definitions = whole["$defs"]
    for title, name in _NAMED_SECTIONS.items():
        schema = definitions[name]
        if name == "Service":
            # The other keys are those of `notify`, just above.
            common = definitions["Notify"][_KEYS]
            own = {key: value for key, value in schema[_KEYS].items() if key not in common}
            schema = schema | {_KEYS: own}
        yield title, schema["description"], schema
    web = WebConfig.model_json_schema()
    for title, name in _WEB_SECTIONS.items():
        yield title, web["$defs"][name]["description"], web["$defs"][name]
    yield "`basic_auth_users` of `web.config_file`", _BASIC_AUTH, {_KEYS: {}}


def _table(title: str, schema: Schema) -> str:
    if not schema[_KEYS]:
        return ""
    defaults = _OPTION_DEFAULTS if title == _OPTIONS_TITLE else {}
    rows = []
    for key, value in schema[_KEYS].items():
        if key in schema.get("required", ()):
            default = "required"
        else:
            default = _shown(defaults.get(key, value.get("default")))
        rows.append(f"| `{key}` | {_type(value)} | {default} | {_meaning(value)} |")
    return "\n".join(("", _KEYS_HEAD, *rows))


def _meaning(value: Schema) -> str:
    text: str = value["description"]
    return text.replace("|", "\\|")


def _type(value: Schema) -> str:
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if "$ref" in value or "allOf" in value:
        return "map"
    if "anyOf" in value:
        types = [_type(each) for each in value["anyOf"] if each.get("type") != "null"]
        if types == ["number", "text"]:
            return "duration"
        return " or ".join(dict.fromkeys(types))
    match value.get("type"):
        case "array":
            items = _type(value.get("items", {}))
            return f"list: {items}" if items else "list"
        case "string":
            return "text"
        case "boolean":
            return "`true`, `false`"
        case "object":
            return "map"
        case other:
            return str(other or "")


def _shown(default: Any) -> str:
    if default is None or default in ([], {}, ""):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, dict):
        return "below"
    if isinstance(default, float):
        return f"`{default:g}`"
    return f"`{default}`"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _names(labels: tuple[str, ...]) -> str:
    return ", ".join(f"`{label}`" for label in labels)


_KEYS = "properties"
_KEYS_HEAD = "| key | type | default | meaning |\n| --- | --- | --- | --- |"
_METRICS_HEAD = """| metric | type | labels | meaning | series |
| --- | --- | --- | --- | --- |"""

_TARGET_HEAD = f"""These have the label `target` (its `name`, or its text) and your own labels. With
`all_addresses`, `all_key_types`, `all_versions`, `sni` or `alpn` each face has the same metrics
again, with the labels `address`, `key_type`, `tls_version`, `sni` or `alpn`; the usual reading has
none of these (`address=""`). The last column says how many series a target, or a face, has of each.
What is not known has no series: there is never a 0 for an expiry that was not read.

{_METRICS_HEAD}"""

_SECOND_VISIT_HEAD = f"""
Where `enforcement` is set, the second visit adds:

{_METRICS_HEAD}"""

_FACES_HEAD = f"""
Where faces are asked for, their comparison adds these to the target itself, with the codes of
[findings](findings.md) such as `addresses-differ-client-auth`:

{_METRICS_HEAD}"""

_OWN_HEAD = f"""
The monitor tells this of itself, and `process_...` as all exporters do. The last column counts the
series of the whole process.

{_METRICS_HEAD}"""

_CONFIGURATION_HEAD = """# The configuration of `halfshake watch`

Made from the code by `make docs`. `halfshake config check FILE` names every mistake with its line;
`halfshake config schema` prints the JSON Schema, for editors. [What the monitor does](watch.md),
[how to begin](prometheus.md).

The file is YAML, or TOML with the same keys. Without `-c` it is `halfshake/watch.yaml` in
`$XDG_CONFIG_HOME` (`~/.config`), then in `/etc`. A duration is `30s`, `5m`, `1h30m`, or a number of
seconds. A path is relative to the file in which it stands. Where a list is wanted, one value will
do. `${NAME}` is a variable of the environment, `${NAME:-text}` has a default, `$${` is `${`: in
every value, also in a secret. A key that may hold a secret has a twin that ends in `_file`; the
content of that file counts, and a change of it is a change of the configuration."""

_LEFT_OUT = "Options of `halfshake check` that are none of these keys, and why:\n\n" + "\n".join(
    f"- `{key}`: {why}." for key, why in LEFT_OUT.items()
)

_OPTIONS_TITLE = "`defaults`, `modules` and `targets`"

_TARGETS = """An entry is a text, `api.example.com` or `"10.0.0.7:8443"`, or a map with these keys
and those of the next section. A file of `target_files` is a list of such entries, or what
Prometheus reads by `file_sd_configs`: YAML or JSON."""

_OPTIONS = """What a target says goes before what its module says, that before `defaults`, and that
before `trust`. Most are the options of `halfshake check` with `_` for `-`
([options](options.md))."""

_BASIC_AUTH = """A map of users to bcrypt hashes, as `htpasswd -nBC 10 ''` makes them. It needs
`pip install 'halfshake[web-auth]'`."""

_NAMED_SECTIONS = {
    "`trust` and `trust_stores`": "Trust",
    "`probe`": "Probe",
    "`probe.allow`": "Allowed",
    "`web`": "Web",
    "`sinks.dogstatsd`": "DogStatsd",
    "`sinks.jsonlines`": "JsonLines",
    "`sinks.otlp`": "Otlp",
    "`sinks.alertmanager`": "Alertmanager",
    "`notify`": "Notify",
    "`notify.services`": "Service",
    "`notify.routes`": "RouteKeys",
    "`notify.quiet_hours`": "QuietHours",
    "`history`": "History",
}
_WEB_SECTIONS = {
    "`tls_server_config` of `web.config_file`": "TlsServerConfig",
    "`http_server_config` of `web.config_file`": "HttpServerConfig",
}

_OPTION_DEFAULTS = {option.key: option.default for option in watched_options()}
