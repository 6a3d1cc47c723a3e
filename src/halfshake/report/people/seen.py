"""The certificate that a server showed before it broke the protocol: nothing proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.observation import ProbeFailure


def seen_unproven(failure: ProbeFailure) -> str | None:
    """Name the certificate and its dates in a clause; None where none was shown."""
    if not failure.chain:
        return None
    end_entity = failure.chain[0]
    names = (end_entity.subject, *end_entity.dns_names, "an unreadable certificate")
    name = next(name for name in names if name)
    if end_entity.not_before is None or end_entity.not_after is None:
        return f"{name}, whose dates cannot be read; unproven"
    dates = f"{end_entity.not_before:%Y-%m-%d} to {end_entity.not_after:%Y-%m-%d %H:%M} UTC"
    return f"{name}, valid {dates}; unproven"
