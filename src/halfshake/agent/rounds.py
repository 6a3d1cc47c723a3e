"""One round: everything that an instance monitors, read at the same time and judged.

A round takes as long as its slowest target, at most that target's timeout: ten silent servers take
as long as one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from halfshake.dial.tcp import resolve
from halfshake.errors import ReadingFailed
from halfshake.observation import Observation, ProbeFailure
from halfshake.reading.aside import judge_chain_aside
from halfshake.reading.observing import our_bug
from halfshake.reading.probe import probe
from halfshake.trust.assessment import Assessment, assess
from halfshake.trust.openssl.codes import ISSUER_NOT_FOUND
from halfshake.trust.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from halfshake.agent.issuers import IssuerFetcher
    from halfshake.agent.watched import Watched
    from halfshake.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class Judged:
    """A reading, its verdict, and whether it meets the expectations.

    `chain_complete` is False if the verdict needs an issuer that the server does not send.
    """

    observation: Observation
    verdict: Verdict
    assessment: Assessment
    chain_complete: bool | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one monitored target."""

    watched: Watched
    result: Judged | ProbeFailure


async def read_round(
    watched: Sequence[Watched],
    store_of: Callable[[Watched], TrustStore],
    fetcher: IssuerFetcher,
    *,
    window: int,
) -> list[Outcome]:
    """Read and judge everything, at most `window` at the same time; results in the given order."""
    room = asyncio.Semaphore(window)

    async def one(watched: Watched) -> Outcome:
        async with room:
            result = await _read(watched)
            if isinstance(result, ProbeFailure):
                return Outcome(watched, result)
            try:
                judged = await _judged(watched, result, store_of(watched), fetcher)
            except Exception as error:  # noqa: BLE001 - our bug with one target stops no other
                return Outcome(watched, our_bug(result, error))
            return Outcome(watched, judged)

    resolved = await asyncio.gather(*(_each_address(some) for some in watched))
    every = [address for addresses in resolved for address in addresses]
    return list(await asyncio.gather(*(one(some) for some in every)))


async def _read(watched: Watched) -> Observation | ProbeFailure:
    target = watched.target
    if watched.local_path is not None:
        from halfshake.stored.reader import read_stored  # noqa: PLC0415 - few watch files

        name = target.server_name or None
        return read_stored(target.text, server_name=name, password=None, now=datetime.now(UTC))
    return await probe(
        target,
        timeout_seconds=watched.timeout_seconds,
        key_type=watched.key_type,
        enforcement=watched.enforcement_path is not None,
        enforcement_path=watched.enforcement_path or "/",
    )


async def _judged(
    watched: Watched, observation: Observation, store: TrustStore, fetcher: IssuerFetcher
) -> Judged:
    now = datetime.now(UTC)
    await judge_chain_aside(observation, store, now)
    verdict = judge(observation, store, watched.policy, now)
    complete = True if verdict.trusted else None
    if watched.fetch_issuers and _issuer_is_missing(verdict):
        spent = (now - observation.observed_at).total_seconds()
        completed = await fetcher.complete(
            observation,
            kept_seconds=watched.issuers_kept_seconds,
            timeout_seconds=max(0.0, watched.timeout_seconds - spent),
        )
        await judge_chain_aside(completed, store, now)
        again = judge(completed, store, watched.policy, now)
        if again.trusted:
            verdict, complete = again, False
    return Judged(observation, verdict, assess(observation, verdict, watched.expected), complete)


def _issuer_is_missing(verdict: Verdict) -> bool:
    return any(
        finding.evidence.get("openssl_code") in ISSUER_NOT_FOUND for finding in verdict.findings
    )


async def _each_address(watched: Watched) -> list[Watched]:
    """Monitor every address of a name separately; without addresses, the name has the failure."""
    if not watched.all_addresses:
        return [watched]
    target = watched.target
    started = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(watched.timeout_seconds):
            addresses = await resolve(target.host, target.port)
    except (ReadingFailed, TimeoutError):
        return [watched]
    # Resolving and reading share one deadline.
    left = watched.timeout_seconds - (asyncio.get_running_loop().time() - started)
    hosts = dict.fromkeys(address[0] for _, address in addresses)
    return [
        replace(
            watched,
            target=target._replace(text=f"{target.text} at {host}", host=host),
            tags=(*watched.tags, f"address:{host}"),
            timeout_seconds=left,
        )
        for host in hosts
    ]
