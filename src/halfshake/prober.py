"""`probe()`: dial a target, read half a handshake, hang up; all under one deadline.

Where asked to, it goes back once to see whether a client without a certificate is refused.

Exceptions inside, values at the edge: whatever happens to one target comes back as an `Observation`
or a `ProbeFailure`, so it never touches another.
"""

from __future__ import annotations

import asyncio
import functools
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import name_from_der, read_certificate
from halfshake.dial.route import DIRECT
from halfshake.dial.tcp import connect, connect_unix, of_family, resolve
from halfshake.errors import (
    AlertReceived,
    FailureReason,
    NotTls,
    Phase,
    ReadingFailed,
    StarttlsFailed,
    our_mistake,
)
from halfshake.observation import ClientAuth, Observation, ProbeFailure
from halfshake.progress import Progress
from halfshake.target import is_ip_address
from halfshake.tls.cipher_suites import cipher_suite_label
from halfshake.tls.client_hello import ALL_VERSIONS, Offer, standard_offer
from halfshake.tls.codepoints import AlertDescription, NamedGroup, SignatureScheme, code_name
from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.key_exchange import POST_QUANTUM_GROUPS, KeyShares
from halfshake.trust.possession import key_possession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from halfshake.dial.route import Route
    from halfshake.dial.stream import ByteStream
    from halfshake.enforcement import EnforcementSeen
    from halfshake.target import Target
    from halfshake.tls.client_hello import KeyType
    from halfshake.tls.codepoints import ProtocolVersion
    from halfshake.tls.server_flight import CertificateRequest, ServerFlight


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
    `key_type` asks a server with several certificates for that kind; `alpn` names protocols to
    offer, instead of the scheme's; `versions` what to offer of TLS, best first; `route` is the way
    there. With `post_quantum` of None a server that refuses for want of common ground is visited
    once more, with ML-KEM. With `enforcement` a second visit, under the same deadline, goes on as a
    client without a certificate to see whether it is refused, and asks for `enforcement_path`.
    Never raises for what the network does; UsageError for a path that is none.
    """
    if enforcement:
        # Most readings make no second visit, and do not wait for its import.
        from halfshake.enforcement import check_path  # noqa: PLC0415

        check_path(enforcement_path)
    progress = Progress(observed_at=now())
    try:
        async with asyncio.timeout(timeout_seconds) as limit:
            deadline = limit.when() or 0.0
            ask = _Ask(key_type, alpn or target.alpn, versions, post_quantum)
            flight = await _read(target, route, progress, deadline, ask)
        seen = None
        if enforcement:
            dial = _second_dial(target, route, progress, deadline)
            seen = await _see_enforcement(
                dial, target, progress, deadline, path=enforcement_path, alpn=ask.alpn
            )
        return _observation(target, progress, flight, key_type, seen)
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
    """Do the same as `probe` from code that has no event loop."""
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


def our_bug(observation: Observation, error: Exception) -> ProbeFailure:
    """What becomes of a reading that could not be judged or told: named as ours, as in `probe`."""
    return ProbeFailure(
        target=observation.target,
        observed_at=observation.observed_at,
        phase=Phase.handshake,
        reason=FailureReason.internal_error,
        detail=our_mistake(error),
        timings=observation.timings,
        address=observation.address,
        key_type=observation.key_type,
    )


async def _read(
    target: Target,
    route: Route,
    progress: Progress,
    deadline: float,
    ask: _Ask,
) -> ServerFlight:
    try:
        return await _visit(target, route, progress, deadline, _offer(ask))
    except AlertReceived as refusal:
        # A server with nothing but ML-KEM hybrids refuses a hello that names none.
        if not POST_QUANTUM_GROUPS or refusal.alert not in NO_COMMON_GROUND:
            raise
        if ask.post_quantum is not None:
            raise
        try:
            again = ask._replace(post_quantum=True)
            return await _visit(target, route, progress, deadline, _offer(again))
        except ReadingFailed:
            raise refusal from None


async def _visit(
    target: Target, route: Route, progress: Progress, deadline: float, offer: Offer
) -> ServerFlight:
    stream = await _way_in(target, route, progress, deadline)
    progress.enter(Phase.handshake)
    try:
        return await _half_handshake(stream, target, offer)
    finally:
        progress.leave()
        stream.close()


async def _way_in(target: Target, route: Route, progress: Progress, deadline: float) -> ByteStream:
    """Connect, and go through all that comes before TLS."""
    stream = await _dial(target, route, progress, deadline)
    progress.address = stream.address
    try:
        if route.proxy_protocol is not None:
            from halfshake.dial.proxy_protocol import announce  # noqa: PLC0415

            # Through a proxy, both ends of our connection mean nothing to the server.
            await announce(stream, route.proxy_protocol, local=route.proxy is not None)
        if target.starttls is not None:
            from halfshake.dial.starttls import agree_on_tls  # noqa: PLC0415

            progress.enter(Phase.starttls)
            stream = await agree_on_tls(stream, target.starttls, target.server_name)
    except BaseException:
        progress.leave()
        stream.close()
        raise
    return stream


async def _dial(target: Target, route: Route, progress: Progress, deadline: float) -> ByteStream:
    host, port = route.connect_to or (target.host, target.port)
    if route.proxy is not None:
        from halfshake.dial.proxy import connect_through  # noqa: PLC0415

        progress.enter(Phase.proxy)
        return await connect_through(route.proxy, host, port, deadline)
    if target.unix_path is not None and route.connect_to is None:
        progress.enter(Phase.connect)
        return await connect_unix(target.unix_path)
    progress.enter(Phase.resolve)
    addresses = await resolve(host, port)
    if route.family is not None:
        addresses = of_family(addresses, route.family, host)
    progress.enter(Phase.connect)
    return await connect(addresses, deadline, route.source_address)


async def _half_handshake(stream: ByteStream, target: Target, offer: Offer) -> ServerFlight:
    half = HalfHandshake(
        offer, server_name=target.sni, key_shares=_key_shares(), random_bytes=os.urandom
    )
    try:
        await stream.write(half.data_to_send())
        while half.server_flight is None:
            data = await stream.read()
            if not data:
                raise half.connection_ended(reset=False)
            half.receive_data(data)
            outgoing = half.data_to_send()
            if outgoing:
                await stream.write(outgoing)
    except OSError as error:  # the deadline is no OSError here, but a cancellation
        raise half.connection_ended(reset=True) from error
    except NotTls as error:
        if target.starttls is None:
            raise
        # The same bytes, had they come a moment earlier, would have been found by the dialogue.
        raise StarttlsFailed(
            f"after the server agreed to begin TLS came something else: {error.detail}",
            reason=FailureReason.starttls_injection,
        ) from error
    return half.server_flight


def _second_dial(
    target: Target, route: Route, progress: Progress, deadline: float
) -> Callable[[], Awaitable[ByteStream]]:
    """How to go back to the server that was read: behind one name may stand several."""
    if route.proxy is None and target.unix_path is None and not is_ip_address(target.host):
        host, _, port = (progress.address or "").rpartition(":")
        route = route._replace(connect_to=(host.strip("[]"), int(port)))

    async def dial() -> ByteStream:
        return await _way_in(target, route, Progress(progress.observed_at), deadline)

    return dial


async def _see_enforcement(
    dial: Callable[[], Awaitable[ByteStream]],
    target: Target,
    progress: Progress,
    deadline: float,
    *,
    path: str,
    alpn: tuple[str, ...],
) -> EnforcementSeen:
    from halfshake.enforcement import see_enforcement  # noqa: PLC0415

    started = time.perf_counter()
    seen = await see_enforcement(dial, target, deadline, path=path, alpn=alpn)
    progress.enforcement = (time.perf_counter() - started) * 1000
    return seen


@functools.cache
def _key_shares() -> KeyShares:
    return KeyShares(os.urandom)


@functools.lru_cache(maxsize=64)
def _offer(ask: _Ask) -> Offer:
    return standard_offer(
        key_type=ask.key_type,
        alpn=ask.alpn,
        versions=ask.versions,
        post_quantum=bool(ask.post_quantum),
    )


class _Ask(NamedTuple):
    """What to ask the server for, as `probe` was told."""

    key_type: KeyType | None
    alpn: tuple[str, ...]
    versions: tuple[ProtocolVersion, ...]
    post_quantum: bool | None


def _observation(
    target: Target,
    progress: Progress,
    flight: ServerFlight,
    key_type: KeyType | None,
    seen: EnforcementSeen | None = None,
) -> Observation:
    end_entity = flight.certificate_list[0]
    client_auth = _client_auth(flight.certificate_request)
    if seen is not None:
        client_auth = client_auth._replace(
            enforcement=seen.enforcement, enforcement_reason=seen.reason, refusal=seen.refusal
        )
    group, protocol = flight.named_group, flight.alpn_protocol
    return Observation(
        target=target,
        observed_at=progress.observed_at,
        address=progress.address or "",
        tls_version=flight.version.label,
        cipher_suite=cipher_suite_label(flight.cipher_suite),
        named_group=None if group is None else code_name(NamedGroup, group),
        client_auth=client_auth,
        key_possession=key_possession(end_entity.der, flight.key_proof),
        chain=tuple(read_certificate(entry.der) for entry in flight.certificate_list),
        timings=progress.timings(),
        key_type=key_type,
        ocsp_response=end_entity.ocsp_response,
        sct_list=end_entity.sct_list,
        alpn_protocol=None if protocol is None else protocol.decode("latin-1"),
    )


@functools.lru_cache(maxsize=1024)
def _client_auth(request: CertificateRequest | None) -> ClientAuth:
    if request is None:
        return ClientAuth(requested=False)
    return ClientAuth(
        requested=True,
        acceptable_cas=tuple(name_from_der(name) for name in request.certificate_authorities),
        signature_schemes=tuple(
            code_name(SignatureScheme, scheme) for scheme in request.signature_schemes
        ),
        # Each name has two bytes of length before it (RFC 9846 4.3.4, RFC 5246 7.4.4).
        acceptable_cas_bytes=sum(2 + len(name) for name in request.certificate_authorities),
    )


NO_COMMON_GROUND = frozenset(
    {AlertDescription.handshake_failure, AlertDescription.insufficient_security}
)
