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

from halfshake import event_loop
from halfshake.dial.route import DIRECT
from halfshake.errors import (
    AlertReceived,
    ConnectionEnded,
    FailureReason,
    ReadingFailed,
    our_mistake,
)
from halfshake.reading.breaking_off import broken_off, ending
from halfshake.reading.progress import Progress
from halfshake.reading.visit import visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfshake.dial.route import Route
    from halfshake.observation import BrokenOff, FirstHello, Observation, ProbeFailure
    from halfshake.target import Target
    from halfshake.tls.client_hello import Offer
    from halfshake.tls.key_type import KeyType
    from halfshake.tls.offers import HelloKind
    from halfshake.tls.registries.codepoints import ProtocolVersion
    from halfshake.tls.server_flight import PartialFlight, ServerFlight


async def probe(
    target: Target,
    *,
    timeout_seconds: float = 10.0,
    key_type: KeyType | None = None,
    alpn: tuple[str, ...] = (),
    route: Route = DIRECT,
    versions: tuple[ProtocolVersion, ...] | None = None,
    hello: HelloKind | None = None,
    explain_intolerance: bool = False,
    enforcement: bool = False,
    enforcement_path: str = "/",
    check_possession: bool = True,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Observation | ProbeFailure:
    """Read the first flight of one server, without a client certificate.

    `timeout_seconds` covers resolving, connecting, proxy, STARTTLS and the handshake together.
    `key_type` asks a server with several certificates for that kind; `alpn` names protocols to
    offer, instead of the scheme's; `versions` what to offer of TLS, best first, every one if None;
    `route` is the way there. With `hello` of None a server that turns the usual one away is visited
    once more, with another (`retry.py`), and with `explain_intolerance` a few times more, to find
    what it cannot stand. With `enforcement` a second visit, under the same deadline, goes on as a
    client without a certificate to see whether it is refused, and asks for `enforcement_path`.
    Without `check_possession` the server's signature is not checked: that saves CPU time, and key
    possession is `unproven`. Never raises for what the network does; UsageError for a path that is
    none.
    """
    if enforcement:
        # Most readings make no second visit, and should not wait for its import.
        from halfshake.reading.second_visit import check_path  # noqa: PLC0415

        check_path(enforcement_path)
    progress = Progress(observed_at=now())
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    ask = _Ask(key_type, alpn or target.alpn, versions)
    way = _Way(target, route, progress, deadline)
    try:
        read = await _read(way, ask, hello)
        first = read.first_hello
        if first is not None and explain_intolerance:
            from halfshake.reading.intolerance import explained  # noqa: PLC0415
            from halfshake.tls.offers import HelloKind  # noqa: PLC0415

            usual, plain = _offer(ask, HelloKind.usual), _offer(ask, HelloKind.plain)
            apart = way._replace(progress=Progress(progress.observed_at))
            first = await explained(first, usual, plain, lambda offer: apart.visit(lambda: offer))
        seen = None
        if enforcement:
            from halfshake.reading.second_visit import go_back  # noqa: PLC0415

            seen = await go_back(
                target, route, progress, deadline, path=enforcement_path, alpn=ask.alpn
            )
        # `visit` has imported both, once somebody listened.
        from halfshake.reading.aside import aside, is_large_flight  # noqa: PLC0415
        from halfshake.reading.observing import observed  # noqa: PLC0415

        named = functools.partial(
            observed,
            target,
            progress,
            read.flight,
            key_type,
            seen,
            broken_off=read.broken_off,
            first_hello=first,
            check_possession=check_possession,
        )
        return await aside(named) if is_large_flight(read.flight) else named()
    except TimeoutError:
        # Of a server that refused the first hello and was silent on the second, the first counts.
        late = progress.refusal or progress.late(timeout_seconds)
        return progress.failure(target, late, key_type)
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
    versions: tuple[ProtocolVersion, ...] | None


@functools.lru_cache(maxsize=64)
def _offer(ask: _Ask, kind: HelloKind | None) -> Offer:
    """The offer of this kind, the usual one for None; first asked for when somebody listens."""
    from halfshake.tls.client_hello import ALL_VERSIONS  # noqa: PLC0415
    from halfshake.tls.offers import HelloKind, offer_of  # noqa: PLC0415

    return offer_of(
        kind or HelloKind.usual,
        key_type=ask.key_type,
        alpn=ask.alpn,
        versions=ask.versions or ALL_VERSIONS,
    )


class _Way(NamedTuple):
    """Where to go, how, and until when."""

    target: Target
    route: Route
    progress: Progress
    deadline: float

    async def visit(self, offer: Callable[[], Offer]) -> ServerFlight:
        """Make one visit; the offer is asked for when somebody listens.

        Raises ReadingFailed, and TimeoutError at the deadline.
        """
        async with asyncio.timeout_at(self.deadline):
            return await visit(self.target, self.route, self.progress, self.deadline, offer)


class _Read(NamedTuple):
    """What was read, whole or in part, and what met a first hello that was not answered."""

    flight: ServerFlight | PartialFlight
    broken_off: BrokenOff | None = None
    first_hello: FirstHello | None = None


async def _read(way: _Way, ask: _Ask, hello: HelloKind | None) -> _Read:
    try:
        return await _one_flight(way, functools.partial(_offer, ask, hello))
    except (AlertReceived, ConnectionEnded) as refusal:
        # Only a server that was spoken to, and turned us away, is met once more.
        from halfshake.reading.retry import first_hello, second_hello  # noqa: PLC0415
        from halfshake.tls.client_hello import ALL_VERSIONS  # noqa: PLC0415
        from halfshake.tls.offers import HelloKind  # noqa: PLC0415

        kind = second_hello(refusal, ask.versions or ALL_VERSIONS, answered=way.progress.answered)
        if hello is not None or kind is None:
            raise
        way.progress.refusal = refusal
        try:
            read = await _one_flight(way, functools.partial(_offer, ask, kind))
        except ReadingFailed:
            # What the second one met helps nobody, unless there is a certificate in it.
            if way.progress.seen is not None:
                raise
            raise refusal from None
        ended = ending(refusal)
        if kind is HelloKind.plain and ended is not None:
            usual, plain = _offer(ask, HelloKind.usual), _offer(ask, kind)
            read = read._replace(first_hello=first_hello(*ended, usual, plain))
        return read


async def _one_flight(way: _Way, offer: Callable[[], Offer]) -> _Read:
    try:
        return _Read(await way.visit(offer))
    except (TimeoutError, ReadingFailed) as error:
        partial = way.progress.seen
        ended = None if partial is None else broken_off(error, partial)
        if partial is None or ended is None:
            raise
        return _Read(partial, ended)


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
    return event_loop.run(
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
