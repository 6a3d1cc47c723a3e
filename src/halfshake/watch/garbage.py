"""The garbage collector, told what stays: it looks through 100,000 targets once, not all day.

By itself it starts at every twentieth reading, and looks at every object of the process whenever a
quarter of them is new. What a reading leaves behind is freed without it, by counting references,
and the targets stay until a reload.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.watch.parts import Opened
    from halfshake.watch.settings.plan import Plan


def look_rarely() -> None:
    """Start only when many objects are new; for the life of the process."""
    gc.set_threshold(NEW_OBJECTS)


def pass_over_what_is_there() -> None:
    """Collect everything once, and leave what is in use out of account from now on."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class PassedOver:
    """The part of a plan that stays as long as it is in force; it opens nothing."""

    async def open(self, _: Plan) -> Opened:
        """Nothing is opened."""
        return self

    async def take_over(self) -> None:
        """The old plan is garbage now, and the new one stays."""
        pass_over_what_is_there()

    async def give_up(self) -> None:
        """Nothing was opened."""


# Some megabytes, if all of them were garbage.
NEW_OBJECTS = 50_000
