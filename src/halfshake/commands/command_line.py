"""Every command with its summary, and the parser of the command line.

The command line, the completion of shells and the man pages are all made from this table. It names
modules instead of importing them: Nagios starts us every minute, for one command.
"""

from __future__ import annotations

import argparse
import functools
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from halfshake.commands.values.declared import add_groups
from halfshake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from typing import Any, NoReturn

    from halfshake.option import OptionGroup


class Command(NamedTuple):
    """A command; `home` is the module below `halfshake` that has its options as GROUPS."""

    summary: str
    home: str = ""

    @property
    def groups(self) -> tuple[OptionGroup, ...]:
        """Its options; this imports its module."""
        if not self.home:
            return ()
        groups: tuple[OptionGroup, ...] = import_module(f"halfshake.{self.home}").GROUPS
        return groups


def parser_for(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser that these arguments need: of one command, if they begin with it."""
    first = arguments[0] if arguments else ""
    parser = build_parser(arguments, {first: COMMANDS[first]} if first in COMMANDS else COMMANDS)
    parser.given = arguments
    return parser


def build_parser(wanted: Container[str], commands: Mapping[str, Command] | None = None) -> _Parser:
    """The parser of the command line, with the options of the commands whose names are wanted."""
    parser = _Parser(prog="halfshake", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"halfshake {__version__}")
    # With `prog`, argparse need not format a help text to find it out.
    subparsers = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", prog="halfshake"
    )
    for name, command in (COMMANDS if commands is None else commands).items():
        subparser = subparsers.add_parser(name, help=command.summary)
        if name in wanted:
            add_groups(subparser, command.groups)
    return parser


class _Parser(argparse.ArgumentParser):
    """Wrong usage is UNKNOWN for Nagios, not argparse's 2, which would mean CRITICAL.

    argparse asks a formatter about each argument that is added. To one that knows its width nobody
    has to tell the terminal's, for which `shutil` would be imported; a help text has that width.
    """

    # What is parsed, where that is known: to say what was probably meant.
    given: Sequence[str] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, formatter_class=_OF_ANY_WIDTH)
        # We suggest options too, in `error`; Python 3.15 suggests commands by itself.
        self.suggest_on_error = False

    def format_help(self) -> str:
        self.formatter_class = argparse.HelpFormatter
        return super().format_help()

    def format_usage(self) -> str:
        self.formatter_class = argparse.HelpFormatter
        return super().format_usage()

    def error(self, message: str) -> NoReturn:
        # Python 3.14 colours the usage if standard output is a terminal; this may go to a log.
        self.color = False
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"{self.prog}: {_in_words(message, self.given)}\n")


def _in_words(message: str, given: Sequence[str]) -> str:
    """What argparse says, and what was probably meant."""
    if message.endswith("required: COMMAND"):
        return "give a command, such as: halfshake check api.example.com"
    command = next((each for each in given if each in COMMANDS), "")
    if unknown := re.match(r"unrecognized arguments: (--[\w-]+)", message):
        groups = COMMANDS[command].groups if command else ()
        known = [name for group in groups for option in group.options for name in option.names]
    elif unknown := re.match(r"argument COMMAND: invalid choice: '([^']+)'", message):
        known = list(COMMANDS)
    else:
        return message
    import difflib

    close = difflib.get_close_matches(unknown[1], known, 1, cutoff=0.75)
    shown = f"halfshake {command} --help".replace("  ", " ")
    return f"{message}; " + (f"did you mean {close[0]}?" if close else f"see {shown}")


_OF_ANY_WIDTH = functools.partial(argparse.HelpFormatter, width=80)

COMMANDS = {
    "check": Command("read and judge targets, and print the results", "commands.check"),
    "judge": Command(
        "judge saved readings again, for another time or with other CAs", "commands.judge"
    ),
    "scan": Command("read many targets once, streamed into a file", "scan.options"),
    "watch": Command(
        "read targets on schedule, all year, and tell Prometheus and others", "commands.watch"
    ),
    "history": Command("say what changed, as halfshake watch has seen it", "commands.history"),
    "report": Command("write saved readings as a page in one file, to mail", "commands.report"),
    "config": Command(
        "check a configuration of watch, print its schema, or convert one", "commands.config"
    ),
    "agent-config": Command(
        "turn a configuration of Datadog's tls check into one of ours", "commands.agent_config"
    ),
    "demo": Command("start real mTLS servers on loopback, and show what check says about them"),
    "completion": Command(
        "print what bash, zsh or fish needs to complete our commands and options",
        "commands.completion",
    ),
}

DESCRIPTION = (
    "Read and judge the certificate of a TLS server that requires a client certificate, without "
    "having one."
)

WRONG_USAGE = 3
