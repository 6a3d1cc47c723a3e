"""`halfshake history`: which certificates a target has shown, and what changed."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.errors import UsageError
from halfshake.history.options import HISTORY

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import TextIO

    from halfshake.event import Event
    from halfshake.history.queries import Past

GROUPS = (HISTORY,)


def run_history(options: argparse.Namespace, output: TextIO) -> int:
    """Print it; 0. Raises UsageError where there is no history, or not that target."""
    from halfshake.history.database import file_address
    from halfshake.history.queries import Past

    if len(options.target) > 1:
        raise UsageError(f"history takes one target, not {len(options.target)}")
    since = None if options.since is None else _moment(options.since, datetime.now(UTC))
    past = Past(file_address(_file(options, os.environ)))
    try:
        for target in options.target:
            _of_one(target, past, options, since, output)
        if not options.target:
            _of_all(past, options, since, output)
    finally:
        past.close()
    return 0


def _of_one(
    target: str, past: Past, options: argparse.Namespace, since: datetime | None, output: TextIO
) -> None:
    spans = past.spans(target)
    events = _events(past, options, since, target)
    if not spans and not events and not past.knows(target):
        raise UsageError(
            f"the history knows no target {target}: it has the names of the configuration, as the "
            "label `target` says them"
        )
    shown = [span for span in spans if since is None or span.is_open or span.last_seen_at >= since]
    if options.json:
        from halfshake.report.span_line import span_line

        for span in shown if not options.kind else ():
            print(span_line(target, span), file=output)
        _print_lines(events, output)
        return
    from halfshake.report.people.timeline import Timeline

    timeline = Timeline(output)
    if not options.kind:
        timeline.spans(target, shown)
        for waiting in past.waiting(target):
            timeline.waiting(waiting.sha256, waiting.since, waiting.face)
    timeline.events(events, with_target=False)


def _of_all(
    past: Past, options: argparse.Namespace, since: datetime | None, output: TextIO
) -> None:
    events = _events(past, options, since, None)
    if options.json:
        _print_lines(events, output)
        return
    from halfshake.report.people.timeline import Timeline

    Timeline(output).events(events, with_target=True)


def _events(
    past: Past, options: argparse.Namespace, since: datetime | None, target: str | None
) -> list[Event]:
    return past.events(target=target, since=since, kinds=options.kind, limit=MOST_EVENTS)


def _print_lines(events: list[Event], output: TextIO) -> None:
    from halfshake.report.event_line import event_line

    for event in events:
        print(event_line(event), file=output)


def _moment(text: str, now: datetime) -> datetime:
    from pydantic_core import PydanticCustomError

    from halfshake.watch.settings.keys.durations import parse_duration

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        return now - timedelta(seconds=parse_duration(text))
    except (PydanticCustomError, OverflowError):
        raise UsageError(
            f"--since {text} is neither a duration nor a date: write 30d, 12h or 2026-07-01"
        ) from None


def _file(options: argparse.Namespace, environment: Mapping[str, str]) -> str:
    """The file: the one named, that of the configuration, or that of the service."""
    if options.file is not None:
        return str(options.file)
    configured = _configured(options.config, environment)
    if configured is not None:
        return configured
    if Path(SERVICE_FILE).exists():
        return SERVICE_FILE
    raise UsageError(
        "there is no history: no configuration names one with history.path, and there is no "
        f"{SERVICE_FILE}; name the file with --file"
    )


def _configured(config: str | None, environment: Mapping[str, str]) -> str | None:
    from pydantic import ValidationError

    from halfshake.watch.settings.default_file import configuration_file
    from halfshake.watch.settings.keys.document import History
    from halfshake.watch.settings.text.text_file import TextFile

    try:
        path = configuration_file(config, environment)
    except UsageError:
        return History().file(environment)
    data = TextFile(path, environment).data
    settings = data.get("history") if isinstance(data, dict) else None
    try:
        history = History.model_validate(settings or {}, context={"directory": path.parent})
    except ValidationError as error:
        raise UsageError(f"{path}: history: {error.errors()[0]['msg']}") from None
    return history.file(environment)


# Where deploy/systemd/halfshake-watch.service keeps it.
SERVICE_FILE = "/var/lib/halfshake/history.sqlite"
MOST_EVENTS = 1_000_000
