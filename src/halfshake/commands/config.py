"""`halfshake config`: check a configuration of `watch`, test its services, print its schema."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.watch.options import CONFIG

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

GROUPS = (CONFIG,)


def run_config(options: argparse.Namespace, output: TextIO) -> int:
    """Do one of the four; 0 where it went well, 2 where a service failed. Raises UsageError."""
    action, *files = options.action
    if options.config is not None:
        files = [options.config, *files]
    if len(files) > 1:
        raise UsageError(f"config {action} takes one file, not {len(files)}")
    file = files[0] if files else None
    match action:
        case "check":
            _check(file, output)
        case "notify-test":
            return _notify_test(file, output)
        case "schema":
            from halfshake.watch.settings.keys.document import Document

            print(json.dumps(Document.model_json_schema(), indent=2), file=output)
        case "from-blackbox":
            if file is None:
                raise UsageError("config from-blackbox needs a file: a blackbox.yml")
            from halfshake.watch.settings.from_blackbox import from_blackbox

            print(from_blackbox(file), file=output, end="")
        case _:
            raise UsageError(
                f"config {action!r}: write check, notify-test, schema or from-blackbox FILE"
            )
    return 0


def _check(file: str | None, output: TextIO) -> None:
    from halfshake.commands.watching import opening
    from halfshake.watch.settings.default_file import configuration_file
    from halfshake.watch.settings.plan import load_plan

    path = configuration_file(file, os.environ)
    plan = load_plan(path, opening(), os.environ)
    targets, modules = len(plan.watched), len(plan.modules)
    print(f"{path}: ok: {_count(targets, 'target')}, {_count(modules, 'module')}", file=output)


def _notify_test(file: str | None, output: TextIO) -> int:
    from halfshake.commands.watching import opening
    from halfshake.watch.notifications.testing import send_tests
    from halfshake.watch.settings.default_file import configuration_file
    from halfshake.watch.settings.plan import load_plan

    path = configuration_file(file, os.environ)
    notify = load_plan(path, opening(), os.environ).document.notify
    if not notify.services:
        raise UsageError(f"{path}: notify.services is empty: there is nobody to be sent a test")
    failed = False
    for name, problem in send_tests(
        {name: service.secret_url() for name, service in notify.services.items()}
    ):
        failed = failed or problem is not None
        print(f"{name}: {problem or 'sent'}", file=output)
    return EXIT_FAILED if failed else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


EXIT_FAILED = 2
"""A service did not take the test: critical, by the convention of Nagios."""
