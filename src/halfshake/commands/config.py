"""`halfshake config`: check a configuration of `watch`, print its schema, make one of another's."""

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
    """Do one of the three; 0 where it went well. Raises UsageError."""
    action, *files = options.action
    if options.config is not None:
        files = [options.config, *files]
    if len(files) > 1:
        raise UsageError(f"config {action} takes one file, not {len(files)}")
    file = files[0] if files else None
    match action:
        case "check":
            _check(file, output)
        case "schema":
            from halfshake.watch.settings.document import Document

            print(json.dumps(Document.model_json_schema(), indent=2), file=output)
        case "from-blackbox":
            if file is None:
                raise UsageError("config from-blackbox needs a file: a blackbox.yml")
            from halfshake.watch.settings.from_blackbox import from_blackbox

            print(from_blackbox(file), file=output, end="")
        case _:
            raise UsageError(f"config {action!r}: write check, schema or from-blackbox FILE")
    return 0


def _check(file: str | None, output: TextIO) -> None:
    from halfshake.commands.watching import opening
    from halfshake.watch.settings.default_file import configuration_file
    from halfshake.watch.settings.plan import load_plan

    path = configuration_file(file, os.environ)
    plan = load_plan(path, opening(), os.environ)
    targets, modules = len(plan.watched), len(plan.modules)
    print(f"{path}: ok: {_count(targets, 'target')}, {_count(modules, 'module')}", file=output)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
