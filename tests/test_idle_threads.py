"""The threads that look names up: used again, not too many left, and no burden for the process."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from halfshake.dial import idle_threads
from halfshake.dial.idle_threads import MOST_IDLE, run_in_thread

if TYPE_CHECKING:
    from collections.abc import Callable


def wait_until(it_holds: Callable[[], bool]) -> None:
    """Look again and again, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not it_holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def where_it_ran() -> int:
    """The thread that did a piece of work; by now one is idle."""
    ran: list[int] = []
    done = threading.Event()

    def work() -> None:
        ran.append(threading.get_ident())
        done.set()

    run_in_thread(work)
    assert done.wait(10)
    wait_until(lambda: bool(idle_threads._IDLE))
    return ran[0]


def _wait(barrier: threading.Barrier) -> None:
    barrier.wait(30)


def test_a_thread_is_used_again() -> None:
    """One lookup after another needs one thread."""
    assert len({where_it_ran() for _ in range(20)}) == 1


def test_a_crowd_leaves_a_few_threads_behind() -> None:
    """All of it runs at the same time; what is too many ends with its work."""
    crowd = MOST_IDLE + 100
    everybody = threading.Barrier(crowd + 1)
    before = set(threading.enumerate())

    def left() -> set[threading.Thread]:
        return set(threading.enumerate()) - before

    for _ in range(crowd):
        run_in_thread(lambda: _wait(everybody))
    assert len(left()) >= 100
    everybody.wait(30)
    wait_until(lambda: len(left()) <= MOST_IDLE)
    assert where_it_ran()


def run(script: str) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def test_a_forked_process_has_threads_of_its_own() -> None:
    """The list of idle threads comes with the fork; the threads do not."""
    done = run("""
import os, threading, time
from halfshake.dial.idle_threads import run_in_thread
def works():
    done = threading.Event()
    run_in_thread(done.set)
    return done.wait(5)
assert works()
time.sleep(0.1)
child = os.fork()
if child == 0:
    os._exit(0 if works() else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""")
    assert done.returncode == 0, done.stderr


def test_a_lookup_that_hangs_does_not_keep_the_process() -> None:
    """It ends with the main thread."""
    done = run("""
import threading
from halfshake.dial.idle_threads import run_in_thread
run_in_thread(threading.Event().wait)
print("ended")
""")
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr
