"""Turns an instance of the Agent's configuration into what is read and how it is judged.

Every option of Datadog's `tls` check keeps its name and meaning, so that a tls.d/conf.yaml can
simply be copied; what is not supported is warned of (`differences.py`). docs/datadog.md lists all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from halfshake.agent.declared.every_option import (
    ALIASES,
    NONE_IF_EMPTY,
    OF_ONE_TARGET,
    SHARED_OPTIONS,
)
from halfshake.agent.differences import differences, unknown_options
from halfshake.agent.option_reader import Mistake, OptionReader, OptionsInvalid, says_no
from halfshake.agent.watched import Watched, read_watched
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Options:
    """One instance: what it monitors, and what it sends.

    `warnings` are sentences about options that have no effect. With `facts`, more is sent than
    Datadog's `tls` check sends.
    """

    watched: tuple[Watched, ...]
    namespace: str
    facts: bool
    service_checks: bool
    events: bool
    on_failure: Status
    concurrency: int
    warnings: tuple[str, ...]


def read_options(instance: Mapping[str, Any], init_config: Mapping[str, Any]) -> Options:
    """Read an instance; init_config holds defaults for all of them.

    Raises OptionsInvalid with every mistake.
    """
    shared = {key: value for key, value in _named(init_config).items() if key in SHARED_OPTIONS}
    values = _overlaid(shared, _named(instance))
    reader = OptionReader(values)
    namespace = reader.text("metric_namespace") or "halfshake"
    if not _NAMESPACE.fullmatch(namespace):
        reader.note(
            "metric_namespace",
            "may only contain letters, digits, _ and ., and must begin with a letter, "
            f"not {namespace!r}",
        )
    on_failure = reader.choice("on_failure")
    concurrency = reader.number("concurrency")
    options = {
        "facts": reader.flag("fact_metrics"),
        "service_checks": reader.flag("service_checks"),
        "events": reader.flag("events"),
    }
    as_shipped = namespace == SHIPPED_NAMESPACE
    watched, mistakes = _watched(values, reader, as_shipped=as_shipped)
    found = tuple(dict.fromkeys([*reader.mistakes, *mistakes]))
    if found:
        unknown = unknown_options(instance)
        misspelt = [Mistake(key, f"is not an option{hint}") for key, hint in unknown if hint]
        raise OptionsInvalid((*found, *misspelt))
    return Options(
        watched=watched,
        namespace=namespace,
        # Whoever is paged by the tls check where it reads nothing goes on being paged.
        on_failure=Status(on_failure or ("critical" if as_shipped else "unknown")),
        concurrency=int(concurrency or 1),
        warnings=tuple(differences(values, instance, init_config)),
        **options,
    )


def _watched(
    values: dict[str, Any], reader: OptionReader, *, as_shipped: bool
) -> tuple[tuple[Watched, ...], list[Mistake]]:
    listed = values.get("targets")
    common = {key: value for key, value in values.items() if key != "targets"}
    if listed is None:
        return read_watched(common, as_shipped=as_shipped)
    if not isinstance(listed, list) or not listed:
        reader.note("targets", "must be a list of targets, each a text or a mapping")
        return (), []
    for key in sorted(OF_ONE_TARGET):
        if key in values:
            reader.note(key, "cannot be used beside `targets`: move it into one of the targets")
    common = {key: value for key, value in common.items() if key not in OF_ONE_TARGET}
    watched: list[Watched] = []
    mistakes: list[Mistake] = []
    for number, entry in enumerate(listed, start=1):
        prefix = f"targets -> {number} -> "
        own = {"server": entry} if isinstance(entry, str) else entry
        if not isinstance(own, dict):
            mistakes.append(Mistake(f"targets -> {number}", "must be a text or a mapping"))
            continue
        own = _named(own)
        tags = [*_tags(common), *_tags(own)]
        # The tls check has no `targets`: in them, nothing is as it would have it.
        some, wrong = read_watched({**_overlaid(common, own), "tags": tags}, as_shipped=False)
        watched += some
        # A mistake in the instance itself is reported once, under its own key.
        mistakes += [
            mistake
            if mistake.key in common and mistake.key not in own
            else Mistake(prefix + mistake.key, mistake.sentence)
            for mistake in wrong
        ]
    return tuple(watched), mistakes


def _tags(values: Mapping[str, Any]) -> list[Any]:
    tags = values.get("tags") or []
    return list(tags) if isinstance(tags, list | tuple) else [tags]


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Replace old names by new ones, and drop nulls; if both are given, the new one counts."""
    given = {
        key: value
        for key, value in values.items()
        if value is not None and not (value == "" and ALIASES.get(key, key) in NONE_IF_EMPTY)
    }
    renamed = {ALIASES[key]: value for key, value in given.items() if key in ALIASES}
    named = {**renamed, **{key: value for key, value in given.items() if key not in ALIASES}}
    # But the name is not looked at if either of its two options says so, as in the tls check.
    if says_no(given.get("validate_hostname")):
        named["tls_validate_hostname"] = False
    return named


def _overlaid(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Put values over defaults; a threshold replaces that of its level, whatever the unit."""
    replaced = {
        key
        for level in ("warning", "critical")
        for key in _thresholds(level)
        if own.keys() & _thresholds(level)
    }
    return {**{key: value for key, value in defaults.items() if key not in replaced}, **own}


def _thresholds(level: str) -> set[str]:
    return {f"days_{level}", f"seconds_{level}", f"lifetime_ratio_{level}"}


SHIPPED_NAMESPACE = "tls"

_NAMESPACE = re.compile(r"[A-Za-z]\w*(?:\.\w+)*", re.ASCII)
