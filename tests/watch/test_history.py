"""The real monitor and a real nginx that changes: each change is one event, and no more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.cli import main
from halfshake.history.history import History
from halfshake.history.queries import Past
from pki import Authority
from watch.changing_nginx import ADDRESSES, ChangingNginx
from watch.serving import CLIENTS, ROOT, watching

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from halfshake.event import Event

NAME = "pool.halfshake.test"
OTHER = Authority.root("Other Root")


@pytest.mark.timeout(150)  # a dozen changes, each with the silence after it
async def test_each_change_is_one_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of two addresses lags, a rollback, no more clients asked, a death and a return."""
    monkeypatch.setattr(socket, "getaddrinfo", knowing_the_pool(socket.getaddrinfo))
    (tmp_path / "ca.pem").write_bytes(ROOT.pem + OTHER.pem)
    old = ROOT.issue(NAME, days=(-30, 60))
    new = OTHER.issue(NAME, days=(-1, 90), key=old.key)
    file = str(tmp_path / "history.sqlite")
    with ChangingNginx(tmp_path / "nginx", CLIENTS).running() as nginx:
        nginx.serve(old)
        text = (
            "trust: {ca_files: [ca.pem]}\n"
            "defaults: {interval: 200ms, faces_interval: 400ms, enforcement_interval: 400ms}\n"
            f"max_backoff: 300ms\ntargets: [{{target: '{NAME}:{nginx.port}', name: pool, "
            "all_addresses: true, enforcement: true, labels: {team: payments}}]\n"
        )
        async with watching(tmp_path, text) as served:
            seen: list[Event] = []
            history = History(file, served.monitor.health.history, keep_seconds=1e6)
            history.on_event.append(seen.append)
            served.monitor.history = history
            history.start()
            schedule = asyncio.create_task(served.monitor.run())

            async def told(*wanted: str) -> None:
                """These events come, and in the time of two visits of each kind no other."""
                with contextlib.suppress(AssertionError):
                    await until(lambda: len(seen) >= len(wanted))
                await asyncio.sleep(1)
                assert sorted(event.kind.value for event in seen) == sorted(wanted)
                seen.clear()

            past = Past(history.address)
            await until(lambda: len(past.endpoint("pool")) == 4)
            await told()
            nginx.serve(new, old)
            await told("renewed", "issuer-changed", "key-reused", "twins-diverged")
            nginx.serve(new)
            await told("twins-agree")
            nginx.serve(old)
            await told("rolled-back", "issuer-changed")
            nginx.serve(asks=False)
            await told("client-auth-changed")
            nginx.stop()
            await told("went-dark")
            assert past.endpoints(order="failures").rows[0].failure == "connection-refused"
            nginx.start()
            await told("came-back")
            past.close()
            # The command reads the file while it is written.
            assert main(["history", "pool", "--file", file, "--json"]) == 0
            schedule.cancel()
            await served.monitor.finish(5)
            history.close(5)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    events = [line for line in lines if line["schema"] == "halfshake-event/1"]
    assert [event["number"] for event in events] == list(range(1, 11))
    (lagging,) = (event for event in events if event["kind"] == "twins-diverged")
    assert lagging["address"] == "127.0.0.2"
    assert lagging["labels"] == {"team": "payments"}
    usual = [line for line in lines if line["schema"] == "halfshake-span/1" and "face" not in line]
    assert [span["shown_now"] for span in usual] == [False, False, True]
    assert usual[0]["sha256"] == usual[2]["sha256"] != usual[1]["sha256"]


async def until(true: Callable[[], bool]) -> None:
    """Wait for it."""
    for _ in range(600):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


def knowing_the_pool(look_up: Any) -> Any:
    """The resolver, which knows one more name."""

    def answer(host: str, port: int, *more: Any, **options: Any) -> Any:
        if host != NAME:
            return look_up(host, port, *more, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in ADDRESSES]

    return answer
