"""`Watched`: one target of the monitor, and `Settings`, what it shares with others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.target import Target
    from halfshake.watch.reader import Reader, VisitKind


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """How a group of targets is read, how often, and how `/probe` answers for it.

    `intervals` has the seconds between two visits of each kind that is asked for. `server_name` and
    `starttls` are what the module says of targets that say nothing themselves.
    """

    reader: Reader
    intervals: dict[VisitKind, float]
    timeout_seconds: float
    verify: bool
    exporter: str
    server_name: str | None = None
    starttls: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """One target. `labels` are those of all its series, as they are written in a scrape.

    They are its identity too: no two targets have the same. `name` is what the label `target` says;
    `tags` are the user's own labels.
    """

    labels: str
    name: str
    target: Target
    settings: Settings
    tags: tuple[tuple[str, str], ...] = ()


def label_text(labels: dict[str, str]) -> str:
    """Write labels as a scrape has them, in the order given."""
    return ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items())


def escaped(value: str) -> str:
    """Escape a label's value, as the text format wants it."""
    if "\\" in value or '"' in value or "\n" in value:
        return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return value
