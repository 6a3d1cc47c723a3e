"""Has a file changed that the plan was made of? By a look at it, every few seconds.

A look works everywhere: on network file systems, and where Kubernetes swaps a symbolic link.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from halfshake.stored.reader import KUBECONFIG
from halfshake.watch.settings.stored_targets import names
from halfshake.watch.settings.target_files import expand

if TYPE_CHECKING:
    from halfshake.watch.settings.plan import Plan

Look: TypeAlias = tuple[int, int, int]
Stamp: TypeAlias = dict[str, Look]
PRESENT: Look = (1, 1, 1)


def stamp(plan: Plan) -> Stamp:
    """What the plan's files look like now; equal for files that are the same."""
    files = [*plan.files, *(str(path) for pattern in plan.patterns for path in expand(pattern))]
    looks = {file: _look(file) for name in dict.fromkeys(files) for file in _each(name)}
    # A certificate file that changes is read on schedule; one that comes or goes is another plan.
    stored = {name: _of_stored(text, name) for text in plan.stored for name in names(text)}
    return looks | stored


def _of_stored(text: str, name: str) -> Look:
    return _look(name) if text.startswith(KUBECONFIG) else PRESENT


def _each(name: str) -> list[str]:
    path = Path(name)
    try:
        return [name, *sorted(str(file) for file in path.iterdir())] if path.is_dir() else [name]
    except OSError:
        return [name]


def _look(file: str) -> Look:
    try:
        status = os.stat(file)  # noqa: PTH116 - through links
    except OSError:
        return 0, 0, 0
    return status.st_ino, status.st_mtime_ns, status.st_size
