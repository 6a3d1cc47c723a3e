"""What a plan opens besides its readings: the listener, the sinks.

A reload opens everything of the new plan first. If one thing cannot be opened, what was opened is
closed again, and the old plan stays in force with all that it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfshake.watch.settings.plan import Plan


class Opened(Protocol):
    """What was opened for a plan that is not in force yet: one of the two methods is called."""

    async def take_over(self) -> None:
        """The plan is in force: replace what was there before. Must not fail."""

    async def give_up(self) -> None:
        """The plan is refused: close what was opened for it."""


class Part(Protocol):
    """Something that a plan opens."""

    async def open(self, plan: Plan) -> Opened:
        """Open what is new in this plan, beside what is in force. Raises UsageError."""


async def open_all(parts: Sequence[Part], plan: Plan) -> list[Opened]:
    """Open every part of a plan, or none. Raises UsageError."""
    opened: list[Opened] = []
    try:
        for part in parts:
            opened.append(await part.open(plan))  # noqa: PERF401 - what was opened has to be closed
    except UsageError:
        for each in reversed(opened):
            await each.give_up()
        raise
    return opened
