"""`Sink`: a queue, and a thread that empties it into something that may be slow."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.event import Event
    from halfshake.observation import FacesRead
    from halfshake.trust.comparison import Summary
    from halfshake.watch.metrics.own_health import OwnHealth
    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.watched import Watched

log = logging.getLogger("halfshake.watch")


class Receiver(Protocol):
    """Where results and events go. All its methods run in one thread of its own: they may block."""

    name: str

    def take(self, watched: Watched, judged: Judged) -> None:
        """Take one result; raises whatever it likes where that fails."""

    def tell(self, event: Event) -> None:
        """Take one event; raises whatever it likes where that fails."""

    def forget(self, watched: Watched) -> None:
        """This target is not watched any more."""

    def take_faces(self, watched: Watched, faces: FacesRead, summary: Summary) -> None:
        """Take the comparison of a target's faces, each of which was taken before."""

    def idle(self) -> None:
        """Nothing more has come for a moment: send what was kept back."""

    def close(self) -> None:
        """No more will come."""


class _Item(NamedTuple):
    """What is in the queue: one call of the receiver."""

    call: Callable[..., None]
    arguments: tuple[object, ...]


class Sink:
    """Hands results to a receiver, as fast as it takes them, and never waits for it."""

    def __init__(
        self,
        receiver: Receiver,
        health: OwnHealth,
        *,
        longest_queue: int = 10_000,
        after: Sink | None = None,
    ) -> None:
        """Begin to take results; `after` is the sink that this one replaces."""
        self.name = receiver.name
        self._receiver = receiver
        self._sent = health.sink_sent.labels(receiver.name)
        self._dropped = health.sink_dropped.labels(receiver.name)
        self._queue: queue.Queue[_Item] = queue.Queue(longest_queue)
        self._after = after
        self._stopping = threading.Event()
        self._failing = False
        # A daemon: a receiver that hangs does not keep the process from ending.
        self._thread = threading.Thread(target=self._empty, name=receiver.name, daemon=True)
        self._thread.start()

    def offer(self, watched: Watched, judged: Judged) -> None:
        """Let the receiver have a result, if there is room in the queue."""
        self._put(self._receiver.take, watched, judged)

    def offer_faces(self, watched: Watched, faces: FacesRead, summary: Summary) -> None:
        """Let the receiver have a comparison, if there is room in the queue."""
        self._put(self._receiver.take_faces, watched, faces, summary)

    def offer_event(self, event: Event) -> None:
        """Let the receiver have an event, if there is room; from any thread."""
        self._put(self._receiver.tell, event)

    def forget(self, watched: Watched) -> None:
        """Let the receiver know that this target is not watched any more."""
        self._put(self._receiver.forget, watched)

    def stop(self) -> None:
        """Nothing more will come: end when the queue is empty."""
        self._stopping.set()

    def close_aside(self) -> None:
        """Close it, while others go on."""
        threading.Thread(target=self.close, args=(HANDOVER_SECONDS,), daemon=True).start()

    def close(self, timeout_seconds: float) -> None:
        """Give the receiver so long for what is in the queue; the rest is dropped, and counted."""
        self.stop()
        self._thread.join(timeout_seconds)
        with contextlib.suppress(queue.Empty):
            while self._thread.is_alive():
                self._queue.get_nowait()
                self._dropped.inc()

    def _put(self, call: Callable[..., None], *arguments: object) -> None:
        try:
            self._queue.put_nowait(_Item(call, arguments))
        except queue.Full:
            self._dropped.inc()

    def _empty(self) -> None:
        if self._after is not None:
            # Two of a name write to the same place: the old one writes what it has, then this one.
            self._after.close(HANDOVER_SECONDS)
            self._after = None
        while True:
            try:
                item = self._queue.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with contextlib.suppress(Exception):
                    self._receiver.idle()
                if self._stopping.is_set():
                    break
                continue
            try:
                item.call(*item.arguments)
            except Exception as error:  # noqa: BLE001 - one that fails is counted; others go on
                self._dropped.inc()
                self._complain(error)
            else:
                if item.call != self._receiver.forget:
                    self._sent.inc()
                self._failing = False
        with contextlib.suppress(Exception):
            self._receiver.close()

    def _complain(self, error: Exception) -> None:
        # Once, not for each of a thousand results a minute.
        if not self._failing:
            log.warning("%s takes no results: %s", self.name, error)
        self._failing = True


IDLE_SECONDS = 0.25

# What a sink that was replaced may need for the rest of its queue. A dead one loses it.
HANDOVER_SECONDS = 15.0
