"""Who is told, when, and in which words: no clock, no network."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshake.event import EventKind
from halfshake.report.harmless import harmless
from halfshake.watch.notifications.grouping import Batch, Standing, Waiting, ready, reminders
from halfshake.watch.notifications.policy import Policy, Route, receivers
from halfshake.watch.notifications.quiet_hours import NoEnd, QuietWindow, quiet_until
from halfshake.watch.notifications.wording import MAX_LINES, message_of, reminder_of
from watch.notifications.told import NOON, event

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = frozenset(range(7))
NIGHT = QuietWindow(BERLIN, time(22), time(7), EVERY_DAY)


def berlin(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    """A moment of 2026 by the clocks of Berlin."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def test_quiet_over_midnight() -> None:
    """From the evening to the morning; the end itself is not quiet."""
    assert quiet_until([NIGHT], berlin(10, 21, 59)) is None
    assert quiet_until([NIGHT], berlin(10, 22)) == berlin(11, 7)
    assert quiet_until([NIGHT], berlin(11, 6, 59)) == berlin(11, 7)
    assert quiet_until([NIGHT], berlin(11, 7)) is None


def test_quiet_when_the_clocks_change() -> None:
    """The night of the change is an hour shorter or longer; it ends at seven all the same."""
    for day, month, hours in ((28, 3, 8), (24, 10, 10)):
        begin = berlin(day, 22, month=month)
        end = quiet_until([NIGHT], begin)
        assert end == berlin(day + 1, 7, month=month)
        assert (end - begin.astimezone(UTC)).total_seconds() == hours * 3600


def test_a_quiet_weekend_follows_the_night() -> None:
    """Windows that touch are one quiet time."""
    weekend = QuietWindow(BERLIN, time(0), None, frozenset({5, 6}))
    friday = berlin(12, 23)
    assert quiet_until([NIGHT, weekend], friday) == berlin(15, 7)  # Sunday's night too
    with pytest.raises(NoEnd):
        quiet_until([QuietWindow(BERLIN, time(0), None, EVERY_DAY)], friday)


def test_routes() -> None:
    """Everything that a route names has to match; two routes to a service are one message."""
    policies = {"chat": Policy(), "pager": Policy(), "mail": Policy()}
    routes = [
        Route(("pager", "chat"), statuses=frozenset({"critical"})),
        Route(("chat",), labels=(("team", ("pay*",)),)),
        Route(("mail",), kinds=frozenset({"renewed"}), targets=("*.corp.example",)),
    ]

    def told(**fields: object) -> tuple[str, ...]:
        return receivers(event(1, **fields), routes, policies, {})  # type: ignore[arg-type]

    assert told() == ("chat", "pager")
    assert told(status="warning", labels=(("team", "payments"),)) == ("chat",)
    assert told(status="ok", labels=(("team", "stock"),)) == ()
    assert told(status="ok", kind=EventKind.renewed, target="a.corp.example") == ("mail",)
    assert told(status="ok", kind=EventKind.renewed, target="a.example") == ()
    assert receivers(event(1), [], policies, {}) == ("chat", "pager", "mail")


def test_who_was_told_of_a_trouble_is_told_of_its_end() -> None:
    """Whatever the routes say; unless the service wants no recoveries."""
    policies = {"pager": Policy(), "mute": Policy(recovery=False)}
    routes = [Route(("pager", "mute"), statuses=frozenset({"critical"}))]
    standing = {"pager": "critical", "mute": "critical"}
    assert receivers(event(2, status="ok"), routes, policies, standing) == ("pager",)
    assert receivers(event(2, status="ok"), routes, policies, {}) == ()
    assert receivers(event(2, status="warning"), routes, policies, standing) == ("pager", "mute")


def test_events_of_a_moment_are_one_message() -> None:
    """After `group_wait`; what comes later is another one."""
    policy = Policy(group_wait_seconds=30)
    waiting = [Waiting(event(1), NOON), Waiting(event(2), NOON + 20)]
    answer = ready(waiting, policy, NOON + 29)
    assert answer == ((), NOON + 30)
    answer = ready(waiting, policy, NOON + 30)
    assert answer.batches == (Batch((event(1), event(2))),)
    # The clock was set back by a day.
    assert len(ready(waiting, policy, NOON - 86400).batches) == 1


def test_groups_by_labels() -> None:
    """A message for each value; `target` is one too."""
    waiting = [
        Waiting(event(number, f"host{number}", labels=(("team", team),)), NOON)
        for number, team in enumerate(("a", "b", "a"))
    ]
    by_team = ready(waiting, Policy(group_by=("team",)), NOON + 60).batches
    assert [len(batch.events) for batch in by_team] == [2, 1]
    assert len(ready(waiting, Policy(group_by=("target",)), NOON + 60).batches) == 3


def test_what_quiet_hours_hold_comes_as_one() -> None:
    """Whatever the groups; what breaks through does not wait."""
    policy = Policy(group_by=("target",), group_wait_seconds=0, quiet=(NIGHT,))
    night, morning = berlin(10, 23).timestamp(), berlin(11, 7).timestamp()
    waiting = [Waiting(event(1, "a"), night), Waiting(event(2, "b"), night + 60)]
    assert ready(waiting, policy, night + 120) == ((), morning)
    (held,) = ready(waiting, policy, morning).batches
    assert held.held
    assert len(held.events) == 2
    urgent = [*waiting, Waiting(event(3, "c"), night, urgent=True)]
    assert ready(urgent, policy, night).batches == (Batch((event(3, "c"),)),)


def test_reminders() -> None:
    """When one is due, those that would follow soon come with it; none in quiet hours."""
    policy = Policy(remind_seconds=3600, quiet=(NIGHT,))
    standing = [Standing(event(1, "a"), NOON), Standing(event(2, "b"), NOON + 1000)]
    standing += [Standing(event(3, "c"), NOON + 3500), Standing(event(4, "d"), None)]
    assert reminders(standing, policy, NOON + 3599) == ()
    assert reminders(standing, policy, NOON + 3600) == (event(1, "a"), event(2, "b"))
    assert reminders(standing, policy._replace(remind_seconds=None), NOON + 9999) == ()
    night = berlin(10, 23).timestamp()
    assert reminders(standing, policy, night) == ()
    woken = policy._replace(critical_breaks_through=True)
    assert len(reminders(standing, woken, night)) == 3
    assert "still 2 critical: a and 1 more" in reminder_of([event(1, "a"), event(2, "b")]).subject


def test_the_words_of_a_message() -> None:
    """The worst first, where, what, and what to do; in a subject that says enough."""
    message = message_of(
        Batch(
            (
                event(1, "a.example", status="ok", kind=EventKind.renewed),
                event(2, "b.example", address="192.0.2.7:443", labels=(("team", "pay"),)),
            )
        )
    )
    assert message.subject == "Halfshake: 1 critical, 1 ok: b.example and 1 more"
    first, second, blank, heading, advice = message.body.split("\n")
    assert first == "- critical: b.example at 192.0.2.7:443: change no. 2. [team=pay]"
    assert second == "- ok: a.example: change no. 1."
    assert (blank, heading) == ("", "What to do:")
    assert advice.startswith("- Run `halfshake check`")
    assert message.status == "critical"
    one = message_of(Batch((event(5, kind=EventKind.went_dark),)))
    assert one.subject == "Halfshake: critical: api.example.com cannot be read"


def test_a_summary_has_a_line_for_each_target() -> None:
    """With its last state; and no message is endless."""
    flapping = [
        event(number, "a", status="ok" if number % 2 else "critical") for number in range(9)
    ]
    held = message_of(Batch((*flapping, event(9, "b")), held=True))
    assert held.body.count("- ") == 3  # two targets, one advice
    assert "- critical: a: change no. 8. (8 earlier changes of it left out)" in held.body
    assert held.events == 10
    many = message_of(Batch(tuple(event(number, f"t{number}") for number in range(1000))))
    assert many.body.count("- critical") == MAX_LINES
    assert f"and {1000 - MAX_LINES} more" in many.body


def test_every_kind_has_its_words() -> None:
    """Each kind of event makes a message."""
    for kind in EventKind:
        assert message_of(Batch((event(1, kind=kind),))).subject.startswith("Halfshake: critical: ")


HOSTILE = "CN=<!channel> @everyone [click](https://evil.example/)\n\u202egnp.exe`|\x1b[31m\u2028"


def test_a_hostile_name() -> None:
    """No line, no direction, no mention, no link, no markup of its own."""
    shown = harmless(HOSTILE)
    assert shown == (
        "CN=\u2039!channel\u203a (at)everyone (click)(https: //evil.example/)"
        "\\u{a}\\u{202e}gnp.exe'/\\u{1b}(31m\\u{2028}"
    )
    message = message_of(Batch((event(1, HOSTILE, message=HOSTILE, labels=(("l", HOSTILE),)),)))
    assert len(message.body.split("\n")) == 4
    assert "\n" not in message.subject
    assert harmless("CN=*.a_b.example, O=Corp & Co. (1)") == "CN=*.a_b.example, O=Corp & Co. (1)"


@given(st.text())
def test_any_text_is_harmless(text: str) -> None:
    """One line that a terminal and a chat can show, never too long."""
    shown = harmless(text, 100)
    assert shown.isprintable()
    assert len(shown) <= 100
    assert not set("<>[]`|") & set(shown)
    assert "://" not in shown
