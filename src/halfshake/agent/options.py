"""Turns an instance of the Agent's configuration into what is read and how it is judged.

Every option of Datadog's `tls` check keeps its name and meaning, so that a tls.d/conf.yaml can
simply be copied; the few exceptions are rejected with a sentence. docs/datadog.md lists them all.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from halfshake.agent.declared.every_option import (
    ALIASES,
    KNOWN_OPTIONS,
    OF_ONE_TARGET,
    SHARED_OPTIONS,
    WHY_REFUSED,
)
from halfshake.agent.option_reader import Mistake, OptionReader, OptionsInvalid
from halfshake.agent.watched import Watched, read_watched
from halfshake.trust.verdict import Status

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
    _refuse(reader, values, instance)
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
    watched, mistakes = _watched(values, reader)
    found = tuple(dict.fromkeys([*reader.mistakes, *mistakes]))
    if found:
        misspelt = [
            Mistake(key, f"is not an option{hint}") for key, hint in _unknown(instance) if hint
        ]
        raise OptionsInvalid((*found, *misspelt))
    return Options(
        watched=watched,
        namespace=namespace,
        on_failure=Status(on_failure or "unknown"),
        concurrency=int(concurrency or 1),
        warnings=tuple(_warnings(values, instance)),
        **options,
    )


def _watched(
    values: dict[str, Any], reader: OptionReader
) -> tuple[tuple[Watched, ...], list[Mistake]]:
    listed = values.get("targets")
    common = {key: value for key, value in values.items() if key != "targets"}
    if listed is None:
        return read_watched(common)
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
        mistakes += [Mistake(prefix + key, WHY_REFUSED[key]) for key in own if key in WHY_REFUSED]
        tags = [*_tags(common), *_tags(own)]
        some, wrong = read_watched({**_overlaid(common, own), "tags": tags})
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
    given = {key: value for key, value in values.items() if value is not None}
    renamed = {ALIASES[key]: value for key, value in given.items() if key in ALIASES}
    return {**renamed, **{key: value for key, value in given.items() if key not in ALIASES}}


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


def _refuse(reader: OptionReader, values: Mapping[str, Any], instance: Mapping[str, Any]) -> None:
    for key in WHY_REFUSED:
        if values.get(key) is not None:
            old = next((old for old, new in ALIASES.items() if new == key and old in instance), key)
            reader.note(old, WHY_REFUSED[key])


def _warnings(values: Mapping[str, Any], instance: Mapping[str, Any]) -> list[str]:
    warnings = []
    if str(values.get("transport", "TCP")).upper() == "UDP":
        warnings.append("`transport: UDP` has no effect: TLS is read over TCP, as before")
    if str(values.get("tls_ciphers", "ALL")).upper() != "ALL":
        warnings.append(
            "`tls_ciphers` has no effect: every cipher suite is offered, so that any server can be "
            "read; `key_types` chooses between the certificates of a server that has several"
        )
    warnings += [
        f"`{key}` is not an option of this check{hint}" for key, hint in _unknown(instance)
    ]
    return warnings


def _unknown(instance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find unknown keys, each with a hint at the key that was probably meant."""
    unknown = []
    for key in instance:
        if key not in KNOWN_OPTIONS:
            near = difflib.get_close_matches(str(key), sorted(KNOWN_OPTIONS), n=1)
            unknown.append((str(key), f": did you mean `{near[0]}`?" if near else ""))
    return unknown


_NAMESPACE = re.compile(r"[A-Za-z]\w*(?:\.\w+)*", re.ASCII)
