"""The faces of one target: each address, key type, TLS version, name and protocol that it serves.

    base      each address x each key type          the certificates that clients get
    beside    on each address: older versions, other names, protocols

Each face beside the usual ones is asked for alone, not in all combinations: this shows what differs
with few visits. To find older versions, each visit offers only versions below the last one seen, so
a server that speaks two costs three visits, not four.

A face that the server refuses, while it shows its certificate on another face of the same address,
is `absent`: it has no such certificate, version, name or protocol. If it refuses every face, that
is a failure. A face that ran out of time is never called absent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from halfshake.dial.route import DIRECT
from halfshake.dial.tcp import of_family, resolve
from halfshake.errors import DeadlineExceeded, FailureReason, Phase, ReadingFailed
from halfshake.observation import (
    NO_SNI,
    UNKNOWN_SNI,
    Face,
    FacesRead,
    Observation,
    ProbeFailure,
    Timings,
)
from halfshake.reading.many import Courtesy, side_by_side
from halfshake.reading.probe import probe
from halfshake.reading.retry import Spoken, spoken_after
from halfshake.tls.client_hello import ALL_VERSIONS
from halfshake.tls.key_type import KeyType

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from halfshake.dial.route import Route
    from halfshake.dial.tcp import Address
    from halfshake.target import Target
    from halfshake.tls.offers import HelloKind
    from halfshake.tls.registries.codepoints import ProtocolVersion

Result: TypeAlias = Observation | ProbeFailure


class Wanted(NamedTuple):
    """Which faces to read. `sni` holds names, NO_SNI and UNKNOWN_SNI; `alpn` protocols.

    `key_type` is the one type to ask for if not all are read; `usual_alpn` is offered everywhere.
    With `enforcement` each address, name and protocol also gets a second visit.
    """

    all_addresses: bool = False
    all_key_types: bool = False
    all_versions: bool = False
    sni: tuple[str, ...] = ()
    alpn: tuple[str, ...] = ()
    key_type: KeyType | None = None
    usual_alpn: tuple[str, ...] = ()
    enforcement: bool = False
    enforcement_path: str = "/"
    check_possession: bool = True

    @property
    def several(self) -> bool:
        """Is there more than one face to read?"""
        several = self.all_addresses or self.all_key_types or self.all_versions
        return bool(several or self.sni or self.alpn)


class Visit(Protocol):
    """How one visit is made: `probe`, or something in its place."""

    def __call__(  # noqa: D102
        self,
        target: Target,
        *,
        timeout_seconds: float,
        key_type: KeyType | None,
        alpn: tuple[str, ...],
        versions: tuple[ProtocolVersion, ...],
        hello: HelloKind | None,
        route: Route,
        enforcement: bool,
        enforcement_path: str,
        check_possession: bool,
    ) -> Awaitable[Result]: ...


async def read_faces(
    target: Target,
    wanted: Wanted,
    take: Callable[[Result], Awaitable[None]],
    *,
    route: Route = DIRECT,
    timeout_seconds: float = 10.0,
    courtesy: Courtesy | None = None,
    visit: Visit = probe,
    look_up: Callable[[str, int], Awaitable[Sequence[Address]]] = resolve,
) -> FacesRead:
    """Read every face; `take` each result as it comes, except absent faces.

    `timeout_seconds` is the deadline of each visit, and of the resolver. The target's own name in
    `wanted.sni` is no face of its own: the usual visit asks for it.
    """
    wanted = wanted._replace(sni=tuple(each for each in wanted.sni if each != target.server_name))
    reader = _Reader(
        target, wanted, take, route, timeout_seconds, courtesy=courtesy or Courtesy(), visit=visit
    )
    addresses: Iterable[str | None] = (None,)
    if wanted.all_addresses and target.unix_path is None:
        try:
            async with asyncio.timeout(timeout_seconds):
                found = await look_up(target.host, target.port)
            if route.family is not None:
                found = of_family(list(found), route.family, target.host)
            addresses = dict.fromkeys(_literal(address) for address in found)
        except TimeoutError:
            late = f"resolving the name took longer than {timeout_seconds:g} s"
            await reader.fail(_unresolved(reader, DeadlineExceeded(late, phase=Phase.resolve)))
            return reader.everything()
        except ReadingFailed as error:
            await reader.fail(_unresolved(reader, error))
            return reader.everything()
    await side_by_side(reader.read_address(address) for address in addresses)
    return reader.everything()


@dataclass
class _Reader:
    """One target in progress: the results of its faces so far."""

    target: Target
    wanted: Wanted
    take: Callable[[Result], Awaitable[None]]
    route: Route
    timeout_seconds: float
    courtesy: Courtesy
    visit: Visit
    observed_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    read: list[Observation] = field(default_factory=list)
    absent: list[ProbeFailure] = field(default_factory=list)
    failed: list[ProbeFailure] = field(default_factory=list)

    def everything(self) -> FacesRead:
        return FacesRead(
            self.target,
            self.observed_at,
            tuple(self.read),
            tuple(self.absent),
            tuple(self.failed),
        )

    async def fail(self, failure: ProbeFailure) -> None:
        self.failed.append(failure)
        await self.take(failure)

    async def read_address(self, address: str | None) -> None:
        key_types: tuple[str | None, ...] = (self.wanted.key_type,)
        if self.wanted.all_key_types:
            key_types = tuple(KeyType)
        base = [Face(address=address, key_type=key_type) for key_type in key_types]
        spoken = Spoken()
        results = await self._base(base, spoken)
        other = spoken_after(results, key_type=self.wanted.key_type, alpn=self.wanted.usual_alpn)
        if other is not None:
            again = await self._base(base, other)
            if any(isinstance(result, Observation) for result in again):
                spoken, results = other, again
        read = [result for result in results if isinstance(result, Observation)]
        if not read:
            await self.fail(_failure(results[0]))
            return
        for result in results:
            await self._settle(result)
        await side_by_side(
            [
                self._older_versions(address, read[0].tls_version or "", spoken),
                *(self._beside(face, spoken) for face in self._besides(address)),
            ]
        )

    async def _base(self, faces: Sequence[Face], spoken: Spoken) -> list[Result]:
        """Visit one after the other until one is read; then the rest at the same time."""
        rest, results = list(faces), list[Result]()
        known: Observation | None = None
        while rest and known is None:
            result = await self._read_face(rest.pop(0), spoken, enforcement=True)
            results.append(result)
            if isinstance(result, Observation):
                known = result
            elif not _is_reachable(result):
                return results
        return results + await asyncio.gather(
            *(self._read_face(face, spoken, known=known) for face in rest)
        )

    def _besides(self, address: str | None) -> list[Face]:
        usual = Face(address=address, key_type=self.wanted.key_type)
        return [
            *(usual._replace(sni=name) for name in self.wanted.sni),
            *(usual._replace(alpn=protocol) for protocol in self.wanted.alpn),
        ]

    async def _beside(self, face: Face, spoken: Spoken) -> None:
        result = await self._read_face(face, spoken, enforcement=True)
        await self._settle(result)

    async def _older_versions(self, address: str | None, seen: str, spoken: Spoken) -> None:
        if not self.wanted.all_versions:
            return
        usual = Face(address=address, key_type=self.wanted.key_type)
        while below := [version.label for version in ALL_VERSIONS if version.label < seen]:
            face = usual._replace(tls_version=below[0])
            result = await self._read_face(face, spoken)
            await self._settle(result)
            if not isinstance(result, Observation):
                return
            seen = result.tls_version or ""

    async def _read_face(
        self,
        face: Face,
        spoken: Spoken,
        *,
        enforcement: bool = False,
        known: Observation | None = None,
    ) -> Result:
        """Make one visit; a reading is passed on at once.

        The result of a second visit also counts for the other certificates of the address: which
        clients are refused does not depend on the certificate that was shown.
        """
        async with self.courtesy.at(self.target.host):
            result = await self.visit(
                _asked(self.target, face),
                timeout_seconds=self.timeout_seconds,
                key_type=KeyType(face.key_type) if face.key_type else None,
                alpn=(face.alpn,) if face.alpn else self.wanted.usual_alpn,
                versions=tuple(
                    version
                    for version in ALL_VERSIONS
                    if face.tls_version is None or version.label <= face.tls_version
                ),
                hello=spoken.hello,
                route=self.route,
                enforcement=enforcement and self.wanted.enforcement,
                enforcement_path=self.wanted.enforcement_path,
                check_possession=self.wanted.check_possession,
            )
        # `address` says where we connected; the target stays as the user wrote it.
        result = result._replace(target=result.target._replace(host=self.target.host), face=face)
        if isinstance(result, Observation):
            result = result._replace(first_hello=spoken.first_hello)
            if known is not None:
                result = _as_enforced(result, known)
            self.read.append(result)
            await self.take(result)
        return result

    async def _settle(self, result: Result) -> None:
        if isinstance(result, Observation):
            return
        if result.phase is Phase.handshake and result.reason in REFUSALS:
            self.absent.append(result)
        else:
            await self.fail(result)


def _as_enforced(result: Observation, known: Observation) -> Observation:
    auth, seen = result.client_auth, known.client_auth
    if auth.requested != seen.requested:
        return result
    enforced = auth._replace(
        enforcement=seen.enforcement,
        enforcement_reason=seen.enforcement_reason,
        refusal=seen.refusal,
    )
    return result._replace(client_auth=enforced)


def _asked(target: Target, face: Face) -> Target:
    if face.address is not None:
        target = target._replace(host=face.address)
    if face.sni is None:
        return target
    if face.sni == NO_SNI:
        return target._replace(sni_sent="")
    if face.sni == UNKNOWN_SNI:
        return target._replace(sni_sent=UNKNOWN_NAME)
    return target._replace(server_name=face.sni)


def _literal(address: Address) -> str:
    host = address[1][0]
    scope = address[1][3] if len(address[1]) == 4 else 0
    return f"{host}%{scope}" if scope and "%" not in host else host


def _is_reachable(result: Result) -> bool:
    return isinstance(result, Observation) or (
        result.phase is Phase.handshake and result.reason is not FailureReason.deadline_exceeded
    )


def _failure(result: Result) -> ProbeFailure:
    assert isinstance(result, ProbeFailure)
    return result


def _unresolved(reader: _Reader, error: ReadingFailed) -> ProbeFailure:
    return ProbeFailure(
        target=reader.target,
        observed_at=reader.observed_at,
        phase=error.phase,
        reason=error.reason,
        detail=error.detail,
        timings=Timings(),
    )


# How servers say that they do not have what was asked for. Many load balancers hang up on a version
# or a name that they do not serve; by then we know that they serve another.
REFUSALS = frozenset(
    {
        FailureReason.alert_received,
        FailureReason.connection_closed,
        FailureReason.connection_reset,
        FailureReason.version_unsupported,
    }
)

# A name that no server has (RFC 6761 6.4), and that tells who asked in a server's log.
UNKNOWN_NAME = "unknown-to-you.halfshake.invalid"
