"""From the query of a request to what is wanted; everything wrong with it is named at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from halfshake.event import EventKind
from halfshake.report.page.views import ORDERS, STATUSES, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multidict import MultiMapping


class BadQuery(ValueError):
    """The query cannot be understood; the text says why, one sentence after the other."""


class WantedEvents(NamedTuple):
    """Which events; `after_number` is 0 for the latest ones."""

    target: str | None
    since: datetime | None
    kinds: tuple[str, ...]
    after_number: int
    limit: int


def wanted_rows(query: MultiMapping[str], *, usual_limit: int = 100) -> Wanted:
    """What the overview is asked for. Raises BadQuery."""
    asked = _Asked(query)
    wanted = Wanted(
        search=asked.text("search", most=200),
        status=asked.one_of("status", STATUSES),
        issuer=asked.text("issuer"),
        reason=asked.text("reason"),
        label=asked.label("label"),
        order=asked.one_of("order", ORDERS) or "soonest",
        offset=asked.number("offset", 0, 0, MOST_OFFSET),
        limit=asked.number("limit", usual_limit, 1, MOST_ROWS),
    )
    asked.finish()
    return wanted


def wanted_events(query: MultiMapping[str]) -> WantedEvents:
    """What the list of events is asked for. Raises BadQuery."""
    asked = _Asked(query)
    wanted = WantedEvents(
        target=asked.text("target") or None,
        since=asked.moment("since"),
        kinds=asked.several_of("kind", [kind.value for kind in EventKind]),
        after_number=asked.number("after", 0, 0, MOST_OFFSET),
        limit=asked.number("limit", 100, 1, MOST_ROWS),
    )
    asked.finish()
    return wanted


def wanted_weeks(query: MultiMapping[str]) -> int:
    """How many weeks. Raises BadQuery."""
    asked = _Asked(query)
    weeks = asked.number("weeks", 26, 1, 104)
    asked.finish()
    return weeks


class _Asked:
    """Takes values out of a query, and collects what is wrong with them."""

    def __init__(self, query: MultiMapping[str]) -> None:
        self._query = query
        self._problems: list[str] = []
        self._known: set[str] = set()

    def text(self, name: str, most: int = 4_000) -> str:
        self._known.add(name)
        value = self._query.get(name, "").strip()
        if len(value) > most:
            self._problems.append(f"{name} has more than {most} characters")
        return value

    def label(self, name: str) -> str:
        value = self.text(name)
        if value and "=" not in value:
            self._problems.append(f"{name} is written NAME=VALUE, as team=payments")
        return value

    def one_of(self, name: str, choices: Iterable[str]) -> str:
        value, choices = self.text(name), list(choices)
        if value and value not in choices:
            self._problems.append(f"{name} is one of {', '.join(choices)}, not {value[:60]!r}")
        return value

    def several_of(self, name: str, choices: Iterable[str]) -> tuple[str, ...]:
        self._known.add(name)
        values, known = self._query.getall(name, []), set(choices)
        wrong = [value[:60] for value in values if value not in known]
        if wrong:
            self._problems.append(f"{name} is one of {', '.join(sorted(known))}, not {wrong[0]!r}")
        return tuple(dict.fromkeys(values))

    def number(self, name: str, usual: int, least: int, most: int) -> int:
        value = self.text(name)
        if not value:
            return usual
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            self._problems.append(f"{name} is a whole number, not {value[:60]!r}")
            return usual
        if not least <= int(value) <= most:
            self._problems.append(f"{name} is between {least} and {most}, not {value}")
        return int(value)

    def moment(self, name: str) -> datetime | None:
        # In a query a plus that was not escaped stands for a space.
        value = self.text(name).replace(" ", "+")
        if not value:
            return None
        try:
            at = datetime.fromisoformat(value)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self._problems.append(f"{name} is a time, as 2026-11-25T09:30:00Z, not {value[:60]!r}")
            return None

    def finish(self) -> None:
        for name in sorted(set(self._query) - self._known):
            known = ", ".join(sorted(self._known))
            self._problems.append(f"there is no {name[:60]!r} here: {known}")
        if self._problems:
            raise BadQuery("; ".join(self._problems))


MOST_ROWS = 1_000
MOST_OFFSET = 2**53 - 1
