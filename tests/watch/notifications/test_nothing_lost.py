"""No event is lost and none is told twice, whatever the clock, the services and the crashes do."""

from __future__ import annotations

import itertools
import re
import resource
import sqlite3
import threading
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.notifications.courier import Courier, Patience
from halfshake.watch.notifications.desk import MAX_MESSAGES, Desk
from halfshake.watch.notifications.notifier import Notifier, open_outbox
from halfshake.watch.notifications.outbox import Outbox, target_key
from halfshake.watch.notifications.policy import Policy
from watch.notifications.told import NOON, Counted, History, Recorder, event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halfshake.event import Event
    from halfshake.watch.notifications.outbox import Due, Taken

WATCHED = {target_key(name, ()) for name in ("a", "b", "api.example.com")}


class Crash(Exception):
    """The process ends here."""


class CrashingOutbox(Outbox):
    """A file whose process is killed, or whose disk is full, in the middle of a transaction."""

    crash_in = 0

    def take(self, event: Event, services: list[Taken], now: float) -> None:  # type: ignore[override]
        """Die before the commit, if it is time."""
        self._maybe()
        super().take(event, services, now)

    def put(self, *arguments: object) -> None:
        """Die before the commit, if it is time."""
        self._maybe()
        super().put(*arguments)  # type: ignore[arg-type]

    def _maybe(self) -> None:
        self.crash_in -= 1
        if self.crash_in == 0:
            raise Crash


class World:
    """A monitor with two services, one of which may be broken, and a clock that anybody turns."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "outbox.sqlite"
        self.now = NOON
        self.history = History()
        self.services = [Recorder("chat"), Recorder("mail")]
        self.policies = {
            "chat": Policy(group_wait_seconds=30, remind_seconds=None, give_up_seconds=1e9),
            "mail": Policy(group_by=("target",), remind_seconds=None, give_up_seconds=1e9),
        }
        self.start()

    def start(self) -> None:
        """Begin, with what the file says."""
        self.outbox = CrashingOutbox(self.path)
        patience = Patience(give_up=1e9)
        self.notifier = Notifier(
            self.services, [], self.policies, self.history, self.outbox,
            health=OwnHealth().notifications, now=lambda: self.now,
        )  # fmt: skip
        self.notifier._catch_up()
        self.couriers = [
            Courier(each, self.outbox, Counted(), now=lambda: self.now, patience=patience)
            for each in self.services
        ]

    def restart(self) -> None:
        """End as `kill -9` ends, and begin again."""
        self.outbox.close()
        self.start()

    def happen(self, status: str, target: str, *, lost_call: bool) -> None:
        """Write an event; `lost_call`: the process ends before it hands it on."""
        number = len(self.history.written) + 1
        self.history.written.append(event(number, target, status))
        if lost_call:
            self.restart()
        else:
            self.notifier.tell(self.history.written[-1])

    def go_on(self) -> None:
        """A turn of the desk, and of each courier."""
        try:
            self.notifier.turn()
        except Crash:
            self.restart()
        for courier in self.couriers:
            while courier.deliver_due():
                pass


STEPS = st.one_of(
    st.tuples(st.just("event"), st.sampled_from(["ok", "warning", "critical"]), st.booleans()),
    st.tuples(st.just("clock"), st.sampled_from([-86400, -40, 1, 31, 700]), st.none()),
    st.tuples(st.just("broken"), st.integers(0, 1), st.booleans()),
    st.tuples(st.just("crash"), st.integers(1, 4), st.none()),
    st.tuples(st.just("turn"), st.none(), st.none()),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_each_event_once(steps: list[tuple[str, object, object]]) -> None:
    """Everything is told to each service, once; reminders and collapsed lines apart."""
    with TemporaryDirectory() as directory:
        world = World(Path(directory))
        targets = itertools.cycle(["a", "b"])
        for step, first, second in steps:
            match step:
                case "event":
                    world.happen(str(first), next(targets), lost_call=bool(second))
                case "clock":
                    world.now += first  # type: ignore[operator]
                case "broken":
                    world.services[first].broken = bool(second)  # type: ignore[call-overload]
                case "crash":
                    world.outbox.crash_in = int(first)  # type: ignore[call-overload]
                case _:
                    world.go_on()
        for service in world.services:
            service.broken = False
        for _ in range(12):
            world.now += 700
            world.go_on()
        wanted = Counter(range(1, len(world.history.written) + 1))
        for service in world.services:
            told = Counter(int(number) for number in re.findall(r"change no\. (\d+)", service.text))
            assert told == wanted, service.name
            assert world.outbox.pending(service.name) == 0
        world.outbox.close()


def desk(policy: Policy, path: Path | None = None) -> tuple[Desk, Outbox]:
    """A desk for one service."""
    outbox = Outbox(path)
    return Desk(outbox, [], {"chat": policy}), outbox


def test_a_dead_service_gets_few_messages_with_more_in_them(tmp_path: Path) -> None:
    """Back-off, over a restart; and nothing is lost when it is back."""
    path = tmp_path / "outbox.sqlite"
    policy = Policy(group_wait_seconds=0, remind_seconds=None)
    at, outbox = desk(policy, path)
    service, counts = Recorder(), Counted()
    service.broken = True
    now = NOON

    def clock() -> float:
        return now

    patience = Patience(first_wait=10, longest_wait=60)
    courier = Courier(service, outbox, counts, now=clock, patience=patience)
    tries = []
    for number in range(1, 121):
        at.take(event(number, f"host{number}"), now)
        at.turn(now)
        before = service.tries
        while courier.deliver_due():
            pass
        tries.append(service.tries - before)
        now += 1
        if number == 60:
            outbox.close()
            at, outbox = desk(policy, path)
            courier = Courier(service, outbox, counts, now=clock, patience=patience)
    assert outbox.messages("chat") == MAX_MESSAGES
    assert outbox.pending("chat") == 120
    # Of five messages: at once, after 10, 20, 40 and then every 60 seconds.
    assert 15 <= sum(tries) <= 40
    assert counts.failures == sum(tries)
    service.broken = False
    now += 60
    for _ in range(3):
        at.turn(now)
        while courier.deliver_due():
            pass
    assert outbox.pending("chat") == 0
    assert len(service.taken) <= MAX_MESSAGES + 2
    outbox.close()


def test_a_service_that_hangs_is_not_told_twice() -> None:
    """An answer that comes late counts; meanwhile the message is not sent again."""
    at, outbox = desk(Policy(group_wait_seconds=0))
    service, counts, now = Recorder(), Counted(), NOON
    service.hang = threading.Event()
    patience = Patience(attempt=0.05, first_wait=0)
    courier = Courier(service, outbox, counts, now=lambda: now, patience=patience)
    at.take(event(1), now)
    at.turn(now)
    for _ in range(3):
        now += 1
        courier.deliver_due()
    assert (service.tries, counts.failures, outbox.messages("chat")) == (1, 3, 1)
    service.hang.set()
    for thread in list(courier.under_way.values()):
        thread.join(5)
    assert (len(service.taken), outbox.messages("chat"), counts.sent_messages) == (1, 0, 1)
    outbox.close()


class LateOutbox(Outbox):
    """Lets the answer of a service come at the moment that the test chooses."""

    def __init__(self) -> None:
        super().__init__(None)
        self.before_remove: Callable[[], object] = int
        self.after_look: Callable[[], object] = int

    def remove(self, number: int) -> None:
        """A message is taken: something else happens first."""
        self.before_remove()
        super().remove(number)

    def next_due(self, service: str, now: float) -> Due | None:
        """A message is due: something else happens before it is sent."""
        due = super().next_due(service, now)
        self.after_look()
        return due


@pytest.mark.parametrize("when", ["before_remove", "after_look"])
def test_an_answer_that_comes_while_the_next_attempt_begins(when: str) -> None:
    """The message was taken, and is not sent again, whoever of the two threads comes first."""
    outbox, service, counts = LateOutbox(), Recorder(), Counted()
    at = Desk(outbox, [], {"chat": Policy(group_wait_seconds=0)})
    service.hang = threading.Event()
    patience = Patience(attempt=0.05, first_wait=0)
    courier = Courier(service, outbox, counts, now=lambda: NOON, patience=patience)
    at.take(event(1), NOON)
    at.turn(NOON)
    assert courier.deliver_due()
    (sending,) = courier.under_way.values()

    def answered() -> None:
        outbox.after_look = int
        service.hang.set()  # type: ignore[union-attr]
        sending.join(5)

    if when == "after_look":
        outbox.after_look = answered
        assert courier.deliver_due()
    else:
        # In the thread that has just got the answer, and has not recorded it yet.
        def look_again() -> None:
            outbox.before_remove = int
            courier.deliver_due()

        outbox.before_remove = look_again
        answered()
    assert not courier.deliver_due()
    assert (service.tries, len(service.taken), outbox.messages("chat")) == (1, 1, 0)
    assert not courier.under_way
    outbox.close()


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has none left, that is a failed attempt, and not the end of the courier."""
    at, outbox = desk(Policy(group_wait_seconds=0))
    service, counts, now = Recorder(), Counted(), NOON
    courier = Courier(service, outbox, counts, now=lambda: now, patience=Patience())
    at.take(event(1), now)
    at.turn(now)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert courier.deliver_due()
    assert (counts.failures, outbox.messages("chat")) == (1, 1)
    now += 60
    assert courier.deliver_due()
    assert (len(service.taken), outbox.messages("chat")) == (1, 0)
    outbox.close()


def test_it_is_given_up_at_last(caplog: pytest.LogCaptureFixture) -> None:
    """After `give_up_after`, counted and said."""
    at, outbox = desk(Policy(group_wait_seconds=0, give_up_seconds=3600, remind_seconds=None))
    service, counts, now = Recorder(), Counted(), NOON
    service.broken = True
    patience = Patience(give_up=3600)
    courier = Courier(service, outbox, counts, now=lambda: now, patience=patience)
    at.take(event(1), now)
    at.turn(now)
    while outbox.messages("chat"):
        courier.deliver_due()
        now += 600
    assert counts.given_up_events == 1
    assert 3600 < now - NOON < 6000
    assert "given up" in caplog.text
    outbox.close()


def test_what_was_given_up_is_reminded_of() -> None:
    """A trouble that outlasts a dead service is told when the service is back."""
    policy = Policy(group_wait_seconds=0, give_up_seconds=3600, remind_seconds=7200)
    at, outbox = desk(policy)
    service, counts, now = Recorder(), Counted(), NOON
    service.broken = True
    patience = Patience(give_up=3600)
    courier = Courier(service, outbox, counts, now=lambda: now, patience=patience)
    for number in range(1, MAX_MESSAGES + 2):  # there is no room for a message of the last
        at.take(event(number, f"host{number}"), now)
        at.turn(now)
    while outbox.pending("chat"):
        now += 600
        given_up = at.turn(now).given_up
        while courier.deliver_due():
            pass
    assert (dict(given_up), counts.given_up_events) == ({"chat": 1}, MAX_MESSAGES)
    service.broken = False
    now += 7200
    at.turn(now)
    assert courier.deliver_due()
    (told,) = service.taken
    assert all(f"host{number}" in told.body for number in range(1, MAX_MESSAGES + 2))
    outbox.close()


def test_reminders_until_it_is_in_order_or_gone() -> None:
    """Every hour; not for a target that is no longer watched; not after the recovery."""
    at, outbox = desk(Policy(group_wait_seconds=0, remind_seconds=3600))
    service = Recorder()
    now = NOON
    courier = Courier(service, outbox, Counted(), now=lambda: now, patience=Patience())

    def subjects() -> list[str]:
        for _ in range(60):
            at.turn(now_of())
            while courier.deliver_due():
                pass
        told = [message.subject for message in service.taken]
        service.taken.clear()
        return told

    def now_of() -> float:
        nonlocal now
        now += 60
        return now

    at.take(event(1, "a"), now)
    at.take(event(2, "b", status="warning"), now)
    assert subjects() == ["Halfshake: 1 critical, 1 warning: a and 1 more"]
    assert subjects() == ["Halfshake: still 1 critical, 1 warning: a and 1 more"]
    outbox.keep_only(["chat"], {target_key("a", ())})
    assert subjects() == ["Halfshake: still critical: a has another status"]
    at.take(event(3, "a", status="ok"), now)
    assert subjects() == ["Halfshake: ok: a has another status"]
    assert subjects() == []
    outbox.close()


def test_a_target_that_is_gone_is_forgotten_at_last() -> None:
    """Also if its last event comes with the new configuration, or later; or if the disk is full."""

    class FullDisk(Outbox):
        full = True

        def keep_only(self, services: Sequence[str], targets: set[tuple[str, str]]) -> None:
            """Fail once."""
            if self.full:
                self.full = False
                raise sqlite3.OperationalError("database or disk is full")
            super().keep_only(services, targets)

    outbox, policies = FullDisk(None), {"chat": Policy(group_wait_seconds=0)}
    notifier = Notifier(
        [Recorder()], [], policies, History(), outbox,
        health=OwnHealth().notifications, now=lambda: NOON,
    )  # fmt: skip
    notifier.tell(event(1, "gone.example.com"))
    notifier.keep_only(WATCHED)
    with pytest.raises(sqlite3.OperationalError):
        notifier.turn()
    notifier.turn()
    assert outbox.standing("chat") == []
    notifier.tell(event(2, "gone.example.com"))
    notifier.tell(event(3))
    notifier.turn()
    assert [each.event.number for each in outbox.standing("chat")] == [3]
    outbox.close()


def test_notifications_that_are_new_begin_now(tmp_path: Path) -> None:
    """A year of old events is no news; and of another history only what comes."""
    health = OwnHealth().notifications

    def told(history: History) -> list[int]:
        outbox = Outbox(tmp_path / "outbox.sqlite")
        policy = Policy(group_wait_seconds=1e6)
        notifier = Notifier(
            [Recorder()], [], {"chat": policy}, history, outbox, health=health, now=lambda: NOON
        )
        notifier._catch_up()
        numbers = [each.event.number for each in outbox.waiting("chat")]
        outbox.close()
        return numbers

    old = History(event(number) for number in range(1, 100))
    assert told(old) == []
    old.written += [event(100), event(101)]
    assert told(old) == [100, 101]
    assert told(History([event(1)])) == [100, 101]
    other = History(event(number, at=event(number + 5).at) for number in range(1, 300))
    assert told(other) == [100, 101]


def test_a_disk_that_is_full_at_the_start(tmp_path: Path) -> None:
    """The monitor begins all the same: notifications go on in memory, and a metric says so."""
    path, health = tmp_path / "outbox.sqlite", OwnHealth()
    killed = Outbox(path)  # its files are those that a `kill -9` leaves
    killed.begin_after(1, "")
    size = (tmp_path / "outbox.sqlite-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        outbox = open_outbox(path, health.notifications)
        outbox.keep_only(["chat"], WATCHED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert health.registry.get_sample_value("halfshake_notifications_stored") == 0
    outbox.close()
    killed.close()


def test_a_file_that_cannot_be_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Notifications go on in memory; the log and a metric say so."""
    health = OwnHealth()
    (tmp_path / "broken.sqlite").write_bytes(b"no database" * 1000)
    for path in (tmp_path / "broken.sqlite", tmp_path / "none" / "x.sqlite"):
        outbox = open_outbox(path, health.notifications)
        outbox.begin_after(1, "")
        outbox.close()
        assert f"{path.name} cannot be used" in caplog.text
        assert health.registry.get_sample_value("halfshake_notifications_stored") == 0
    newer = sqlite3.connect(tmp_path / "newer.sqlite")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    open_outbox(tmp_path / "newer.sqlite", health.notifications).close()
    assert "newer Halfshake" in caplog.text
