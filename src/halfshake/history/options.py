"""The options of `halfshake history`: of which target, since when, from which file."""

from __future__ import annotations

from halfshake.event import EventKind
from halfshake.option import Kind, Option, OptionGroup

HISTORY = OptionGroup(
    "",
    (
        Option(
            "target",
            "the target's name in the configuration; without one, the events of all targets",
            flags=("target",),
            placeholder="TARGET",
            several=True,
        ),
        Option(
            "since",
            "how far to look back: 30d, 12h, or a date, 2026-07-01; by default over everything",
            placeholder="SINCE",
        ),
        Option(
            "kind",
            "only events of this kind; may be given more than once",
            choices=[kind.value for kind in EventKind],
            placeholder="KIND",
            several=True,
        ),
        Option("json", "print a line of JSON for each span and event", Kind.flag),
        Option(
            "file",
            "the history; by default the one of the configuration",
            Kind.path,
            placeholder="FILE",
        ),
        Option(
            "config",
            "the configuration that names the history; by default that of halfshake watch",
            Kind.path,
            flags=("-c", "--config"),
            placeholder="CONFIG",
        ),
    ),
)
