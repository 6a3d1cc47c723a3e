"""Visits as the monitor hands them over, made of credentials; and a history to put them into."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from halfshake.errors import FailureReason, Phase
from halfshake.history.visit import USUAL, Reading, Visit
from halfshake.observation import Face, ProbeFailure, Timings
from halfshake.target import Target
from pki import Authority
from trust.observations import judged, observed

if TYPE_CHECKING:
    from cryptography import x509

START = datetime(2026, 7, 1, 12, tzinfo=UTC)
NAME = "api.halfshake.test"
ROOT = Authority.root()
OTHER_ROOT = Authority.root("Other CA")


def certificate(days: float, *, after: timedelta = timedelta(), **more: Any) -> x509.Certificate:
    """A certificate that begins at the start, or later, and lasts so many days."""
    authority: Authority = more.pop("authority", ROOT)
    begins = after.total_seconds() / 86400
    issued = authority.issue(NAME, days=(begins, begins + days), now=START, **more)
    return issued.chain[0]


def read(
    shown: x509.Certificate, minutes: float, *, status: str | None = None, **changes: Any
) -> Reading:
    """A reading of this certificate, so many minutes after the start."""
    at = START + timedelta(minutes=minutes)
    authorities = changes.pop("authorities", (ROOT, OTHER_ROOT))
    observation = observed(shown, observed_at=at, **changes)
    verdict = judged(observation, *authorities, now=at)
    return Reading(observation, verdict, status or verdict.status.value)


def failed(
    minutes: float,
    reason: FailureReason = FailureReason.connection_refused,
    *,
    face: Face | None = None,
) -> Reading:
    """A reading that found nobody."""
    failure = ProbeFailure(
        Target(f"{NAME}:443", NAME, 443, NAME),
        START + timedelta(minutes=minutes),
        Phase.connect,
        reason,
        "connection refused",
        Timings(total=1.0),
        face=face,
    )
    return Reading(failure, None, "unknown")


def visit(
    *readings: Reading, kind: str = USUAL, kinds: tuple[str, ...] = (USUAL,), name: str = NAME
) -> Visit:
    """A visit of the target with this name."""
    return Visit(
        labels=f'target="{name}",team="payments"',
        target=name,
        tags=(("team", "payments"),),
        kind=kind,
        kinds=kinds,
        readings=readings,
    )
