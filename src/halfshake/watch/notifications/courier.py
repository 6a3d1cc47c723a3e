"""`Courier`: brings a service its messages, again and again until it takes them.

Each service has a courier with a thread of its own, and each attempt another one: a service that
hangs delays nobody, and a late success still counts.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.watch.notifications.outbox import Due, Outbox
    from halfshake.watch.notifications.wording import Message

log = logging.getLogger("halfshake.watch")


class NotSent(Exception):
    """A service did not take a message; the text says why, without secrets."""


class Service(Protocol):
    """Something that takes messages."""

    name: str

    def send(self, message: Message) -> None:
        """Send one message; may block. Raises NotSent."""


def problem_of(service: Service, message: Message) -> str | None:
    """Send a message; what was wrong, without secrets, or None."""
    try:
        service.send(message)
    except NotSent as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a plugin's bug is a failed attempt
        return f"the plugin failed with {type(error).__name__}"
    return None


class Counts(Protocol):
    """Where a courier tells how it does."""

    def sent(self, service: str) -> None:
        """A message was taken."""

    def attempt_failed(self, service: str) -> None:
        """A message was not taken this time."""

    def given_up(self, service: str, events: int) -> None:
        """So many events will never be told."""


class Patience(NamedTuple):
    """How long one attempt may take, and how long to wait after one that failed; in seconds."""

    attempt: float = 30.0
    first_wait: float = 10.0
    longest_wait: float = 600.0
    give_up: float = 3 * 86400.0

    def wait_after(self, attempts: int) -> float:
        """How long to wait after so many failed attempts: twice as long each time."""
        return float(min(self.longest_wait, self.first_wait * 2 ** min(attempts - 1, 30)))


class Courier:
    """Delivers one service's messages, in order as long as the service takes them."""

    def __init__(
        self,
        service: Service,
        outbox: Outbox,
        counts: Counts,
        *,
        now: Callable[[], float],
        patience: Patience,
        after: Courier | None = None,
    ) -> None:
        """`after` is the courier of the same name that this one takes over from, stopped."""
        self.service = self._service = service
        self.patience = patience
        self._outbox = outbox
        self._counts = counts
        self._now = now
        self._after = after
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self.under_way: dict[int, threading.Thread] = after.under_way if after else {}
        # Taken by the service, but the file could not be written: never send these again.
        self.unrecorded: set[int] = after.unrecorded if after else set()
        self._failing = False
        self._thread = threading.Thread(
            target=self._run, name=f"notify {service.name}", daemon=True
        )

    def start(self) -> None:
        """Begin, if it has not begun."""
        if self._thread.ident is None:
            self._thread.start()

    def wake(self) -> None:
        """There may be something to deliver."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the attempt under way; what is left stays in the outbox. Returns at once."""
        self._stopping.set()
        self._wake.set()

    def join(self, timeout_seconds: float) -> None:
        """Wait for the end, for so long."""
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    @property
    def is_busy(self) -> bool:
        """Is an attempt still under way?"""
        return self._thread.is_alive() or any(
            thread.is_alive() for thread in tuple(self.under_way.values())
        )

    def deliver_due(self) -> bool:
        """Try the next message whose time has come; False where there is none.

        Raises sqlite3.Error where the outbox cannot be read or written.
        """
        # Before the outbox is read: an attempt that ends meanwhile has taken its message out of it.
        under_way = self.under_way.copy()
        for number in tuple(self.unrecorded):
            self._outbox.remove(number)
            self.unrecorded.discard(number)
        now = self._now()
        due = self._outbox.next_due(self._service.name, now)
        if due is None:
            return False
        hanging = under_way.get(due.number)
        if hanging is None:
            problem = self._attempt(due)
        elif hanging.is_alive():
            problem = "it still hangs"
        else:
            return True  # it ended while we looked: the outbox says what came of it
        if problem is not None:
            self._was_refused(due, problem)
        return True

    def _attempt(self, due: Due) -> str | None:
        """Send it; what was wrong, or None. What takes too long goes on beside us."""
        outcome: list[str | None] = []

        def send() -> None:
            problem = problem_of(self._service, due.message)
            try:
                if problem is None:
                    self._was_taken(due)
                outcome.append(problem)
            finally:
                # Last: before it is recorded, nobody may send it again.
                del self.under_way[due.number]

        thread = threading.Thread(
            target=send, name=f"notify {self._service.name} send", daemon=True
        )
        self.under_way[due.number] = thread
        try:
            thread.start()
        except RuntimeError as error:
            del self.under_way[due.number]
            return f"no thread could be started: {error}"
        thread.join(self.patience.attempt)
        return outcome[0] if outcome else f"no answer within {self.patience.attempt:g} s"

    def _was_taken(self, due: Due) -> None:
        self._counts.sent(self._service.name)
        if self._failing:
            log.info("notify: %s takes messages again", self._service.name)
        self._failing = False
        try:
            self._outbox.remove(due.number)
        except sqlite3.Error:
            self.unrecorded.add(due.number)

    def _was_refused(self, due: Due, problem: str) -> None:
        now = self._now()
        self._counts.attempt_failed(self._service.name)
        if now - due.made > self.patience.give_up:
            self._outbox.remove(due.number)
            self._counts.given_up(self._service.name, due.message.events)
            log.error("notify: %s: given up: %s", self._service.name, due.message.subject)
            return
        self._outbox.failed(due.number, now, now + self.patience.wait_after(due.attempts + 1))
        # Once, not every ten minutes.
        if not self._failing:
            log.warning("notify: %s takes no message: %s", self._service.name, problem)
        self._failing = True

    def _run(self) -> None:
        if self._after is not None:
            # Its attempt ends first: a message is with one courier at a time.
            self._after.join(self._after.patience.attempt + LOOK_EVERY_SECONDS)
            self._after = None
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                while not self._stopping.is_set() and self.deliver_due():
                    pass
            except sqlite3.Error as error:
                log.warning("notify: the outbox fails, it is tried again: %s", error)
                self._stopping.wait(OUTBOX_RETRY_SECONDS)
            self._wake.wait(LOOK_EVERY_SECONDS)
        with contextlib.suppress(sqlite3.Error):
            for number in tuple(self.unrecorded):
                self._outbox.remove(number)


LOOK_EVERY_SECONDS = 1.0
OUTBOX_RETRY_SECONDS = 5.0
