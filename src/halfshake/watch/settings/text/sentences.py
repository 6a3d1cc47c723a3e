"""From pydantic's errors to mistakes: in sentences, each at its line."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from halfshake.watch.settings.text.mistakes import Mistake
    from halfshake.watch.settings.text.text_file import TextFile


def mistakes_of(
    error: ValidationError,
    source: TextFile,
    model: type[BaseModel],
    key: Sequence[str | int],
    elsewhere: Mapping[str, tuple[str | int, ...]] = MappingProxyType({}),
) -> list[Mistake]:
    """Every mistake of one part of a file, which stands under `key`, or where `elsewhere` says."""
    seen: dict[Mistake, None] = {}
    for detail in error.errors(include_url=False, include_input=False):
        path = tuple(part for part in detail["loc"] if part not in _OF_PYDANTIC)
        moved = elsewhere.get(str(path[0])) if path else None
        place = (*key, *path) if moved is None else (*moved, *path[1:])
        seen[source.mistake(place, _sentence(detail, model, path))] = None
    return list(seen)


def _sentence(detail: ErrorDetails, model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    context: dict[str, Any] = detail.get("ctx") or {}
    match detail["type"]:
        case "extra_forbidden":
            return _no_such_key(model, path)
        case "missing":
            return "is missing"
        case "literal_error":
            return f"has to be {context['expected']}"
        case "bool_type" | "bool_parsing":
            return "has to be true or false"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "has to be a map: key: value"
        case "greater_than":
            return f"has to be more than {context['gt']:g}"
        case "greater_than_equal":
            return f"has to be {context['ge']:g} or more"
        case "less_than_equal":
            return f"has to be {context['le']:g} or less"
        case kind if kind in _OWN:
            return detail["msg"]
        case _:
            return detail["msg"].replace("Input should be", "has to be", 1)


def _no_such_key(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    known: Any = model
    for part in path[:-1]:
        field = getattr(known, "model_fields", {}).get(part)
        known = _model_in(field.annotation) if field is not None else known
    names = list(getattr(known, "model_fields", {}))
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    return "there is no such key" + (f"; did you mean {close[0]}?" if close else "")


def _model_in(annotation: Any) -> Any:
    if hasattr(annotation, "model_fields"):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None


# What pydantic adds to a path, and nobody wrote: the branches of a union, a map's keys.
_OF_PYDANTIC = {"[key]", "Trust", "str", "function-after[in_directory(), str]"}
_OWN = {
    "secret", "usage", "file", "label", "duration", "network", "listen",
    "time_zone", "clock", "quiet", "url", "service", "resend", "keep",
}  # fmt: skip
