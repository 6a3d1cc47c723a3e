"""How `watch` reads and judges: by the options of `check`, and with what `check` does with them."""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from halfshake.certificate import read_certificate
from halfshake.commands.judging import load_judging
from halfshake.commands.values.face_options import protocols, several_faces
from halfshake.commands.values.second_visit import decide_on_second_visit
from halfshake.commands.values.way_in import routes
from halfshake.errors import UsageError
from halfshake.inputs.certificate_files import read_password
from halfshake.inputs.trust_stores import load_trust_store
from halfshake.observation import Observation, ProbeFailure, Purpose
from halfshake.reading.aside import judge_chain_aside
from halfshake.reading.in_turn import read_in_turn
from halfshake.reading.observing import our_bug
from halfshake.reading.options import PER_HOST
from halfshake.reading.probe import probe
from halfshake.stored.reader import read_stored
from halfshake.trust.assessment import Expectations, assess
from halfshake.trust.comparison import summarize
from halfshake.trust.policy import ExpectedClientAuth
from halfshake.trust.turns import next_turn
from halfshake.watch.reader import Judged, VisitKind
from halfshake.watch.settings.stored_targets import is_stored

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from halfshake.commands.judging import Judging
    from halfshake.commands.values.fetched_before import FetchedBefore
    from halfshake.dial.route import Route
    from halfshake.dial.tcp import Address
    from halfshake.observation import FacesRead
    from halfshake.reading.faces import Result
    from halfshake.target import Target
    from halfshake.trust.comparison import Summary
    from halfshake.trust.rules.pointers import Fetched
    from halfshake.trust.standing import Standing
    from halfshake.trust.store import TrustStore
    from halfshake.trust.verdict import Verdict
    from halfshake.watch.reader import OpenReader


def opening() -> OpenReader:
    """Begin a set of readers: those that trust the same files share one store.

    A store in which nothing has changed is that of the set before: verdicts are kept by it.
    """

    @cache
    def store(files: tuple[str, ...], paths: tuple[str, ...], system: bool | None) -> TrustStore:
        read = load_trust_store(files, paths, system=system)
        return _STORES.setdefault((read.anchors, read.sources), read)

    def load(files: Sequence[str], paths: Sequence[str], *, system: bool | None) -> TrustStore:
        return store(tuple(files), tuple(paths), system)

    return lambda options: CheckReader(argparse.Namespace(**options), load)


class CheckReader:
    """Reads targets as `check` does with the same options; raises UsageError as it does."""

    def __init__(self, options: argparse.Namespace, load_store: Callable[..., TrustStore]) -> None:
        options.at = None
        options.per_host = PER_HOST.default
        expected = options.expect_client_auth
        if expected is not None:
            options.expect_client_auth = expected = ExpectedClientAuth(expected)
        decide_on_second_visit(options)
        self._options = options
        self._judging = load_judging(options, load_store=load_store)
        self._usual_judging = _of_first_visit(self._judging)
        self._expected = Expectations(client_auth=expected is not None)
        self._route_for = routes(options)
        offered = protocols(options)
        self._alpn = offered if len(offered) == 1 else ()
        self._wanted = _wanted(options) if several_faces(options) else None
        kinds = [VisitKind.usual]
        if self._wanted is not None:
            kinds.append(VisitKind.faces)
        if options.enforcement:
            kinds.append(VisitKind.enforcement)
        self.kinds = tuple(kinds)
        self._fetched = _fetched(options, self._judging.store)
        file = options.password_file
        self._password = read_password(file) if file else None

    def is_like(self, other: object) -> bool:
        """Would the other one read and judge just the same? Files count as they were read."""
        return isinstance(other, CheckReader) and self.made_of == other.made_of

    @property
    def made_of(self) -> tuple[object, ...]:
        """Everything that its answers depend on."""
        crls = [(each.source, each.crl) for each in self._judging.crls]
        return vars(self._options), self._judging._replace(crls=()), crls, self._password

    def is_direct(self, target: Target) -> bool:
        """Is the target's own address dialled, and not a proxy, another one, or none?"""
        if is_stored(target):
            return False
        route = self._route_for(target)
        return route.proxy is None and route.connect_to is None

    def thresholds(self, not_before: datetime, not_after: datetime) -> tuple[datetime, datetime]:
        """When a certificate of these dates becomes a warning, and when critical."""
        policy, lifetime = self._judging.policy, not_after - not_before
        return _before(not_after, policy.warning_left(lifetime)), _before(
            not_after, policy.critical_left(lifetime)
        )

    async def read(
        self,
        target: Target,
        kind: VisitKind,
        *,
        timeout_seconds: float,
        addresses: Sequence[Address] | None = None,
    ) -> list[Observation | ProbeFailure]:
        """Make one visit; with `addresses` to these alone, whatever the name says meanwhile."""
        if is_stored(target):
            return [await asyncio.to_thread(self._read_stored, target)]
        second = kind is VisitKind.enforcement
        route = self._route_for(target)
        if addresses is None or target.unix_path is not None or route.connect_to is not None:
            result = await self._probe(target, route, timeout_seconds, second=second)
            return [result]

        def read(pinned: Route, share: float) -> Awaitable[Observation | ProbeFailure]:
            return self._probe(target, pinned, share, second=second)

        return [await read_in_turn(addresses, route, timeout_seconds, read)]

    def _read_stored(self, target: Target) -> Observation | ProbeFailure:
        return read_stored(
            target.text,
            server_name=target.server_name or None,
            password=self._password,
            now=datetime.now(UTC),
        )

    async def _probe(
        self, target: Target, route: Route, timeout_seconds: float, *, second: bool
    ) -> Observation | ProbeFailure:
        return await probe(
            target,
            timeout_seconds=timeout_seconds,
            key_type=self._options.key_type,
            alpn=self._alpn,
            route=route,
            explain_intolerance=self._options.explain_intolerance,
            enforcement=second,
            enforcement_path=self._options.enforcement_path,
            check_possession=not self._options.no_possession,
        )

    async def read_faces(self, target: Target, *, timeout_seconds: float) -> FacesRead:
        """Read every face that the options ask for."""
        from halfshake.reading.faces import read_faces
        from halfshake.reading.many import Courtesy

        assert self._wanted is not None

        async def take(_: Result) -> None:
            """They are told together, with their comparison."""

        return await read_faces(
            target,
            self._wanted,
            take,
            route=self._route_for(target),
            timeout_seconds=timeout_seconds,
            courtesy=Courtesy(self._options.per_host),
        )

    def compare(self, faces: FacesRead) -> Summary:
        """Compare the faces of one target."""
        return summarize(faces, self._judging.policy)

    async def judge(
        self,
        result: Observation | ProbeFailure,
        kind: VisitKind,
        *,
        within_seconds: float | None = None,
    ) -> Judged:
        """Judge what such a visit brought, as it stands now."""
        judging = self._judging if kind is VisitKind.enforcement else self._usual_judging
        if isinstance(result, ProbeFailure):
            return Judged(result, None, None, judging.on_failure, kind)
        try:
            fetched = await self._complete(result, within_seconds)
            now = datetime.now(UTC)
            standing = judging.standing(result, now, fetched=fetched)
            verdict = judging.again(standing, result, now)
            assessment = assess(result, verdict, self._expected)
            until = self._until(result, verdict, fetched, now)
        except Exception as error:  # noqa: BLE001 - our bug with one target stops no other
            return Judged(our_bug(result, error), None, None, judging.on_failure, kind)
        return Judged(result, verdict, assessment, verdict.status, kind, standing, until)

    def judge_again(self, observation: Observation, standing: Standing) -> Judged:
        """What `judge` would say of a usual visit that shows what `standing` was made of."""
        judging = self._usual_judging
        try:
            verdict = judging.again(standing, observation, datetime.now(UTC))
            assessment = assess(observation, verdict, self._expected)
        except Exception as error:  # noqa: BLE001 - as above
            return Judged(our_bug(observation, error), None, None, judging.on_failure)
        return Judged(observation, verdict, assessment, verdict.status, standing=standing)

    def _until(
        self, observation: Observation, verdict: Verdict, fetched: Fetched | None, now: datetime
    ) -> datetime | None:
        judging = self._judging
        return next_turn(
            observation,
            verdict,
            judging.store,
            judging.policy,
            now,
            crls=(*judging.crls, *(fetched.crls if fetched is not None else ())),
            client_side=judging.client_side,
        )

    async def _complete(
        self, observation: Observation, within_seconds: float | None
    ) -> Fetched | None:
        """Do what takes long: fetch what the chain points to, judge it in the thread aside."""
        store, now = self._judging.store, datetime.now(UTC)
        await judge_chain_aside(observation, store, now)
        if self._fetched is None or observation.purpose is not Purpose.server:
            return None
        fetched = await self._fetched.of(observation, within_seconds)
        if fetched is not None and fetched.certificates:
            more = tuple(map(read_certificate, fetched.certificates))
            await judge_chain_aside(observation, store, now, more)
        return fetched


# As long as a reader has them.
_STORES: WeakValueDictionary[tuple[tuple[bytes, ...], tuple[str, ...]], TrustStore] = (
    WeakValueDictionary()
)


def _before(moment: datetime, left: timedelta) -> datetime:
    try:
        return moment - left
    except OverflowError:  # before the year 1: always
        return datetime.min.replace(tzinfo=UTC)


def _of_first_visit(judging: Judging) -> Judging:
    """What the first visit can answer; the rest is the second one's, which has its own interval."""
    expected = judging.policy.expected_client_auth
    if expected in {None, ExpectedClientAuth.requested, ExpectedClientAuth.none}:
        return judging
    requested = judging.policy._replace(expected_client_auth=ExpectedClientAuth.requested)
    return judging._replace(policy=requested)


def _fetched(options: argparse.Namespace, store: TrustStore) -> FetchedBefore | None:
    if options.fetch_from and not options.fetch:
        raise UsageError("--fetch-from only works together with --fetch")
    if not options.fetch:
        return None
    from halfshake.commands.values.fetched_before import FetchedBefore
    from halfshake.commands.values.fetching import fetch_for, fetch_limits

    limits = fetch_limits(options)
    return FetchedBefore(lambda seen: fetch_for(seen, store, limits), time.monotonic)


def _wanted(options: argparse.Namespace) -> Any:
    from halfshake.commands.values.faces import wanted_faces

    return wanted_faces(options)
