"""A block that nobody runs is read at least: YAML, JSON, TOML and INI, and an Agent's instances."""

from __future__ import annotations

import configparser
import json
import tomllib
from typing import TYPE_CHECKING, Any

import yaml

from halfshake.agent.option_reader import OptionsInvalid
from halfshake.agent.options import read_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from documented.pages import Block


def mistakes(block: Block) -> list[str]:
    """What is wrong with the block: nothing where it can be read."""
    try:
        read = READERS[block.language](block.content)
    except ValueError as error:  # what JSON and TOML raise
        return [str(error)]
    except (yaml.YAMLError, configparser.Error) as error:
        return [str(error)]
    found: list[str] = []
    for configuration in _of_an_agent(read):
        for instance in configuration["instances"]:
            try:
                read_options(instance, configuration["init_config"] or {})
            except OptionsInvalid as error:
                found += [f"{each.key} {each.sentence}" for each in error.mistakes]
    return found


def _of_an_agent(read: Any) -> Iterator[dict[str, Any]]:
    """The configurations in it, also those in the annotations of Kubernetes."""
    if not isinstance(read, dict):
        return
    if "instances" in read:
        yield read
    for text in read.get("metadata", {}).get("annotations", {}).values():
        for configuration in json.loads(text).values():
            yield _with_values(configuration)


def _with_values(configuration: Any) -> Any:
    """As the Agent replaces its template variables."""
    text = json.dumps(configuration).replace('"%%port%%"', "8443").replace("%%host%%", "192.0.2.7")
    return json.loads(text)


def _ini(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    # Some files have keys before any section.
    parser.read_string(text if text.lstrip().startswith("[") else f"[top]\n{text}")
    return parser


READERS: dict[str, Callable[[str], Any]] = {
    "yaml": yaml.safe_load,
    "json": json.loads,
    "toml": tomllib.loads,
    "ini": _ini,
}
