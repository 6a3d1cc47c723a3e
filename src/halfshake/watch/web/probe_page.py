"""`/probe?target=...&module=...`: one target, read now, told as blackbox_exporter tells it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from halfshake.dial.tcp import resolve
from halfshake.errors import ReadingFailed, TargetInvalid
from halfshake.inputs.target_text import parse_target
from halfshake.target import is_ip_address
from halfshake.watch.reader import VisitKind
from halfshake.watch.settings.stored_targets import is_stored
from halfshake.watch.web import blackbox_names, ssl_exporter_names
from halfshake.watch.web.debug_page import debug_page
from halfshake.watch.web.guard import Refused, check_addresses, check_name, check_never
from halfshake.watch.web.probe_names import fill
from halfshake.watch.web.probed import Probed, unresolved
from halfshake.watch.web.rate_limit import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from halfshake.dial.tcp import Address
    from halfshake.target import Target
    from halfshake.watch.monitor import Monitor
    from halfshake.watch.settings.watched import Settings

LookUp: TypeAlias = "Callable[[str, int], Awaitable[list[Address]]]"


class ProbePage:
    """Answers `/probe`; `look_up` is the resolver."""

    def __init__(
        self,
        monitor: Monitor,
        *,
        look_up: LookUp = resolve,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._monitor = monitor
        self._look_up = look_up
        self._clock = clock
        self._bucket: TokenBucket | None = None
        self._busy = 0

    async def answer(self, request: web.Request) -> web.Response:
        """Read the target; what it may not read is refused, and counted."""
        count = self._monitor.health.probe_requests
        try:
            wanted = self._wanted(request.query, request.headers)
            probed = await self._probed(wanted)
        except _BadRequest as error:
            count.labels("bad-request").inc()
            return web.Response(status=400, text=f"{error}\n")
        except Refused as error:
            count.labels(f"refused-{error.reason}").inc()
            status = 429 if error.reason == "rate" else 503 if error.reason == "busy" else 403
            return web.Response(status=status, text=f"{error}\n")
        count.labels("success" if probed.success else "failure").inc()
        metrics = generate_latest(_registry(probed, wanted.settings.exporter))
        if request.query.get("debug") == "true":
            text = debug_page(probed, wanted.target, wanted.module, metrics.decode())
            return web.Response(text=text)
        return web.Response(body=metrics, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    def _wanted(self, query: Mapping[str, str], headers: Mapping[str, str]) -> _Wanted:
        text, module = query.get("target", ""), query.get("module", "")
        if not text:
            raise _BadRequest("Target parameter is missing: /probe?target=host:port")
        plan = self._monitor.plan
        if module and module not in plan.modules:
            known = ", ".join(plan.modules) or "there are none"
            raise _BadRequest(f"Unknown module {module!r}: {known}")
        hostname, named = query.get("hostname"), plan.modules.get(module)
        watched, settings = self._monitor.find(text), named or plan.defaults
        if watched is not None and is_stored(watched.target):
            target = watched.target
        else:
            target = _target(text, hostname or settings.server_name, settings)
            watched = watched or self._monitor.find_place(target)
        if watched is not None:
            # The query knows best, then the module that it names, then the target itself.
            is_asked_for = bool(hostname or (named and named.server_name))
            name = target.server_name if is_asked_for else watched.target.server_name
            target = watched.target._replace(server_name=name)
            settings = named or watched.settings
        return _Wanted(
            target,
            module,
            settings,
            is_configured=watched is not None,
            timeout_seconds=_timeout(headers, settings, plan.document.probe.timeout_offset),
        )

    async def _probed(self, wanted: _Wanted) -> Probed:
        probe = self._monitor.plan.document.probe
        if not wanted.is_configured:
            check_name(wanted.target, probe.allow)
            if not self._has_token(probe.per_second):
                raise Refused("rate", f"more than {probe.per_second:g} ad-hoc probes a second")
        if self._busy >= probe.concurrency:
            raise Refused("busy", f"{probe.concurrency} probes are under way already")
        self._busy += 1
        try:
            return await self._read(wanted)
        finally:
            self._busy -= 1

    async def _read(self, wanted: _Wanted) -> Probed:
        loop = asyncio.get_running_loop()
        began = loop.time()
        addresses: Sequence[Address] | None = None
        try:
            async with asyncio.timeout(wanted.timeout_seconds):
                addresses = await self._judged_addresses(wanted)
        except (TimeoutError, ReadingFailed) as error:
            failure = unresolved(wanted.target, error, loop.time() - began)
            return Probed(failure, loop.time() - began, None, wanted.settings.verify)
        resolved = loop.time()
        reader = wanted.settings.reader
        results = await reader.read(
            wanted.target,
            VisitKind.usual,
            timeout_seconds=max(MIN_SECONDS, wanted.timeout_seconds - (resolved - began)),
            addresses=addresses,
        )
        lookup = None if addresses is None else resolved - began
        left = max(MIN_SECONDS, wanted.timeout_seconds - (loop.time() - began))
        judged = await reader.judge(results[0], VisitKind.usual, within_seconds=left)
        return Probed(judged, loop.time() - began, lookup, wanted.settings.verify)

    async def _judged_addresses(self, wanted: _Wanted) -> Sequence[Address] | None:
        """What may be dialled; None for the target's own way, where the configuration has one."""
        target = wanted.target
        if target.unix_path is not None:
            return None
        if wanted.is_configured and not wanted.settings.reader.is_direct(target):
            return None  # a proxy looks the name up
        addresses = await self._look_up(target.host, target.port)
        if not wanted.is_configured:
            return check_addresses(addresses, self._monitor.plan.document.probe.allow)
        if not is_ip_address(target.host):  # who writes an address means it
            check_never(addresses)
        return addresses

    def _has_token(self, per_second: float) -> bool:
        if self._bucket is None or self._bucket.per_second != per_second:
            clock = self._clock or asyncio.get_running_loop().time
            self._bucket = TokenBucket(per_second, clock)
        return self._bucket.take()


class _Wanted(NamedTuple):
    target: Target
    module: str
    settings: Settings
    is_configured: bool
    timeout_seconds: float


class _BadRequest(Exception):
    pass


def _target(text: str, server_name: str | None, settings: Settings) -> Target:
    try:
        return parse_target(text, server_name=server_name, starttls=settings.starttls)
    except TargetInvalid as error:
        raise _BadRequest(str(error)) from error


def _timeout(headers: Mapping[str, str], settings: Settings, offset: float) -> float:
    """Prometheus gives up at its own time: the answer has to be there a moment before."""
    given = headers.get("X-Prometheus-Scrape-Timeout-Seconds")
    if given is None:
        return settings.timeout_seconds
    try:
        scrape = float(given)
    except ValueError:
        scrape = 0.0
    if not 0 < scrape < float("inf"):
        raise _BadRequest(
            f"X-Prometheus-Scrape-Timeout-Seconds: {given!r} is not a number of seconds"
        )
    left = scrape - offset
    return min(settings.timeout_seconds, left if left > 0 else scrape)


def _registry(probed: Probed, exporter: str) -> CollectorRegistry:
    registry = CollectorRegistry()
    if exporter != "ssl_exporter":
        fill(registry, blackbox_names.NAMES, blackbox_names.tell(probed))
    if exporter != "blackbox":
        fill(registry, ssl_exporter_names.NAMES, ssl_exporter_names.tell(probed))
    return registry


MIN_SECONDS = 0.001
