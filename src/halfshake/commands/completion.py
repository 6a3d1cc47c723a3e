"""`halfshake completion`: what a shell needs to complete commands, options, choices and files."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from halfshake.commands.command_line import COMMANDS, build_parser
from halfshake.errors import UsageError
from halfshake.option import Kind, Option, OptionGroup

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

SHELLS = ("bash", "zsh", "fish")

GROUPS = (
    OptionGroup(
        "",
        (
            Option(
                "shell",
                "the shell",
                flags=("shell",),
                placeholder="bash|zsh|fish",
            ),
        ),
    ),
)


def run_completion(shell: str, output: TextIO) -> None:
    """Print the completion of this shell. Raises UsageError for another shell."""
    if shell not in SHELLS:
        raise UsageError(f"there is completion for {', '.join(SHELLS)}, and not for {shell!r}")
    try:
        import shtab
    except ImportError:
        raise UsageError(
            f"this needs shtab: {sys.executable} -m pip install 'shtab>=1.9'"
        ) from None

    parser = build_parser(COMMANDS)
    for name, subparser in _subparsers(parser):
        options = {
            option.key: option for group in COMMANDS[name].groups for option in group.options
        }
        for action in subparser._actions:  # noqa: SLF001 - argparse names no other way
            if action.dest in options:
                _teach(action, options[action.dest], shtab)
    print(shtab.complete(parser, shell), file=output)


def _subparsers(parser: argparse.ArgumentParser) -> Iterable[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            yield from action.choices.items()


def _teach(action: Any, option: Option, shtab: Any) -> None:
    """Tell shtab what it cannot see in argparse: files, directories, words of a placeholder."""
    words = option.placeholder.split("|")
    if option.kind is Kind.path:
        action.complete = shtab.DIRECTORY if option.placeholder == "DIR" else shtab.FILE
    elif not action.option_strings and len(words) > 1:
        action.choices = words
    # fish knows one letter after one hyphen: it can complete -v, and not -vv.
    if option.names == ("-vv",):
        action.help = argparse.SUPPRESS
