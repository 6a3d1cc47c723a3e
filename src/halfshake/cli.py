"""The command line: which command, and the exit codes of the Nagios convention."""

from __future__ import annotations

import argparse
import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from halfshake.commands.values.declared import add_groups
from halfshake.errors import UsageError
from halfshake.trust.verdict import Status
from halfshake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown or wrong usage."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(given).parse_args(given)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A character in a server's name that the terminal cannot show must not end the run.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _run(options)
    except UsageError as error:
        print(f"halfshake: {error}", file=sys.stderr)
        return EXIT_CODES[Status.unknown]
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has closed it, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _run(options: argparse.Namespace) -> int:
    status: Status | None
    match options.command:
        case "demo":
            from halfshake.commands.demo import run_demo

            return run_demo(sys.stdout)
        case "watch":
            from halfshake.commands.watch import run_watch

            return run_watch(options)
        case "scan":
            from halfshake.commands.scan import run_scan

            return run_scan(options, sys.stdout)
        case "config":
            from halfshake.commands.config import run_config

            return run_config(options, sys.stdout)
        case "history":
            from halfshake.commands.history import run_history

            return run_history(options, sys.stdout)
        case "agent-config":
            from halfshake.commands.agent_config import run_agent_config

            run_agent_config(options.file, options.output, sys.stdout)
            return EXIT_CODES[Status.ok]
        case "judge":
            from halfshake.commands.judge import run_judge

            status = run_judge(options, sys.stdout)
        case "report":
            from halfshake.commands.report import run_report

            status = run_report(options, sys.stdout)
        case _:
            from halfshake.commands.check import run_check

            status = run_check(options, sys.stdout)
    if status is None:
        print("halfshake: interrupted; the results so far are above", file=sys.stderr)
        return INTERRUPTED
    return EXIT_CODES[status]


class _Parser(argparse.ArgumentParser):
    """Wrong usage is UNKNOWN for Nagios, not argparse's 2, which would mean CRITICAL."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_CODES[Status.unknown], f"{self.prog}: {message}\n")


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="halfshake",
        description="Read and judge the certificate of a TLS server that requires a client "
        "certificate, without having one.",
    )
    parser.add_argument("--version", action="version", version=f"halfshake {__version__}")
    # With `prog`, argparse need not format a help text to find it out.
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", prog="halfshake"
    )
    for name, (summary, home) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        # Nagios starts us every minute: we do not import the other commands.
        if name in arguments and home:
            add_groups(command, import_module(f"halfshake.{home}").GROUPS)
    return parser


# Each with its summary, and the module that has its options as GROUPS.
_COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("read and judge targets, and print the results", "commands.check"),
    "judge": ("judge saved readings again, for another time or with other CAs", "commands.judge"),
    "scan": ("read many targets once, streamed into a file", "scan.options"),
    "watch": (
        "read targets on schedule, all year, and tell Prometheus and others",
        "commands.watch",
    ),
    "history": ("say what changed, as halfshake watch has seen it", "commands.history"),
    "report": ("write saved readings as a page in one file, to mail", "commands.report"),
    "config": (
        "check a configuration of watch, print its schema, or convert one",
        "commands.config",
    ),
    "agent-config": (
        "turn a configuration of Datadog's tls check into one of ours",
        "commands.agent_config",
    ),
    "demo": ("start real mTLS servers on loopback, and show what check says about them", ""),
}

EXIT_CODES = {Status.ok: 0, Status.warning: 1, Status.critical: 2, Status.unknown: 3}

# The exit codes that shells report for SIGINT and SIGPIPE.
INTERRUPTED = 130
BROKEN_PIPE = 141
