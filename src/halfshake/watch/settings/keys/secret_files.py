"""Secrets: each key that may hold one can stand in a file of its own, named by `KEY_file`.

A field is declared as a secret by `Secret` in its annotation, and has a twin, declared by
`secret_file`. `with_files_read`, which every model goes through, does the rest. (`${VAR}` is for
every key, secret or not: `text/text_file.py`.)
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def one_text(content: str) -> str:
    """The whole file, without the line end that editors add."""
    return content.rstrip("\r\n")


def header_lines(content: str) -> dict[str, str]:
    """A header a line, NAME: VALUE; empty lines and lines that begin with # are left out."""
    headers = {}
    for line in content.splitlines():
        if line.strip() and not line.startswith("#"):
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError("each line has to be NAME: VALUE")
            headers[name.strip()] = value.strip()
    return headers


class Secret(NamedTuple):
    """In a field's annotation: it may hold a secret, and its file is read by `read`."""

    read: Callable[[str], object] = one_text


def secret_file(what: str) -> Any:
    """The field `KEY_file` of the secret `KEY`."""
    return Field(default=None, description=f"a file with {what}, to keep a secret out of here")


@functools.cache
def secrets_of(model: type[BaseModel]) -> dict[str, Secret]:
    """Which fields of a model may hold a secret."""
    return {
        name: each
        for name, field in model.model_fields.items()
        for each in field.metadata
        if isinstance(each, Secret)
    }


def with_files_read(model: type[BaseModel], data: Any, directory: str) -> Any:
    """What was written, with the content of each `KEY_file` as `KEY`.

    A file that cannot be read is left to the field `KEY_file`, which says so at its line.
    """
    if not isinstance(data, dict):
        return data
    for name, secret in secrets_of(model).items():
        file = data.get(f"{name}_file")
        if not isinstance(file, str):
            continue
        if name in data:
            raise PydanticCustomError(
                "secret",
                "{key} and {key}_file say the same: leave one of them out",
                {"key": name},
            )
        try:
            content = _content(Path(directory, Path(file).expanduser()))
        except OSError:
            continue
        try:
            data = data | {name: secret.read(content)}
        except ValueError as error:
            raise PydanticCustomError(
                "secret", "{key}_file: {problem}", {"key": name, "problem": str(error)}
            ) from None
    return data


def secret_files(model: BaseModel) -> Iterator[str]:
    """The files that secrets were read from, also those of the models inside."""
    secrets = secrets_of(type(model))
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name.removesuffix("_file") in secrets and name.endswith("_file") and value:
            yield value
        for each in value.values() if isinstance(value, dict) else [value]:
            if isinstance(each, BaseModel):
                yield from secret_files(each)


def _content(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        content = file.read(MAX_CHARACTERS + 1)
    if len(content) > MAX_CHARACTERS:
        raise PydanticCustomError("secret", "{path} is too long for a secret", {"path": str(path)})
    return content


# Longer than any token, shorter than what somebody names by mistake.
MAX_CHARACTERS = 65536
