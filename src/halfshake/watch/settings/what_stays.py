"""`with_what_stays()`: a new plan with the old one's objects, where both say the same.

A reload makes everything anew. What is remembered of a target holds for the reader that judged it:
so a reader that would judge just the same stays the old one, and with it the settings, the trust
store, what was fetched, and every verdict that is still true.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.watch.reader import Reader
    from halfshake.watch.settings.plan import Plan
    from halfshake.watch.settings.watched import Settings, Watched


def with_what_stays(plan: Plan, before: Plan) -> Plan:
    """The same plan; readers, settings and targets that are equal to earlier ones are those."""
    earlier = {each.labels: each for each in before.watched}
    kept = _Kept(_pairs(plan, before, earlier))
    return replace(
        plan,
        watched=tuple(_target(each, earlier.get(each.labels), kept) for each in plan.watched),
        defaults=kept.settings(plan.defaults),
        modules={name: kept.settings(each) for name, each in plan.modules.items()},
    )


def _pairs(
    plan: Plan, before: Plan, earlier: dict[str, Watched]
) -> dict[tuple[Settings, Settings], None]:
    """New settings, and those that the same target, or the module of this name, had before."""
    pairs = {(plan.defaults, before.defaults): None}
    for name, module in plan.modules.items():
        if name in before.modules:
            pairs[module, before.modules[name]] = None
    for watched in plan.watched:
        old = earlier.get(watched.labels)
        if old is not None:
            pairs[watched.settings, old.settings] = None
    return pairs


class _Kept:
    """Which old object stands for which new one."""

    def __init__(self, pairs: dict[tuple[Settings, Settings], None]) -> None:
        self._readers: dict[Reader, Reader] = {}
        for new, old in pairs:
            if new.reader not in self._readers and new.reader.is_like(old.reader):
                self._readers[new.reader] = old.reader
        self._settings: dict[Settings, Settings] = {}
        for new, old in pairs:
            if self._readers.get(new.reader) is old.reader and _rest(new) == _rest(old):
                self._settings.setdefault(new, old)

    def settings(self, new: Settings) -> Settings:
        """The old ones, or the new ones with the old reader, or the new ones."""
        found = self._settings.get(new)
        if found is None:
            reader = self._readers.get(new.reader)
            found = self._settings[new] = new if reader is None else replace(new, reader=reader)
        return found


def _target(new: Watched, old: Watched | None, kept: _Kept) -> Watched:
    settings = kept.settings(new.settings)
    # Equal labels are equal names and tags.
    if old is not None and old.settings is settings and old.target == new.target:
        return old
    return new if settings is new.settings else replace(new, settings=settings)


_rest = attrgetter("intervals", "timeout_seconds", "verify", "exporter", "server_name", "starttls")
