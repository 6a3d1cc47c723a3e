"""Threads for what can hang: the system's resolver. Those that are idle wait for the next lookup.

They are daemons, not the event loop's executor: a resolver that hangs must not stop the process
from ending. To start a thread for each lookup takes as long as a quick lookup itself.
"""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Work: TypeAlias = Callable[[], None]


def run_in_thread(work: Work) -> None:
    """Do it in an idle thread, in a new one if there is none. What it raises is lost."""
    try:
        idle = _IDLE.pop()
    except IndexError:
        threading.Thread(target=_serve, args=(work,), name="halfshake", daemon=True).start()
    else:
        idle.put(work)


def _serve(work: Work) -> None:
    mine: SimpleQueue[Work] = SimpleQueue()
    while True:
        work()
        if len(_IDLE) >= MOST_IDLE:
            return
        _IDLE.append(mine)
        work = mine.get()


# The last that became idle is the first to work again. A list's append and pop are atomic.
_IDLE: list[SimpleQueue[Work]] = []

# A crowd of lookups leaves this many behind.
MOST_IDLE = 64

# A process that is forked has the list, and none of the threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDLE.clear)
