"""The timetable: spread, without overlap, without catching up; and back-off."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

from halfshake.inputs.target_text import parse_target
from halfshake.watch.reader import VisitKind
from halfshake.watch.schedule.timetable import Timetable, next_slot
from halfshake.watch.settings.watched import Settings, Watched

READER: Any = None
USUAL = VisitKind.usual


def watched(name: str, **intervals: float) -> Watched:
    """A target with these intervals; a minute for the usual visit unless told."""
    of_kinds = {VisitKind(kind): seconds for kind, seconds in intervals.items()} or {USUAL: 60.0}
    settings = Settings(READER, of_kinds, timeout_seconds=1, verify=True, exporter="blackbox")
    return Watched(f'target="{name}"', name, parse_target(name), settings)


def test_many_targets_are_spread_over_the_interval() -> None:
    """No second has more than twice its share."""
    slots = Counter(int(next_slot(f"target {number}", 60, 0)) for number in range(6000))
    assert len(slots) == 60
    assert max(slots.values()) < 200


def test_a_few_targets_are_read_at_once_after_the_start() -> None:
    """And all of them once in the first interval, however many there are."""
    few, many = Timetable(max_backoff_seconds=600), Timetable(max_backoff_seconds=600)
    few.replace([watched(f"host{number}") for number in range(3)], 1000)
    many.replace([watched(f"host{number}") for number in range(10_000)], 1000)
    taken = 0
    while few.take(1001):
        taken += 1
    assert taken == 3
    taken = 0
    while many.take(1060):
        taken += 1
    assert taken == 10_000


def test_a_target_never_overlaps_with_itself_and_makes_up_for_nothing() -> None:
    """What is under way is not due; slots missed meanwhile are counted."""
    timetable = Timetable(max_backoff_seconds=600)
    timetable.replace([watched("a")], 0)
    entry, kinds = timetable.take(10) or (None, ())
    assert entry is not None
    assert kinds == (USUAL,)
    assert timetable.take(1000) is None
    slot = next_slot('target="a"', 60, 200)
    timetable.put_back(entry, kinds, 200, dead=False)
    assert timetable.next_due() == slot
    entry, kinds = timetable.take(slot) or (None, ())
    assert entry is not None
    assert timetable.put_back(entry, kinds, slot + 130, dead=False) == 2


def test_the_grid_holds_whatever_a_reading_takes() -> None:
    """Times do not drift."""
    timetable = Timetable(max_backoff_seconds=600)
    timetable.replace([watched("a")], 0)
    offset = next_slot('target="a"', 60, 0)
    now = 10.0
    for _ in range(20):
        taken = timetable.take(now)
        assert taken is not None
        assert timetable.put_back(*taken, now + 7, dead=False) == 0
        now = timetable.next_due() or 0
        assert abs((now - offset) / 60 - round((now - offset) / 60)) < 1e-6


def test_a_dead_host_is_left_alone_for_longer_and_longer() -> None:
    """Up to a limit; one that is back is read as before."""
    timetable = Timetable(max_backoff_seconds=600)
    timetable.replace([watched("a")], 0)
    now, pauses = 1.0, []
    for _ in range(10):
        taken = timetable.take(now)
        assert taken is not None
        timetable.put_back(*taken, now, dead=True)
        due = timetable.next_due() or 0
        pauses.append(round(due - now))
        now = due
    assert pauses[1:] == [60, 120, 240, 480, 600, 600, 600, 600, 600]
    taken = timetable.take(now)
    assert taken is not None
    timetable.put_back(*taken, now, dead=False)
    assert round((timetable.next_due() or 0) - now) == 60


def test_each_kind_of_visit_has_its_own_interval() -> None:
    """The second visit comes every ten minutes here."""
    timetable = Timetable(max_backoff_seconds=600)
    timetable.replace([watched("a", usual=60, enforcement=600)], 0)
    visits: Counter[VisitKind] = Counter()
    now = 0.0
    while now < 6000:
        now = timetable.next_due() or 0
        taken = timetable.take(now)
        assert taken is not None
        visits.update(taken[1])
        timetable.put_back(*taken, now, dead=False)
    assert 100 <= visits[USUAL] <= 102
    assert 10 <= visits[VisitKind.enforcement] <= 12


def test_a_new_configuration_doubles_and_loses_nothing() -> None:
    """What stays keeps its time, also while it is read; what goes is gone; what is new is soon."""
    timetable = Timetable(max_backoff_seconds=600)
    timetable.replace([watched("a"), watched("b"), watched("c")], 0)
    running = timetable.take(100)
    assert running is not None
    names = [name for name in "abc" if running[0].watched.name != name]
    gone = timetable.replace(
        [watched(running[0].watched.name), watched(names[0]), watched("new")], 100
    )
    assert [each.name for each in gone] == [names[1]]
    taken = {each[0].watched.name for _ in range(5) if (each := timetable.take(101))}
    assert taken == {names[0], "new"}
    timetable.put_back(*running, 101, dead=False)
    assert timetable.take(170) is not None
    assert timetable.take(170) is None
    assert len(timetable) == 3


def test_a_new_interval_counts_from_now() -> None:
    """Without a reading in between, and without the old time beside it."""
    timetable = Timetable(max_backoff_seconds=600)
    timetable.replace([watched("a", usual=3600)], 0)
    taken = timetable.take(100)
    assert taken is not None
    timetable.put_back(*taken, 100, dead=False)
    timetable.replace([watched("a", usual=30)], 200)
    assert 200 < (timetable.next_due() or 0) <= 230
    assert timetable.take(230) is not None
    assert timetable.take(4000) is None


def test_a_night_in_suspend() -> None:
    """The schedule's clock stands still in suspend and cannot be set, so no slot passes meanwhile.

    That is CLOCK_MONOTONIC of Linux (clock_gettime(2)), by which asyncio's loops count.
    """
    assert time.get_clock_info("monotonic").implementation == "clock_gettime(CLOCK_MONOTONIC)"
    assert not time.get_clock_info("monotonic").adjustable
    loop = asyncio.new_event_loop()
    try:
        assert abs(loop.time() - time.clock_gettime(time.CLOCK_MONOTONIC)) < 1
    finally:
        loop.close()


def test_a_clock_that_did_go_on_while_nothing_ran() -> None:
    """A process that was stopped for hours (SIGSTOP, a paused machine): once each, no more."""
    timetable = Timetable(max_backoff_seconds=600)
    timetable.replace([watched(f"t{number}") for number in range(50)], 0.0)
    morning = 8 * 3600.0
    taken = Counter[str]()
    skipped = 0
    while (due := timetable.take(morning)) is not None:
        entry, kinds = due
        taken[entry.watched.name] += 1
        skipped += timetable.put_back(entry, kinds, morning, dead=False)
    assert set(taken.values()) == {1}
    assert len(taken) == 50
    # The night's slots are counted as left out: 480 minutes less the one that is made now.
    assert 50 * 475 <= skipped <= 50 * 480
    next_due = timetable.next_due()
    assert next_due is not None
    assert morning < next_due <= morning + 60
