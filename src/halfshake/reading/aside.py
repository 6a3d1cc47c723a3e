"""Work that takes long, done in a thread beside the event loop, one piece after the other.

OpenSSL lets the interpreter go while it works, so the loop goes on; and where Python works, they
share it by milliseconds. A process would not share it at all, but it takes a third of a second to
start, and an Agent's Python cannot start one.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING, TypeVar

from halfshake.observation import Purpose
from halfshake.trust.cost import MANY_BYTES, MANY_CERTIFICATES
from halfshake.trust.standing import CHAIN_JUDGEMENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation
    from halfshake.tls.server_flight import PartialFlight, ServerFlight
    from halfshake.trust.store import TrustStore

Result = TypeVar("Result")


async def aside(work: Callable[[], Result]) -> Result:
    """Do it in the thread, when its turn comes."""
    return await asyncio.get_running_loop().run_in_executor(_worker(), work)


async def judge_chain_aside(
    observation: Observation,
    store: TrustStore,
    now: datetime,
    more: tuple[PresentedCertificate, ...] = (),
) -> None:
    """Judge a chain that takes long, completed by `more`: `judge()` then knows the answer.

    Does nothing about other chains, which take a few milliseconds.
    """
    chain, name = observation.chain + more, observation.target.server_name
    # A mistake of ours shows again in `judge()`, where it is reported as one.
    with contextlib.suppress(Exception):
        if observation.purpose is not Purpose.server or CHAIN_JUDGEMENTS.costs_little(chain, store):
            return
        await aside(lambda: CHAIN_JUDGEMENTS.judge(chain, store, name, now))


def is_large(ders: tuple[bytes, ...]) -> bool:
    """Does it take long even to read all of it, every name included."""
    return len(ders) > MANY_CERTIFICATES or sum(map(len, ders)) > MANY_BYTES


def is_large_flight(flight: ServerFlight | PartialFlight) -> bool:
    """Would it take long even to name what is in it, so that other targets had to wait."""
    request = flight.certificate_request
    names = () if request is None else request.certificate_authorities
    ders = tuple(entry.der for entry in flight.certificate_list)
    return is_large(ders) or sum(map(len, names)) > MANY_BYTES


@functools.cache
def _worker() -> ThreadPoolExecutor:
    # Few chains take long: the others do not wait for the import.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside")
