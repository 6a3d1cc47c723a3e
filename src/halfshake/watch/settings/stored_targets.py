"""Targets that are files: `file:` and `kubeconfig:`, each certificate file a target of its own.

A directory or a glob may hold other files tomorrow: `names` is what a look at it shows, without
opening anything, so that a change makes the plan old.
"""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.stored.reader import FILE, KUBECONFIG, expand
from halfshake.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

STORED = (FILE, KUBECONFIG)


def is_stored(target: Target) -> bool:
    """Is it a file, and not a server?"""
    return target.text.startswith(STORED)


def stored_targets(text: str, directory: Path, server_name: str | None) -> list[Target]:
    """Each certificate file that a target stands for; a path is relative to `directory`."""
    return [Target(each, "", 0, server_name or "") for each in expand(in_full(text, directory))]


def in_full(text: str, directory: Path) -> str:
    """The same target with a path that does not depend on where the monitor was started."""
    scheme, _, path = text.partition(":")
    # abspath and not resolve(): a symbolic link is followed when the file is read.
    return f"{scheme}:{os.path.abspath(Path(directory, Path(path).expanduser()))}"  # noqa: PTH100


def names(text: str) -> Iterator[str]:
    """Which files a target stands for now; nothing is opened."""
    scheme, _, path = text.partition(":")
    if f"{scheme}:" == KUBECONFIG:
        yield path.partition("#")[0]
    elif Path(path).is_dir():
        try:
            yield from (entry.path for entry in os.scandir(path))
        except OSError:
            yield path
    elif glob.has_magic(path):
        yield from glob.iglob(path, recursive=True)  # noqa: PTH207
