"""Reports every mistake in an instance at once, each under its key, in pydantic's form."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from halfshake.agent.option_reader import OptionsInvalid
from halfshake.agent.options import read_options


def initialize_instance(values: dict[str, Any]) -> dict[str, Any]:
    """Read the instance as the check will. Raises ValidationError with all mistakes."""
    try:
        read_options(values, {})
    except OptionsInvalid as error:
        raise ValidationError.from_exception_data(
            "InstanceConfig",
            [
                InitErrorDetails(
                    type=PydanticCustomError("halfshake", "{sentence}", {"sentence": sentence}),
                    loc=(key,),
                    input=values.get(key),
                )
                for key, sentence in error.mistakes
            ],
        ) from None
    return values
