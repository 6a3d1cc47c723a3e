"""The command line: which command, and the exit codes of the Nagios convention."""

from __future__ import annotations

import argparse
import io
import os
import sys
from typing import TYPE_CHECKING

from halfshake.commands import agent_config, check, config, history, judge, report, watch
from halfshake.commands.values.declared import add_groups
from halfshake.errors import UsageError
from halfshake.scan import options as scan_options
from halfshake.trust.verdict import Status
from halfshake.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn, TextIO

    from halfshake.option import OptionGroup


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
    match options.command:
        case "demo":
            from halfshake.commands.demo import run_demo

            return run_demo(sys.stdout)
        case "watch":
            return watch.run_watch(options)
        case "scan":
            from halfshake.commands.scan import run_scan

            return run_scan(options, sys.stdout)
        case "config":
            return config.run_config(options, sys.stdout)
        case "history":
            return history.run_history(options, sys.stdout)
        case "agent-config":
            agent_config.run_agent_config(options.file, options.output, sys.stdout)
            return EXIT_CODES[Status.ok]
    status = _RUNS[options.command](options, sys.stdout)
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
    for name, (summary, groups) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        # Nagios starts us every minute: we do not build the arguments of the other commands.
        if name in arguments:
            add_groups(command, groups)
    return parser


_COMMANDS: dict[str, tuple[str, tuple[OptionGroup, ...]]] = {
    "check": ("read and judge targets, and print the results", check.GROUPS),
    "judge": ("judge saved readings again, for another time or with other CAs", judge.GROUPS),
    "scan": ("read many targets once, streamed into a file", scan_options.GROUPS),
    "watch": ("read targets on schedule, all year, and tell Prometheus and others", watch.GROUPS),
    "history": ("say what changed, as halfshake watch has seen it", history.GROUPS),
    "report": ("write saved readings as a page in one file, to mail", report.GROUPS),
    "config": ("check a configuration of watch, print its schema, or convert one", config.GROUPS),
    "agent-config": (
        "turn a configuration of Datadog's tls check into one of ours",
        agent_config.GROUPS,
    ),
    "demo": ("start real mTLS servers on loopback, and show what check says about them", ()),
}


_RUNS: dict[str, Callable[[argparse.Namespace, TextIO], Status | None]] = {
    "check": check.run_check,
    "judge": judge.run_judge,
    "report": report.run_report,
}

EXIT_CODES = {Status.ok: 0, Status.warning: 1, Status.critical: 2, Status.unknown: 3}

# The exit codes that shells report for SIGINT and SIGPIPE.
INTERRUPTED = 130
BROKEN_PIPE = 141
