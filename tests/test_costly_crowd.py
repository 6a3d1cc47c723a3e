"""Chains made to be slow, next to fifty ordinary servers: these are read in time all the same."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.muted import muted
from halfshake.reading.aside import judge_chain_aside
from halfshake.tls.record import MAX_PLAINTEXT_BYTES
from halfshake.trust import chain_judgement
from halfshake.trust.policy import Policy
from halfshake.trust.verdict import judge
from pki import Authority
from servers.flights import DONE, HELLO, KEY_EXCHANGE
from servers.scripted import listening
from tls_peer import certificate_tls12, record
from trust.costly import NAME, constrained, cross_signed, same_named
from trust.observations import NOW, observed, store_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography import x509

    from servers.scripted import Connection, Script

ORDINARY = 50
# An ordinary server takes a second for its flight, of the two that it has.
PIECES, PAUSE_SECONDS, TIMEOUT_SECONDS = 10, 0.1, 2.0

ROOT = Authority.root()


def flight(chain: Sequence[x509.Certificate]) -> bytes:
    """What a server of TLS 1.2 sends."""
    ders = [certificate.public_bytes(Encoding.DER) for certificate in chain]
    content = HELLO + certificate_tls12(*ders) + KEY_EXCHANGE + DONE
    return b"".join(
        record(content[at : at + MAX_PLAINTEXT_BYTES])
        for at in range(0, len(content), MAX_PLAINTEXT_BYTES)
    )


def in_pieces(data: bytes) -> Script:
    """Answer bit by bit: the client has to come back for each piece in time."""
    size = len(data) // PIECES + 1

    async def script(connection: Connection) -> None:
        await connection.client_hello()
        for at in range(0, len(data), size):
            await asyncio.sleep(PAUSE_SECONDS)
            await connection.send(data[at : at + size])
        await connection.until_the_client_leaves()

    return script


def at_once(data: bytes) -> Script:
    """Answer at once."""

    async def script(connection: Connection) -> None:
        await connection.client_hello()
        await connection.send(data)
        await connection.until_the_client_leaves()

    return script


def costly(count: int) -> list[Sequence[x509.Certificate]]:
    """Chains that take long, each another to every cache."""
    kinds = (same_named(90), cross_signed(6, 15), constrained(ROOT, 900, 900))
    chains: list[Sequence[x509.Certificate]] = []
    for number in range(count):
        leaf, *cas = kinds[number % len(kinds)]
        extra = Authority.root(f"Extra {number}").certificate
        chains.append((leaf, *random.Random(number).sample(cas, len(cas)), extra))
    return chains


async def test_nobody_waits_for_a_costly_chain(tmp_path: Path) -> None:
    """Everyone else keeps to a deadline that one costly chain after the other would break."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    good = flight(ROOT.intermediate().issue(NAME).chain)
    async with contextlib.AsyncExitStack() as servers:
        slow = [
            (await servers.enter_async_context(listening(at_once(flight(chain))))).port
            for chain in costly(15)
        ]
        ordinary = [
            (await servers.enter_async_context(listening(in_pieces(good)))).port
            for _ in range(ORDINARY)
        ]
        # Between the others, as a list of targets would have them.
        listed = tmp_path / "targets.txt"
        ports = sorted([*slow, *ordinary])
        listed.write_text("".join(f"127.0.0.1:{port}\n" for port in ports))
        options = ["--json", "--targets", str(listed), "--server-name", NAME]
        options += ["--ca-file", str(tmp_path / "ca.pem"), "--timeout", str(TIMEOUT_SECONDS)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "halfshake", "check", *options),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        written, errors = await process.communicate()
    assert errors == b""
    results = {result["port"]: result for result in map(json.loads, written.splitlines())}
    assert sorted(results) == ports
    for port in ordinary:
        assert results[port]["outcome"] == "read", results[port]
        assert results[port]["verdict"]["trusted"] is True
    for port in slow:
        found = {finding["code"] for finding in results[port]["verdict"]["findings"]}
        assert "costly-chain" in found


async def test_what_takes_long_is_judged_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own thread, once; then `judge()` knows the answer. Other chains are left alone."""
    threads: list[str] = []
    whole = chain_judgement._judge

    def noting(*arguments: Any) -> Any:
        threads.append(threading.current_thread().name)
        return whole(*arguments)

    monkeypatch.setattr(chain_judgement, "_judge", noting)
    for chain, expected in ((ROOT.issue(NAME).chain, []), (same_named(40), ["aside_0"])):
        threads.clear()
        observation = observed(*chain)
        store = store_of(ROOT)
        await judge_chain_aside(observation, store, NOW)
        assert threads == expected
        judge(observation, store, Policy(), NOW)
        assert len(threads) == 1


async def test_a_mistake_of_ours_aside_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows again in `judge()`, which every command reports as ours."""
    monkeypatch.setattr(chain_judgement, "_judge", lambda *_: 1 / 0)
    observation = observed(*same_named(40))
    await judge_chain_aside(observation, store_of(ROOT), NOW)
    with pytest.raises(ZeroDivisionError):
        judge(observation, store_of(ROOT), Policy(), NOW)


def test_warnings_are_muted_by_several_threads_at_once() -> None:
    """The first one in and the last one out decide, whatever their order."""
    before = list(warnings.filters)
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with muted():
            inside.set()
            assert leave.wait(5)

    thread = threading.Thread(target=other)
    with muted():
        thread.start()
        assert inside.wait(5)
    warnings.warn("while the other one is in", UserWarning, stacklevel=1)
    leave.set()
    thread.join(5)
    assert list(warnings.filters) == before
    with pytest.warns(UserWarning, match="again"):
        warnings.warn("once again", UserWarning, stacklevel=1)
