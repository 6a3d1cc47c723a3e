"""Every option of `check` as a key of the configuration, made from the one declaration of each.

A value is read as `check` reads it, so that a threshold or a pin that makes no sense is a mistake
at its own line. Left out are options that a monitor cannot have: LEFT_OUT says why.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)
from pydantic import ValidationInfo as Info
from pydantic_core import PydanticCustomError

from halfshake.dial.options import FETCHING, WAY_IN
from halfshake.errors import UsageError
from halfshake.inputs.judging_text import parse_severity, parse_spki_pin, parse_threshold
from halfshake.inputs.target_text import parse_target
from halfshake.option import Kind, Option, OptionGroup
from halfshake.reading.options import FACES, HELLO, TIMEOUT
from halfshake.reading.second_visit import check_path
from halfshake.stored.options import STORED_FILES
from halfshake.trust.options import JUDGING
from halfshake.watch.settings.keys.durations import Duration
from halfshake.watch.settings.keys.secret_files import Secret, secret_file, with_files_read

GROUPS: tuple[OptionGroup, ...] = (
    OptionGroup("", (TIMEOUT,)),
    *JUDGING,
    STORED_FILES,
    FETCHING,
    WAY_IN,
    HELLO,
    FACES,
)
"""What a target, a module and `defaults` take, of the options of `check`."""

LEFT_OUT = {
    "at": "a monitor judges by the present",
    "per_host": "it holds for the whole process, and is a key at the top",
    "audit_store": "it is about a trust store, not about a target: `halfshake check --audit-store`",
}
"""Options that are none of a target's keys, and why; docs/configuration.md shows them."""


class Strict(BaseModel):
    """A part of the configuration: a key that is none is a mistake."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, data: Any, info: Info) -> Any:
        return with_files_read(cls, data, (info.context or {}).get("directory", "."))


def read_by(parse: Callable[[str], object]) -> Callable[[Any], Any]:
    """Check a text by the parser that will read it later; it stays a text."""

    def check(value: Any) -> Any:
        try:
            parse(value)
        except UsageError as error:
            raise PydanticCustomError("usage", "{sentence}", {"sentence": str(error)}) from None
        return value

    return check


def in_directory(value: str, info: Info) -> str:
    """A path is relative to the file in which it is written."""
    directory = (info.context or {}).get("directory", ".")
    return os.path.normpath(Path(directory, Path(value).expanduser()))


def readable(path: str) -> str:
    """Say at its line that a file cannot be read, not at night."""
    try:
        with Path(path).open("rb") as file:
            file.read(1)
    except IsADirectoryError:
        pass  # a --ca-path
    except OSError as error:
        raise PydanticCustomError(
            "file",
            "{path} cannot be read: {problem}",
            {"path": path, "problem": error.strerror or str(error)},
        ) from None
    return path


def as_list(value: Any) -> Any:
    """Let one value stand for a list of one."""
    return value if isinstance(value, list) else [value]


def listed(kind: Any) -> Any:
    """A list of such values, or one."""
    return Annotated[list[kind], BeforeValidator(as_list)]


FilePath = Annotated[str, AfterValidator(in_directory), AfterValidator(readable)]
AnyPath = Annotated[str, AfterValidator(in_directory)]

Fields: TypeAlias = dict[str, Any]


def option_fields() -> Fields:
    """A field for each option, absent unless it is given."""
    fields: Fields = {}
    for option in watched_options():
        if option.key in fields:
            continue  # -4 and -6 are two options for one key
        kind = _type(option)
        kind = listed(kind) if option.several else kind
        fields[option.key] = (
            Annotated[kind, Field(description=_HELP.get(option.key, option.help))],
            Field(default=None, validate_default=False),
        )
        if option.secret:
            fields[option.key] = (Annotated[fields[option.key][0], Secret()], fields[option.key][1])
            fields[f"{option.key}_file"] = (FilePath | None, secret_file(f"`{option.key}`"))
    return fields


def watched_options() -> list[Option]:
    """Every option that a target of the monitor has."""
    return [option for group in GROUPS for option in group.options if option.key not in LEFT_OUT]


def default_values() -> dict[str, Any]:
    """What counts where nobody says anything: as on the command line."""
    values: dict[str, Any] = {}
    for group in GROUPS:
        for option in group.options:
            values[option.key] = (
                [] if option.several else False if option.kind is Kind.flag else option.default
            )
    return values


def model_of_options(name: str, base: type[BaseModel], **more: Any) -> Any:
    """A model with a key for each option, and more."""
    return create_model(name, __base__=base, **option_fields(), **more)


def _type(option: Option) -> Any:
    if option.key in _OF_KEY:
        return _OF_KEY[option.key]
    if option.choices:
        return Literal[tuple(str(choice) for choice in option.choices)]
    return _OF_KIND[option.kind]


def _family(value: object) -> object:
    return _FAMILIES.get(value, value) if isinstance(value, (str, int)) else value


# -4 and -6 of the command line are one key here.
_HELP = {"family": "use addresses of this IP version only"}

_FAMILIES: dict[str | int, int] = {
    "ipv4": int(socket.AF_INET),
    "ipv6": int(socket.AF_INET6),
}

_Threshold = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if isinstance(value, (int, float)) else value),
    AfterValidator(read_by(parse_threshold)),
]
_ServerName = Annotated[
    str, AfterValidator(read_by(lambda name: parse_target("localhost", server_name=name)))
]
_Starttls = Annotated[
    str, AfterValidator(read_by(lambda protocol: parse_target("localhost", starttls=protocol)))
]

_OF_KEY: dict[str, Any] = {
    "timeout": Duration,
    "warning": _Threshold,
    "critical": _Threshold,
    "path_warning": _Threshold,
    "path_critical": _Threshold,
    "severity": Annotated[str, AfterValidator(read_by(parse_severity))],
    "expect_spki": Annotated[str, AfterValidator(read_by(parse_spki_pin))],
    "server_name": _ServerName,
    "starttls": _Starttls,
    "enforcement_path": Annotated[str, AfterValidator(read_by(check_path))],
    "connect": Annotated[str, AfterValidator(read_by(parse_target))],
    "family": Annotated[
        Literal[tuple(_FAMILIES.values())],
        BeforeValidator(_family, json_schema_input_type=Literal[tuple(_FAMILIES)]),
    ],
}
_OF_KIND: dict[Kind, Any] = {
    Kind.flag: bool,
    Kind.text: str,
    Kind.path: FilePath,
    Kind.number: float,
    Kind.whole_number: int,
}
