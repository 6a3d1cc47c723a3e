"""`Progress`: how far a reading has come, for its timings and for the phase it may fail in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from halfshake.errors import AlertReceived, DeadlineExceeded, Phase
from halfshake.observation import Alert, ProbeFailure, Timings

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.errors import ReadingFailed
    from halfshake.target import Target
    from halfshake.tls.handshake import HalfHandshake
    from halfshake.tls.key_type import KeyType
    from halfshake.tls.server_flight import PartialFlight


class Progress:
    """How far a reading has come, for its timings and for the phase it may fail in.

    `half` is the handshake under way, or the last one; `refusal` is what met the first hello where
    a second one is tried.
    """

    __slots__ = (
        "address",
        "enforcement",
        "entered",
        "half",
        "milliseconds",
        "observed_at",
        "phase",
        "refusal",
        "started",
    )

    def __init__(self, observed_at: datetime) -> None:
        self.observed_at = observed_at
        self.phase = Phase.resolve
        self.address: str | None = None
        self.enforcement: float | None = None
        self.started = time.perf_counter()
        self.entered: float | None = None
        self.milliseconds: dict[Phase, float] = {}
        self.half: HalfHandshake | None = None
        self.refusal: ReadingFailed | None = None

    def enter(self, phase: Phase) -> None:
        """Begin a phase; this ends the previous one."""
        self.leave()
        self.phase = phase
        self.entered = time.perf_counter()

    def leave(self) -> None:
        """End the phase, and note how long it took."""
        if self.entered is not None:
            self.milliseconds[self.phase] = (time.perf_counter() - self.entered) * 1000
            self.entered = None

    def timings(self) -> Timings:
        """How long each phase has taken so far."""
        return Timings(
            resolve=self.milliseconds.get(Phase.resolve),
            connect=self.milliseconds.get(Phase.connect),
            proxy=self.milliseconds.get(Phase.proxy),
            starttls=self.milliseconds.get(Phase.starttls),
            flight=self.milliseconds.get(Phase.handshake),
            enforcement=self.enforcement,
            total=(time.perf_counter() - self.started) * 1000,
        )

    @property
    def seen(self) -> PartialFlight | None:
        """What an unfinished handshake has shown, once its certificate is in it."""
        return None if self.half is None else self.half.seen()

    @property
    def answered(self) -> bool:
        """Has a ServerHello come in the handshake under way?"""
        return self.half is not None and self.half.answered

    def late(self, timeout_seconds: float) -> DeadlineExceeded:
        """The error for a deadline that passed in the current phase."""
        return DeadlineExceeded(
            f"{_WAITING_FOR[self.phase]} took longer than {timeout_seconds:g} s",
            phase=self.phase,
        )

    def failure(
        self, target: Target, error: ReadingFailed, key_type: KeyType | None
    ) -> ProbeFailure:
        """The result of a reading that ended here, with this error."""
        chain: tuple[PresentedCertificate, ...] = ()
        if (seen := self.seen) is not None:
            from halfshake.reading.observing import chain_of  # noqa: PLC0415 - as `visit` does

            chain = chain_of(seen)
        alert = Alert(error.alert, error.name) if isinstance(error, AlertReceived) else None
        return ProbeFailure(
            target=target,
            observed_at=self.observed_at,
            phase=error.phase,
            reason=error.reason,
            detail=error.detail,
            timings=self.timings(),
            address=self.address,
            alert=alert,
            key_type=key_type,
            chain=chain,
            answered=self.answered,
        )


_WAITING_FOR = {
    Phase.resolve: "resolving the name",
    Phase.connect: "connecting",
    Phase.proxy: "the proxy",
    Phase.starttls: "the STARTTLS dialogue",
    Phase.handshake: "waiting for the server's certificate",
}
