"""Prometheus' file_sd: groups of targets with labels, as the monitor and the scan take them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from halfshake.errors import UsageError
from halfshake.inputs.yaml_text import parse_yaml, problem_of

if TYPE_CHECKING:
    from pathlib import Path


class Group(NamedTuple):
    """One group. `options` are what its labels say of the reading: `module`, `server_name`.

    `labels` are those that are the user's own: Prometheus keeps labels with __ to itself.
    """

    targets: list[Any]
    options: dict[str, Any]
    labels: dict[Any, Any]


class GroupInvalid(UsageError):
    """What stands there is no group: `keys` are wrong, `rest` is what can be read of it."""

    def __init__(self, keys: list[str], rest: Group) -> None:
        super().__init__(
            "a group of targets has `targets`, a list, and `labels`, a map; nothing else"
        )
        self.keys = keys
        self.rest = rest


def read_group(group: dict[str, Any]) -> Group:
    """Read one group. Raises GroupInvalid."""
    wrong = [name for name in group if name not in {"targets", "labels", "source"}]
    labels, targets = group.get("labels") or {}, group.get("targets")
    if not isinstance(labels, dict):
        wrong.append("labels")
        labels = {}
    if not isinstance(targets, list):
        wrong.append("targets")
        targets = []
    read = Group(
        targets,
        {option: labels[name] for name, option in PROBE_LABELS.items() if name in labels},
        {name: value for name, value in labels.items() if not str(name).startswith("__")},
    )
    if wrong:
        raise GroupInvalid(wrong, read)
    return read


def read_groups(path: Path) -> list[Group]:
    """Read a file, JSON or YAML, as a whole: Prometheus does so too. Raises UsageError."""
    try:
        text = path.read_text("utf-8-sig")
        entries = json.loads(text) if path.suffix == ".json" else parse_yaml(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        line, words = problem_of(error)
        raise UsageError(f"{path}:{line}: {words}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} holds neither JSON nor YAML: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError(f"{path} holds no groups of targets: - targets: [host:port]")
    try:
        return [read_group(entry) for entry in entries]
    except GroupInvalid as error:
        raise UsageError(f"{path}: {error}") from error


# What a target's labels say to Prometheus of the probe, they say to us.
PROBE_LABELS = {"__param_module": "module", "__param_hostname": "server_name"}
