"""New services, routes and outboxes take over from the old ones: nothing lost, nothing twice."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.notifications.courier import Patience
from halfshake.watch.notifications.notifier import Change, Notifier, Orders
from halfshake.watch.notifications.outbox import Outbox, target_key
from halfshake.watch.notifications.policy import Policy, Route
from halfshake.watch.notifications.wording import Message
from watch.notifications.test_services import until
from watch.notifications.told import NOON, History, Recorder, event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AT_ONCE = Policy(group_wait_seconds=0, remind_seconds=None)
WATCHED = {target_key("api.example.com", ())}


def orders(*services: Recorder, routes: Sequence[Route] = (), policy: Policy = AT_ONCE) -> Orders:
    """All services are told in the same way."""
    return Orders(services, routes, {service.name: policy for service in services})


def notifier_of(
    *services: Recorder, history: History | None = None, outbox: Outbox | None = None
) -> tuple[Notifier, OwnHealth]:
    """It runs."""
    health = OwnHealth()
    notifier = Notifier(
        *orders(*services), history or History(), outbox or Outbox(None),
        health=health.notifications, now=time.time,
        patience=Patience(attempt=0.3, first_wait=0.1, longest_wait=0.2),
    )  # fmt: skip
    notifier.start(WATCHED)
    return notifier, health


def change(notifier: Notifier, **new: Any) -> None:
    """Take it, and wait for that."""
    notifier.change(Change(**new), wait_seconds=10)


def numbers(service: Recorder) -> list[str]:
    """Which events it was told of, in order."""
    return [word for word in service.text.replace(".", " ").split() if word.isdigit()]


def test_who_is_told_changes_between_two_events() -> None:
    """One that goes hears what came before, one that comes what comes after; one that stays all."""
    goes, stays, comes = Recorder("goes"), Recorder("stays"), Recorder("comes")
    notifier, health = notifier_of(goes, stays)
    notifier.tell(event(1))
    until(lambda: goes.taken and stays.taken)
    before = notifier._couriers["stays"]
    change(notifier, orders=orders(stays, comes))
    assert notifier._couriers["stays"] is before
    notifier.tell(event(2))
    until(lambda: comes.taken and len(stays.taken) == 2)
    notifier.close(5)
    assert [numbers(each) for each in (goes, stays, comes)] == [["1"], ["1", "2"], ["2"]]
    pending = "halfshake_notifications_pending_events"
    assert health.registry.get_sample_value(pending, {"service": "goes"}) is None
    assert health.registry.get_sample_value(pending, {"service": "comes"}) == 0


def test_new_routes_count_for_the_events_behind_them() -> None:
    """In the order in which they were handed in, whatever the thread was doing."""
    one, other = Recorder("one"), Recorder("other")
    notifier, _ = notifier_of(one, other)
    for number in range(1, 41):
        name = "one" if number % 2 else "other"
        change(notifier, orders=orders(one, other, routes=[Route((name,))]))
        notifier.tell(event(number))
    until(lambda: len(numbers(one)) + len(numbers(other)) == 40)
    notifier.close(5)
    assert sorted(map(int, numbers(one))) == list(range(1, 41, 2))
    assert sorted(map(int, numbers(other))) == list(range(2, 41, 2))


@pytest.mark.parametrize("takes", [True, False])
def test_a_message_that_is_on_its_way(*, takes: bool) -> None:
    """A new URL of its service sends it only if the old one did not."""
    old, new = Recorder(), Recorder()
    old.hang = threading.Event()
    old.broken = not takes
    notifier, health = notifier_of(old)
    notifier.tell(event(1))
    until(lambda: old.tries == 1)
    change(notifier, orders=orders(new))
    notifier.tell(event(2))
    until(lambda: numbers(new) == ["2"])
    # The first attempt takes longer than attempts may take, and still nobody repeats it.
    failed = "halfshake_notifications_failed_total"
    until(lambda: (health.registry.get_sample_value(failed, {"service": "chat"}) or 0) >= 2)
    assert numbers(new) == ["2"]
    old.hang.set()
    if takes:
        until(lambda: old.taken)
    else:
        until(lambda: len(new.taken) == 2)
    until(lambda: not notifier._outbox.messages("chat"))
    notifier.close(5)
    assert sorted(numbers(old) + numbers(new)) == ["1", "2"]
    assert bool(old.taken) is takes


def test_without_any_service_nothing_is_forgotten() -> None:
    """What one could not be told is told when it is there again; the time between is no news."""
    service = Recorder()
    service.broken = True
    notifier, _ = notifier_of(service)
    notifier.tell(event(1))
    until(lambda: service.tries)
    change(notifier, orders=orders())
    notifier.tell(event(2))
    service.broken = False
    change(notifier, orders=orders(service))
    notifier.tell(event(3))
    until(lambda: len(numbers(service)) == 2)
    notifier.close(5)
    assert sorted(numbers(service)) == ["1", "3"]


def test_a_service_that_comes_back_while_its_message_is_on_its_way() -> None:
    """The message that it was sent before it was taken out is not sent again."""
    service = Recorder()
    service.hang = threading.Event()
    notifier, health = notifier_of(service)
    notifier.tell(event(1))
    until(lambda: service.tries == 1)
    change(notifier, orders=orders())
    change(notifier, orders=orders(service))
    failed = "halfshake_notifications_failed_total"
    until(lambda: (health.registry.get_sample_value(failed, {"service": "chat"}) or 0) >= 2)
    service.hang.set()
    notifier.tell(event(2))
    until(lambda: len(service.taken) == 2)
    until(lambda: not notifier._outbox.messages("chat"))
    notifier.close(5)
    assert sorted(numbers(service)) == ["1", "2"]


@pytest.mark.parametrize("begins", ["in a file", "in memory"])
def test_another_outbox(tmp_path: Path, begins: str) -> None:
    """What waits, what stands and what is on its way go there; the old file has nothing left."""
    service = Recorder()
    service.hang = threading.Event()
    first = Outbox(tmp_path / "a.sqlite" if begins == "in a file" else None)
    notifier, health = notifier_of(service, outbox=first)
    notifier.tell(event(1))
    until(lambda: service.tries == 1)
    # It was used before: of that nothing is lost, and nothing gets a number that is taken.
    other = Outbox(tmp_path / "b.sqlite")
    other.put("chat", Message("earlier", "change no. 77.", "warning", 1), [], NOON)
    other.begin_after(5, "long ago")
    change(notifier, outbox=other, orders=orders(service, policy=Policy(group_wait_seconds=1e6)))
    notifier.tell(event(2))
    until(lambda: notifier._outbox.waiting("chat"))
    stored = "halfshake_notifications_stored"
    assert health.registry.get_sample_value(stored) == 1
    service.hang.set()
    until(lambda: len(service.taken) == 2)
    until(lambda: not notifier._outbox.messages("chat"))
    notifier.close(5)
    assert sorted(numbers(service)) == ["1", "77"]
    kept = Outbox(tmp_path / "b.sqlite")
    assert [each.event.number for each in kept.waiting("chat")] == [2]
    assert [each.event.number for each in kept.standing("chat")] == [2]
    kept.close()
    if begins == "in a file":
        old = Outbox(tmp_path / "a.sqlite")
        assert old.pending("chat") == 0
        assert old.standing("chat") == []
        old.close()


def test_the_same_outbox_by_another_name(tmp_path: Path) -> None:
    """It is not emptied into itself."""
    service = Recorder()
    service.broken = True
    (tmp_path / "link.sqlite").symlink_to(tmp_path / "real.sqlite")
    notifier, _ = notifier_of(service, outbox=Outbox(tmp_path / "real.sqlite"))
    notifier.tell(event(1))
    until(lambda: service.tries)
    change(notifier, outbox=Outbox(tmp_path / "link.sqlite"))
    service.broken = False
    until(lambda: service.taken)
    notifier.close(5)
    assert numbers(service) == ["1"]


def test_another_history() -> None:
    """Each of its events is told once, whether it was found there, handed in, or both."""
    service = Recorder()
    notifier, _ = notifier_of(service)
    history = History([event(number, at=event(10 + number).at) for number in (1, 2, 3)])
    notifier.tell(event(1))
    change(notifier, source=history)
    until(lambda: service.taken)
    # Of a history that is new to us the past is no news.
    notifier.tell(history.written[2])
    history.written.append(event(4, at=event(14).at))
    notifier.tell(history.written[3])
    until(lambda: len(service.taken) == 2)
    # The same again, as a restart of the history would be: these were told.
    change(notifier, source=history)
    notifier.tell(history.written[3])
    history.written += [event(5, at=event(15).at), event(6, at=event(16).at)]
    change(notifier, source=history)
    notifier.tell(history.written[4])
    notifier.tell(history.written[5])
    until(lambda: len(numbers(service)) == 4)
    notifier.close(5)
    assert numbers(service) == ["1", "4", "5", "6"]


def test_a_change_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk in the middle of it: no event behind it is lost, and none before it."""
    service = Recorder()
    notifier, _ = notifier_of(service)
    fails = iter([True, True])
    move = Outbox.move_to

    def moved(self: Outbox, other: Outbox) -> None:
        if next(fails, False):
            raise sqlite3.OperationalError("database or disk is full")
        move(self, other)

    monkeypatch.setattr(Outbox, "move_to", moved)
    notifier.tell(event(1))
    notifier.change(Change(outbox=Outbox(tmp_path / "b.sqlite")), wait_seconds=0)
    notifier.tell(event(2))
    until(lambda: len(numbers(service)) == 2)
    notifier.close(5)
    assert numbers(service) == ["1", "2"]
    assert caplog.text.count("the outbox fails, it is tried again: database or disk is full") == 1
