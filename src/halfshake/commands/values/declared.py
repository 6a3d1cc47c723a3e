"""From declared options to the arguments of a command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from halfshake.option import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from halfshake.option import Option, OptionGroup


def add_groups(parser: argparse.ArgumentParser, groups: Iterable[OptionGroup]) -> None:
    """Let a command take every option of these groups, in their order."""
    for group in groups:
        section = parser.add_argument_group(group.title) if group.title else parser
        alternatives: dict[str, Any] = {}
        for option in group.options:
            place: Any = section
            if option.alternative:
                if option.alternative not in alternatives:
                    alternatives[option.alternative] = section.add_mutually_exclusive_group()
                place = alternatives[option.alternative]
            names, settings = _argument(option)
            place.add_argument(*names, **settings)


def _argument(option: Option) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The arguments for argparse for one option."""
    settings: dict[str, Any] = {"help": option.help.replace("%", "%%")}
    if not option.names[0].startswith("-"):  # a positional argument
        settings["metavar"] = option.placeholder
        if option.several:
            settings["nargs"] = "+" if option.least else "*"
        return (option.key,), settings
    settings |= {"dest": option.key, "default": _default(option)}
    if option.kind is Kind.flag:
        return option.names, settings | {"action": "store_true"}
    if option.kind is Kind.constant:
        return option.names, settings | {"action": "store_const", "const": option.constant}
    if option.placeholder:
        settings["metavar"] = option.placeholder
    if option.several:
        settings["action"] = "append"
    if option.bare is not None:
        settings |= {"nargs": "?", "const": option.bare}
    if option.choices:
        settings |= {"choices": list(option.choices), "type": _choice(option)}
    elif option.kind in _NUMBERS:
        settings["type"] = _NUMBERS[option.kind]
    return option.names, settings


def _default(option: Option) -> object:
    if option.several:
        return []
    return False if option.kind is Kind.flag else option.default


def _choice(option: Option) -> Callable[[str], str]:
    """From a word to the choice; argparse would show a wrong one as a value of its type."""
    choices = {str(choice): choice for choice in option.choices}

    def chosen(word: str) -> str:
        if word not in choices:
            raise argparse.ArgumentTypeError(f"must be one of {', '.join(choices)}, not {word!r}")
        return choices[word]

    return chosen


_NUMBERS = {Kind.number: float, Kind.whole_number: int}
