"""`notify` in the configuration: services, routes, grouping, reminders, quiet hours.

Parsed into what `watch/notifications` decides by. A URL is read by apprise itself, so that one that
cannot work is a mistake at its own line, not at night.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StrictBool,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from halfshake.errors import UsageError
from halfshake.event import EventKind
from halfshake.watch.notifications.apprise_service import check_url
from halfshake.watch.notifications.policy import Policy, Route
from halfshake.watch.notifications.quiet_hours import NoEnd, QuietWindow, quiet_until
from halfshake.watch.settings.keys.durations import Duration, DurationOrZero
from halfshake.watch.settings.keys.option_fields import FilePath, Strict, listed

if TYPE_CHECKING:
    from collections.abc import Iterator


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise PydanticCustomError(
            "time_zone",
            "{name} is no time zone: write Europe/Berlin or UTC",
            {"name": repr(name)},
        ) from None
    return name


def _clock(value: Any) -> Any:
    if value == MIDNIGHT_AFTER:
        return value
    try:
        # YAML 1.2 and TOML both have it as a text; TOML without quotes as a time.
        parsed = value if isinstance(value, time) else datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007 - a clock's time has no zone
    except (TypeError, ValueError):
        raise PydanticCustomError(
            "clock", '{value} is no time of day: write "22:00"', {"value": repr(value)}
        ) from None
    return f"{parsed:%H:%M}"


MIDNIGHT_AFTER = "24:00"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Kind = Annotated[
    EventKind, WithJsonSchema({"type": "string", "enum": [kind.value for kind in EventKind]})
]
Clock = Annotated[str, BeforeValidator(_clock)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class QuietHours(Strict):
    """When nobody wants a message. What comes meanwhile is told afterwards, in one message."""

    time_zone: Annotated[str, AfterValidator(_time_zone)] = Field(
        default="UTC", description="whose clocks count: Europe/Berlin"
    )
    begin: Clock = Field(description='a time of day: "22:00"')
    end: Clock = Field(
        description='a time of day, on the next day if it is not after `begin`; "24:00" is midnight'
    )
    days: listed(Day) = Field(  # type: ignore[valid-type]
        default=[], description="on which days they begin; every day, if there are none"
    )

    def window(self) -> QuietWindow:
        """The same, as decisions are made by it."""
        return QuietWindow(
            ZoneInfo(self.time_zone),
            time.fromisoformat(self.begin) if self.begin != MIDNIGHT_AFTER else time(),
            None if self.end == MIDNIGHT_AFTER else time.fromisoformat(self.end),
            frozenset(_DAYS.index(day) for day in self.days or _DAYS),
        )


def _with_an_end(windows: list[QuietHours]) -> list[QuietHours]:
    try:
        quiet_until([each.window() for each in windows], datetime(2026, 1, 1, tzinfo=UTC))
    except NoEnd:
        raise PydanticCustomError(
            "quiet", "it is always quiet: nothing would ever be sent; leave a time out"
        ) from None
    return windows


class Telling(Strict):
    """How a service is told. What a service says itself goes before what `notify` says."""

    group_by: listed(str) = Field(  # type: ignore[valid-type]
        default=[],
        description="one message for each value of these labels; `target`, `kind` and `status` too",
    )
    group_wait: DurationOrZero = Field(
        default=30.0, description="how long to wait for more events that go into the same message"
    )
    remind_every: Duration | None = Field(
        default=86400.0,
        description="how often to say again what is still not in order; `null` is never",
    )
    recovery: StrictBool = Field(
        default=True, description="say when a target is in order again, to all who were told"
    )
    quiet_hours: Annotated[listed(QuietHours), AfterValidator(_with_an_end)] = Field(  # type: ignore[valid-type]
        default=[], description="when to hold messages back; one window or a list"
    )
    critical_breaks_through: StrictBool = Field(
        default=False, description="what is critical is sent in quiet hours too"
    )
    give_up_after: Duration = Field(
        default=3 * 86400.0, description="how long to try to send a message"
    )


def _url(value: SecretStr) -> SecretStr:
    try:
        check_url(value.get_secret_value())
    except UsageError as error:
        raise PydanticCustomError("url", "{problem}", {"problem": str(error)}) from None
    return value


def _url_in_file(path: str) -> str:
    _url(SecretStr(_first_line(path)))
    return path


def _first_line(path: str) -> str:
    return Path(path).read_text("utf-8", errors="replace").partition("\n")[0].strip()


def _service_from_text(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


class Service(Telling):
    """Somebody to tell: an apprise URL alone, or a map with these keys and those of `notify`."""

    url: Annotated[SecretStr, AfterValidator(_url)] | None = Field(
        default=None, description="an apprise URL: slack://..., mailto://..., json://HOST"
    )
    url_file: Annotated[FilePath, AfterValidator(_url_in_file)] | None = Field(
        default=None, description="a file whose first line is the URL, to keep it out of here"
    )

    _from_text = model_validator(mode="before")(_service_from_text)

    @model_validator(mode="after")
    def _one_of_both(self) -> Service:
        if (self.url is None) == (self.url_file is None):
            raise PydanticCustomError("service", "needs `url` or `url_file`, one of them")
        return self

    def secret_url(self) -> str:
        """The URL itself."""
        if self.url_file is not None:
            return _first_line(self.url_file)
        assert self.url is not None
        return self.url.get_secret_value()


class RouteKeys(Strict):
    """Which events go where. An event has to match everything that is given."""

    services: listed(str) = Field(description="names of `services`")  # type: ignore[valid-type]
    targets: listed(str) = Field(  # type: ignore[valid-type]
        default=[], description="names of targets, or patterns: `*.corp.example`"
    )
    labels: dict[str, listed(str)] = Field(  # type: ignore[valid-type]
        default={}, description="labels of targets: `{team: payments}`; patterns and lists too"
    )
    kinds: listed(Kind) = Field(  # type: ignore[valid-type]
        default=[], description="kinds of events: `renewed`, `went-dark`, ..."
    )
    statuses: listed(Literal["ok", "warning", "critical", "unknown"]) = Field(  # type: ignore[valid-type]
        default=[], description="statuses after the event"
    )

    def route(self) -> Route:
        """The same, as decisions are made by it."""
        return Route(
            tuple(self.services),
            tuple(self.targets),
            tuple((name, tuple(values)) for name, values in self.labels.items()),
            frozenset(kind.value for kind in self.kinds),
            frozenset(self.statuses),
        )


class Notify(Telling):
    """Who is called when something changes."""

    services: dict[str, Service] = Field(default={}, description="who is told, by name")
    routes: list[RouteKeys] = Field(
        default=[], description="which events go to whom; without any, all go to all services"
    )

    def routing(self) -> tuple[Route, ...]:
        """All routes."""
        return tuple(each.route() for each in self.routes)

    def policies(self) -> dict[str, Policy]:
        """How each service is told."""
        common = {key: getattr(self, key) for key in Telling.model_fields}
        return {
            name: _policy(
                common
                | {
                    key: getattr(service, key)
                    for key in service.model_fields_set & Telling.model_fields.keys()
                }
            )
            for name, service in self.services.items()
        }


def _policy(values: dict[str, Any]) -> Policy:
    return Policy(
        group_by=tuple(values["group_by"]),
        group_wait_seconds=values["group_wait"],
        remind_seconds=values["remind_every"],
        recovery=values["recovery"],
        quiet=tuple(each.window() for each in values["quiet_hours"]),
        critical_breaks_through=values["critical_breaks_through"],
        give_up_seconds=values["give_up_after"],
    )


def unknown_services(notify: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Routes to services that do not stand there: each place, and what is wrong.

    `notify` is what the file says, before it is parsed: so these mistakes come with all others.
    """
    if not isinstance(notify, dict) or not isinstance(notify.get("routes"), list):
        return
    services = notify.get("services")
    known = list(services) if isinstance(services, dict) else []
    for number, route in enumerate(notify["routes"]):
        names = route.get("services") if isinstance(route, dict) else None
        for name in names if isinstance(names, list) else [names]:
            if isinstance(name, str) and name not in known:
                listed_names = ", ".join(map(str, known)) or "there are none"
                yield (
                    ("routes", number, "services"),
                    f"{name!r} is not in notify.services: {listed_names}",
                )
