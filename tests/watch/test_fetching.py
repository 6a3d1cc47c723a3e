"""`fetch` in the monitor: what a chain lacks is fetched once, for every reading of an hour."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from halfshake.commands.values.fetched_before import AGAIN_SECONDS, FetchedBefore
from halfshake.commands.watching import opening
from halfshake.trust.rules.pointers import Fetched
from halfshake.watch.reader import VisitKind
from halfshake.watch.settings.plan import load_plan
from pki import Authority
from servers import Settings
from servers.catalogue import NGINX
from test_fetch import NAME, credential, repository
from watch.test_configuration import mistakes_of

if TYPE_CHECKING:
    from pathlib import Path

    from halfshake.observation import Observation


def test_a_chain_without_its_issuer(tmp_path: Path) -> None:
    """Is completed as `check --fetch` does; ten readings ask the CA once."""
    with repository() as served:
        root, leaf = credential(served)
        (tmp_path / "ca.pem").write_bytes(root.pem)
        settings = Settings(leaf.without_intermediates(), Authority.root("Client CA").pem)
        with NGINX.running(settings, tmp_path / "nginx") as running:
            (tmp_path / "watch.yaml").write_text(
                f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{server_name: {NAME}, fetch: true, "
                f"fetch_from: 127.0.0.0/8}}\ntargets: ['127.0.0.1:{running.port}']\n"
            )
            (watched,) = load_plan(tmp_path / "watch.yaml", opening(), {}).watched
            reader = watched.settings.reader

            async def codes() -> set[str]:
                read = await reader.read(watched.target, VisitKind.usual, timeout_seconds=5)
                judged = await reader.judge(read[0], VisitKind.usual)
                assert judged.verdict is not None
                return {finding.code for finding in judged.verdict.findings}

            async def ten() -> list[set[str]]:
                return await asyncio.gather(*(codes() for _ in range(10)))

            found = asyncio.run(ten())
    assert all("completed-by-fetching" in each for each in found)
    assert sorted(served.asked) == ["/ca.crl", "/ca.crt"]


async def test_it_is_fetched_again_after_an_hour() -> None:
    """And sooner where it failed; nobody waits longer than they may."""
    now, asked = [0.0], []
    may = asyncio.Event()

    async def fetch(_: Observation) -> Fetched:
        asked.append(now[0])
        await may.wait()
        return Fetched(complaints=("no",) if len(asked) == 2 else ())

    class Seen:
        chain = ()

    seen: Any = Seen()
    fetched = FetchedBefore(fetch, lambda: now[0])
    assert await fetched.of(seen, 0.01) is None
    may.set()
    assert await fetched.of(seen, None) == Fetched()
    now[0] = AGAIN_SECONDS - 1
    await fetched.of(seen, None)
    assert asked == [0.0]
    now[0] = AGAIN_SECONDS
    assert (await fetched.of(seen, None)) == Fetched(complaints=("no",))
    now[0] += 300
    await fetched.of(seen, None)
    assert asked == [0.0, AGAIN_SECONDS, AGAIN_SECONDS + 300]


def test_a_network_alone_is_a_mistake(tmp_path: Path) -> None:
    """In the words of the configuration, not of the command line."""
    assert mistakes_of(tmp_path, "defaults: {fetch_from: 10.0.0.0/8}\n") == [
        "watch.yaml:1: defaults: fetch_from only works together with fetch"
    ]
