"""A configuration file as text and as data: YAML, TOML or JSON by its name, `${VAR}` filled in.

Lines are looked up only when there is a mistake to place: most files have none.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import yaml

from halfshake.inputs.yaml_text import parse_yaml, problem_of, yaml_line
from halfshake.watch.settings.text.mistakes import ConfigurationInvalid, Mistake, key_text
from halfshake.watch.settings.text.toml_text import toml_line, toml_problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class TextFile:
    """One file, read once; `data` is what it holds."""

    def __init__(self, path: Path, environment: Mapping[str, str], *, fill: bool = True) -> None:
        """Read it; `fill` puts the environment in. Raises ConfigurationInvalid."""
        self.path = path
        try:
            self.text = path.read_text("utf-8-sig")
        except OSError as error:
            raise self._invalid(None, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise self._invalid(None, f"is not in UTF-8: {error.reason}") from error
        self._unset: list[Mistake] = []
        self.data = self._filled(self._parsed(), environment, ()) if fill else self._parsed()
        if self._unset:
            raise ConfigurationInvalid(self._unset)

    def mistake(self, key: Sequence[str | int], sentence: str) -> Mistake:
        """Place a mistake."""
        find = toml_line if self._is_toml else yaml_line
        return Mistake(str(self.path), find(self.text, key), key_text(key), sentence)

    @property
    def _is_toml(self) -> bool:
        return self.path.suffix == ".toml"

    def _parsed(self) -> Any:
        if self._is_toml:
            try:
                return tomllib.loads(self.text)
            except tomllib.TOMLDecodeError as error:
                raise self._invalid(*toml_problem(error)) from error
        if self.path.suffix == ".json":
            try:
                return json.loads(self.text)
            except json.JSONDecodeError as error:
                raise self._invalid(error.lineno, f"is not JSON: {error.msg}") from error
        try:
            return parse_yaml(self.text)
        except yaml.YAMLError as error:
            raise self._invalid(*problem_of(error)) from error
        except (ValueError, RecursionError) as error:
            raise self._invalid(None, f"is not YAML: {error}") from error

    def _filled(
        self, value: Any, environment: Mapping[str, str], key: tuple[str | int, ...]
    ) -> Any:
        if isinstance(value, str):
            return self._filled_text(value, environment, key) if "${" in value else value
        if isinstance(value, list):
            return [self._filled(each, environment, (*key, i)) for i, each in enumerate(value)]
        if isinstance(value, dict):
            return {
                name: self._filled(each, environment, (*key, str(name)))
                for name, each in value.items()
            }
        return value

    def _filled_text(
        self, text: str, environment: Mapping[str, str], key: tuple[str | int, ...]
    ) -> str:
        def fill(found: re.Match[str]) -> str:
            if found[0] == "$${":
                return "${"
            content = environment.get(found["name"], found["default"])
            if content is None:
                sentence = f"the environment has no {found['name']}: set it, or write $${{ for ${{"
                self._unset.append(self.mistake(key, sentence))
                return ""
            return content

        return _VARIABLE.sub(fill, text)

    def _invalid(self, line: int | None, sentence: str) -> ConfigurationInvalid:
        return ConfigurationInvalid([Mistake(str(self.path), line, "", sentence)])


# ${NAME}, or ${NAME:-what counts where it is not set}.
_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
