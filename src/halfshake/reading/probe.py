"""`probe()`: dial a target, read half a handshake, hang up; all under one deadline.

If asked to, it connects a second time to see whether a client without a certificate is refused.

Exceptions inside, values at the edge: whatever happens to one target comes back as an `Observation`
or a `ProbeFailure`, so it never affects another target.
"""

from __future__ import annotations

import asyncio
import functools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from halfshake.dial.route import DIRECT
from halfshake.errors import AlertReceived, FailureReason, ReadingFailed, our_mistake
from halfshake.reading.observing import observed
from halfshake.reading.progress import Progress
from halfshake.reading.visit import visit
from halfshake.tls.client_hello import ALL_VERSIONS, Offer
from halfshake.tls.codepoints import AlertDescription
from halfshake.tls.keys.key_exchange import POST_QUANTUM_GROUPS
from halfshake.tls.offers import standard_offer

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.dial.route import Route
    from halfshake.observation import Observation, ProbeFailure
    from halfshake.target import Target
    from halfshake.tls.client_hello import KeyType
    from halfshake.tls.codepoints import ProtocolVersion
    from halfshake.tls.server_flight import ServerFlight


async def probe(
    target: Target,
    *,
    timeout_seconds: float = 10.0,
    key_type: KeyType | None = None,
    alpn: tuple[str, ...] = (),
    route: Route = DIRECT,
    versions: tuple[ProtocolVersion, ...] = ALL_VERSIONS,
    post_quantum: bool | None = None,
    enforcement: bool = False,
    enforcement_path: str = "/",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Observation | ProbeFailure:
    """Read the first flight of one server, without a client certificate.

    `timeout_seconds` covers resolving, connecting, proxy, STARTTLS and the handshake together.
    `key_type` asks a server with several certificates for this key type; `alpn` lists the protocols
    to offer instead of the scheme's; `versions` are the TLS versions to offer, best first; `route`
    says how to connect. If `post_quantum` is None, a server that finds nothing in common with our
    offer is visited once more, with ML-KEM. With `enforcement` a second visit, under the same
    deadline, continues as a client without a certificate to see whether it is refused, and requests
    `enforcement_path`. Never raises because of the network; raises UsageError for an invalid path.
    """
    if enforcement:
        # Most readings make no second visit, and should not wait for its import.
        from halfshake.reading.second_visit import check_path  # noqa: PLC0415

        check_path(enforcement_path)
    progress = Progress(observed_at=now())
    try:
        async with asyncio.timeout(timeout_seconds) as limit:
            deadline = limit.when() or 0.0
            ask = _Ask(key_type, alpn or target.alpn, versions, post_quantum)
            flight = await _read(target, route, progress, deadline, ask)
        seen = None
        if enforcement:
            from halfshake.reading.second_visit import go_back  # noqa: PLC0415

            seen = await go_back(
                target, route, progress, deadline, path=enforcement_path, alpn=ask.alpn
            )
        return observed(target, progress, flight, key_type, seen)
    except TimeoutError:
        return progress.failure(target, progress.late(timeout_seconds), key_type)
    except ReadingFailed as error:
        return progress.failure(target, error, key_type)
    except Exception as error:  # noqa: BLE001 - our bug is named as ours, and stops no other
        bug = ReadingFailed(
            our_mistake(error),
            phase=progress.phase,
            reason=FailureReason.internal_error,
        )
        return progress.failure(target, bug, key_type)


class _Ask(NamedTuple):
    """What to ask the server for, as `probe` was told."""

    key_type: KeyType | None
    alpn: tuple[str, ...]
    versions: tuple[ProtocolVersion, ...]
    post_quantum: bool | None


@functools.lru_cache(maxsize=64)
def _offer(ask: _Ask) -> Offer:
    return standard_offer(
        key_type=ask.key_type,
        alpn=ask.alpn,
        versions=ask.versions,
        post_quantum=bool(ask.post_quantum),
    )


async def _read(
    target: Target,
    route: Route,
    progress: Progress,
    deadline: float,
    ask: _Ask,
) -> ServerFlight:
    try:
        return await visit(target, route, progress, deadline, _offer(ask))
    except AlertReceived as refusal:
        # A server that has only ML-KEM hybrids refuses a ClientHello that names none.
        if not POST_QUANTUM_GROUPS or refusal.alert not in NO_COMMON_GROUND:
            raise
        if ask.post_quantum is not None:
            raise
        try:
            again = ask._replace(post_quantum=True)
            return await visit(target, route, progress, deadline, _offer(again))
        except ReadingFailed:
            raise refusal from None


def probe_blocking(
    target: Target,
    *,
    timeout_seconds: float = 10.0,
    key_type: KeyType | None = None,
    alpn: tuple[str, ...] = (),
    route: Route = DIRECT,
    enforcement: bool = False,
    enforcement_path: str = "/",
) -> Observation | ProbeFailure:
    """Do the same as `probe`, for code without an event loop."""
    return asyncio.run(
        probe(
            target,
            timeout_seconds=timeout_seconds,
            key_type=key_type,
            alpn=alpn,
            route=route,
            enforcement=enforcement,
            enforcement_path=enforcement_path,
        )
    )


NO_COMMON_GROUND = frozenset(
    {AlertDescription.handshake_failure, AlertDescription.insufficient_security}
)
