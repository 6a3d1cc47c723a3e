"""A network of one's own for the pages: their names, their addresses, and nothing else.

The kernel gives a process its own interfaces and its own /etc/hosts (unshare(1)), so a page can say
`halfshake check api.example.com`, and a real server answers on port 443 of 192.0.2.7.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Network:
    """A running network. `enter` is put before a command that is to run in it."""

    def __init__(self, pid: int, *, as_root: bool) -> None:
        user = [] if as_root else ["--user", "--preserve-credentials"]
        self.enter = ["nsenter", "--target", str(pid), *user, "--net", "--mount"]


@contextlib.contextmanager
def network(stage: Path, directory: Path) -> Iterator[Network]:
    """Run the script `stage` in a network of its own until the context ends.

    The script gets `directory`, says "ready", and ends when its standard input does.
    """
    if shutil.which("unshare") is None:
        _missing("unshare(1) of util-linux is not installed")
    as_root = os.geteuid() == 0
    user = [] if as_root else ["--user", "--map-root-user"]
    process = subprocess.Popen(
        ["unshare", *user, "--net", "--mount", sys.executable, str(stage), str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        if process.stdout.readline() != "ready\n":
            time.sleep(0.1)
            _missing(f"no network of one's own: {process.stderr.read()[-2000:]}")
        yield Network(process.pid, as_root=as_root)
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()


def _missing(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
