"""The command line: which command, and the exit codes of the Nagios convention."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from typing import TYPE_CHECKING

from halfshake.commands.command_line import parser_for
from halfshake.errors import UsageError
from halfshake.trust.status import Status

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 ok, 1 warning, 2 critical, 3 unknown or wrong usage."""
    # Imports make objects that stay. To look through them every 700 was 1 % of a check.
    gc.set_threshold(GARBAGE_THRESHOLD)
    # The system takes back what a process leaves: Python need not look for cycles in it.
    atexit.register(gc.freeze)
    given = sys.argv[1:] if arguments is None else list(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A character that the terminal cannot show, in a server's name or a help text, must not
        # end the run.
        sys.stdout.reconfigure(errors="backslashreplace")
    options = parser_for(given).parse_args(given)
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
        case "completion":
            from halfshake.commands.completion import run_completion

            run_completion(options.shell, sys.stdout)
            return EXIT_CODES[Status.ok]
    status = _judge(options)
    if status is None:
        print("halfshake: interrupted; the results so far are above", file=sys.stderr)
        return INTERRUPTED
    return EXIT_CODES[status]


def _judge(options: argparse.Namespace) -> Status | None:
    match options.command:
        case "judge":
            from halfshake.commands.judge import run_judge

            return run_judge(options, sys.stdout)
        case "report":
            from halfshake.commands.report import run_report

            return run_report(options, sys.stdout)
        case _:
            from halfshake.commands.check import run_check

            return run_check(options, sys.stdout)


# Containers made before the collector looks for cycles among the youngest. Some 2 MB of garbage.
GARBAGE_THRESHOLD = 10_000

EXIT_CODES = {Status.ok: 0, Status.warning: 1, Status.critical: 2, Status.unknown: 3}

# The exit codes that shells report for SIGINT and SIGPIPE.
INTERRUPTED = 130
BROKEN_PIPE = 141
