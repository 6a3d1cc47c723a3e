"""Kills a writing process again and again, and looks at the file after each time.

Run as a program: ROUNDS and a directory. Each round is a fork of this process, which has everything
loaded: it writes visits, and its events go into a pipe once they are told. A line of JSON at the
end says what was found.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.history import history as module
from halfshake.history.history import History
from halfshake.history.queries import Past
from history.seen import certificate, read, visit

if TYPE_CHECKING:
    from halfshake.event import Event

TARGETS = 20


class NoHealth:
    """Nobody counts here."""

    def wrote(self, visits: int, events: int) -> None:
        """Nothing."""

    def dropped(self, visits: int) -> None:
        """Nothing."""

    def writable(self, *, writable: bool) -> None:
        """Nothing."""


def write(path: str, pipe: int) -> None:
    """Write until killed: the verdict on each target goes back and forth."""
    history = History(path, NoHealth(), keep_seconds=1e9)

    def tell(event: Event) -> None:
        os.write(pipe, f"{event.number}\n".encode())

    history.on_event.append(tell)
    history.start()
    number = 0
    while True:
        for target in range(TARGETS):
            reading = READINGS[number // TARGETS % 2]
            result = reading.result._replace(observed_at=datetime.now(UTC))
            history.record(visit(reading._replace(result=result), name=f"t{target}"))
            number += 1
        time.sleep(0.001)


def main() -> None:
    """Kill, look, and say what was seen."""
    rounds, directory = int(sys.argv[1]), Path(sys.argv[2])
    path = str(directory / "history.sqlite")
    module.BATCH_SECONDS = 0.005
    reported: set[int] = set()
    kept: dict[int, Event] = {}
    problems: list[str] = []
    for number in range(rounds):
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            write(path, writable)
        os.close(writable)
        if number % 2:  # else while it opens the file
            select.select([readable], [], [], 5)
        time.sleep(random.uniform(0.0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(readable, "rb") as pipe:
            told = pipe.read().decode().split("\n")[:-1]
        if len(set(told)) != len(told):
            problems.append("an event was told twice")
        reported.update(map(int, told))
        with sqlite3.connect(path) as connection:
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                problems.append("damaged")
        connection.close()
        if not reported:
            continue  # killed before the file was there
        past = Past(f"file:{path}?mode=ro")
        events = {event.number: event for event in past.events(limit=10**6)}
        past.close()
        if not reported <= events.keys():
            problems.append("lost")
        if any(events.get(number) != event for number, event in kept.items()):
            problems.append("another one than before")
        kept = events
    # Each change begins where the last one ended: none is missing, none is there twice.
    status: dict[str, str | None] = {}
    for event in kept.values():
        if status.get(event.target, event.before) != event.before or event.before == event.after:
            problems.append(f"doubled or left out: {event}")
        status[event.target] = event.after
    found = {"reported": len(reported), "kept": len(kept), "problems": problems}
    sys.stdout.write(json.dumps(found))


SHOWN = certificate(90)
READINGS = (read(SHOWN, 0, status="ok"), read(SHOWN, 0, status="warning"))

if __name__ == "__main__":
    main()
