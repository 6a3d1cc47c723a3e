"""From a configuration of Datadog's `tls` check to one of ours, with every change as a sentence.

Values go in and out; reading and writing YAML is for `commands/agent_config.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from halfshake.agent.declared.every_option import ALIASES, WHY_IGNORED
from halfshake.agent.option_reader import OptionsInvalid, says_no
from halfshake.agent.options import SHIPPED_NAMESPACE, read_options
from halfshake.agent.versions import VERSIONS, allowed_versions
from halfshake.errors import UsageError


class Moved(NamedTuple):
    """Our configuration, and what differs from the one that was given."""

    document: dict[str, Any]
    changes: tuple[str, ...]


def move_over(document: object) -> Moved:
    """Turn the document of a tls.d/conf.yaml into that of a halfshake.d/conf.yaml.

    Raises UsageError with every mistake, one a line.
    """
    init_config, instances = _parts(document)
    changes = [_ADDED]
    mistakes: list[str] = []
    shared = _renamed(init_config, changes, "all instances")
    shared = {"metric_namespace": SHIPPED_NAMESPACE, **shared}
    moved: list[dict[str, Any]] = []
    for number, instance in enumerate(instances, start=1):
        where = _named(number, instance)
        try:
            warnings = read_options(instance, {**init_config, **shared}).warnings
        except OptionsInvalid as error:
            mistakes += [f"{where}: {one.key}: {one.sentence}" for one in error.mistakes]
            continue
        changes += [f"{where}: {sentence}" for sentence in warnings]
        moved.append(_renamed(instance, changes, where))
    if mistakes:
        raise UsageError("\n".join(mistakes))
    top = document if isinstance(document, dict) else {}
    return Moved({**top, "init_config": shared, "instances": moved}, tuple(dict.fromkeys(changes)))


def _parts(document: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if not isinstance(document, dict):
        raise UsageError("this is not an Agent's configuration: it must be a mapping")
    init_config = document.get("init_config") or {}
    instances = document.get("instances")
    mistakes = []
    if not isinstance(init_config, dict):
        mistakes.append("init_config: must be a mapping")
    if not isinstance(instances, list) or not instances:
        mistakes.append("instances: must be a list of mappings")
        instances = []
    mistakes += [
        f"instance {number}: must be a mapping"
        for number, instance in enumerate(instances, start=1)
        if not isinstance(instance, dict)
    ]
    if mistakes:
        raise UsageError("\n".join(mistakes))
    return init_config, instances


def _renamed(values: dict[str, Any], changes: list[str], where: str) -> dict[str, Any]:
    """Give options their present names, and leave out those without effect."""
    renamed: dict[str, Any] = {}
    removed: list[str] = []
    for key, value in values.items():
        name = ALIASES.get(key, key)
        if name in WHY_IGNORED or _has_no_effect(name, value):
            removed.append(f"`{key}`")
            continue
        if name != key and name in values:
            removed.append(f"`{key}` (`{name}` is set, too)")
            continue
        if name != key:
            changes.append(f"{where}: `{key}` is now `{name}`")
        renamed[name] = _spelled(value) if name == "allowed_versions" else value
        if renamed[name] != value:
            changes.append(f"{where}: `{name}` is now {', '.join(renamed[name])}")
    if removed:
        changes.append(f"{where}: removed: {', '.join(removed)}")
    # The tls check does not look at the name if either of its two options says so.
    if "tls_validate_hostname" in values and says_no(values.get("validate_hostname")):
        renamed["tls_validate_hostname"] = False
        changes.append(f"{where}: `tls_validate_hostname` is false, as `validate_hostname` was")
    return renamed


def _has_no_effect(name: str, value: object) -> bool:
    return name in {"transport", "tls_ciphers"} or (
        name == "timeout" and str(value) in {"0", "0.0"}
    )


def _spelled(versions: object) -> object:
    listed = versions if isinstance(versions, list) else [versions]
    spelled = allowed_versions(str(version).strip() for version in listed)
    # One that does not exist stays, so that whoever wrote it finds it.
    return list(spelled) if set(spelled) & set(VERSIONS) else versions


def _named(number: int, instance: dict[str, Any]) -> str:
    place = instance.get("server") or instance.get("local_cert_path")
    return f"instance {number} ({place})" if place else f"instance {number}"


_ADDED = (
    f"all instances: `metric_namespace: {SHIPPED_NAMESPACE}` is added, so that monitors and "
    "dashboards keep working; more metrics are sent: `fact_metrics: false` turns them off"
)
