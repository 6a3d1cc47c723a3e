"""`halfshake watch`: the monitor that runs all year."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from halfshake.errors import UsageError
from halfshake.watch.options import WATCH

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

GROUPS = (WATCH,)


def run_watch(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; 0. With --healthcheck 0 or 1, at once.

    Raises UsageError where it cannot begin.
    """
    from halfshake.commands.watching import opening
    from halfshake.watch.process import run
    from halfshake.watch.settings.default_file import configuration_file
    from halfshake.watch.settings.keys.listen_text import parse_listen

    if options.listen is not None:
        try:
            parse_listen(options.listen)
        except ValueError as error:
            raise UsageError(f"--listen: {error}") from error
    if options.healthcheck and options.listen:
        return _healthcheck(options.listen)
    path = configuration_file(options.config, os.environ)
    if options.healthcheck:
        from halfshake.watch.settings.plan import load_plan

        return _healthcheck(load_plan(path, opening(), os.environ).document.listen)
    return run(
        path,
        opening,
        os.environ,
        listen=options.listen,
        web_config=options.web_config,
        open_dogstatsd=_open_dogstatsd,
    )


def _healthcheck(listen: str) -> int:
    from halfshake.watch.healthcheck import problem_at

    try:
        problem = problem_at(listen)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if problem:
        print(f"halfshake: {problem}", file=sys.stderr)
    return int(bool(problem))


def _open_dogstatsd(address: str, environment: Mapping[str, str]) -> Any:
    from halfshake.commands.values.dogstatsd import dogstatsd_address, dogstatsd_client

    try:
        return dogstatsd_client(dogstatsd_address(address, environment), environment)
    except UsageError as error:
        # Here it is a key of the configuration, not an option of `check`.
        sentence = str(error).partition("; to take the address")[0]
        raise UsageError(sentence.replace("--dogstatsd", "sinks.dogstatsd", 1)) from error
