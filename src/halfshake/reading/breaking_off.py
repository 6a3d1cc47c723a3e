"""A flight that ends after its certificate: how it ended, for a reading of what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.errors import AlertReceived, ConnectionEnded, FailureReason
from halfshake.observation import Alert, BrokenOff, Ending

if TYPE_CHECKING:
    from halfshake.errors import ReadingFailed
    from halfshake.tls.server_flight import PartialFlight


def broken_off(error: TimeoutError | ReadingFailed, partial: PartialFlight) -> BrokenOff | None:
    """How the flight ended; None if the server broke the protocol, which is a failure."""
    ended = ending(error)
    return None if ended is None else BrokenOff(partial.last_message, *ended)


def ending(error: TimeoutError | ReadingFailed) -> tuple[Ending, Alert | None] | None:
    """How a connection ended, if the server or the deadline ended it."""
    match error:
        case TimeoutError():
            return Ending.deadline, None
        case AlertReceived():
            return Ending.alert, Alert(error.alert, error.name)
        case ConnectionEnded(reason=FailureReason.connection_reset):
            return Ending.reset, None
        case ConnectionEnded():
            return Ending.closed, None
    return None
