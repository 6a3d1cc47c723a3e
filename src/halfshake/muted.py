"""`muted()`: a library's warnings are not printed meanwhile, even if several threads are in it.

`warnings.catch_warnings()` restores what it found. Two threads in it at once restore what the other
one has set: then one of them prints its warnings, or warnings stay off for good.
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Print no warning; the last one to leave restores what the first one found."""
    _ROOM.enter()
    try:
        yield
    finally:
        _ROOM.leave()


class _Room:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._found: warnings.catch_warnings[None] | None = None

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._found is None:
                self._found = warnings.catch_warnings()
                self._found.__enter__()
                warnings.simplefilter("ignore")

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._found is not None:
                self._found.__exit__(None, None, None)
                self._found = None


_ROOM = _Room()
