"""When a certificate is too near its end: thresholds, fixed or relative to its lifetime."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, TypeAlias


class LifetimeRatio(NamedTuple):
    """A part of the certificate's whole lifetime: 0.25 for its last quarter."""

    ratio: float


Threshold: TypeAlias = timedelta | LifetimeRatio


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verdict is judged by.

    A threshold of None is the default: 14 days or a third of the lifetime for a warning, 7 days or
    a sixth for critical, whichever is less, so that certificates of 6 and of 47 days need no rules
    of their own. timedelta(0) means 0.
    """

    warning: Threshold | None = None
    critical: Threshold | None = None

    def warning_left(self, lifetime: timedelta) -> timedelta:
        """How much time left is a warning, for a certificate of this lifetime."""
        return _left(self.warning, lifetime, DEFAULT_WARNING, lifetime / 3)

    def critical_left(self, lifetime: timedelta) -> timedelta:
        """How much time left is critical, for a certificate of this lifetime."""
        return _left(self.critical, lifetime, DEFAULT_CRITICAL, lifetime / 6)


def _left(
    threshold: Threshold | None, lifetime: timedelta, default: timedelta, share: timedelta
) -> timedelta:
    match threshold:
        case None:
            return min(default, share)
        case LifetimeRatio(ratio):
            return lifetime * ratio
        case _:
            return threshold


DEFAULT_WARNING = timedelta(days=14)
DEFAULT_CRITICAL = timedelta(days=7)
