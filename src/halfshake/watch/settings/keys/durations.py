"""Durations as Prometheus writes them: 30s, 5m, 1h30m, 1d; a bare number is seconds."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError


def parse_duration(value: object) -> float:
    """Read a duration, in seconds."""
    if isinstance(value, bool):
        raise _no_duration(value)
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str) or not _DURATION.fullmatch(value.strip()):
        raise _no_duration(value)
    parts = _PART.findall(value)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _no_duration(value: object) -> PydanticCustomError:
    return PydanticCustomError(
        "duration", "{value} is not a duration: write 30s, 5m or 1h30m", {"value": repr(value)}
    )


_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw]|)")
_DURATION = re.compile(r"\d+(?:\.\d+)?|(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+")

DURATION = {
    "anyOf": [{"type": "number"}, {"type": "string", "examples": ["30s", "5m", "1h30m"]}],
}
MAX_SECONDS = 366 * 86400

Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    Field(gt=0, le=MAX_SECONDS),
    WithJsonSchema(DURATION),
]
"""More than nothing: of an interval of 0 nothing but load would come."""

DurationOrZero = Annotated[
    float,
    BeforeValidator(parse_duration),
    Field(ge=0, le=MAX_SECONDS),
    WithJsonSchema(DURATION),
]
"""A wait, which may be none."""
