"""The real monitor and a real nginx that changes: each change is one event, and no more."""

from __future__ import annotations

import asyncio
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
    from pathlib import Path

    from halfshake.event import Event

NAME = "pool.halfshake.test"
OTHER = Authority.root("Other Root")


async def test_each_change_is_one_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A renewal on both addresses, a rollback, no more clients asked, a death and a return."""
    ask: Any = socket.getaddrinfo

    def look_up(host: str, port: int, *more: Any, **options: Any) -> Any:
        """The resolver, which knows one more name."""
        if host != NAME:
            return ask(host, port, *more, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in ADDRESSES]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
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

            async def quiet(*wanted: str) -> None:
                """Wait until these came, and then long enough for any others."""
                async with asyncio.timeout(20):
                    while len(seen) < len(wanted):
                        await asyncio.sleep(0.05)
                await asyncio.sleep(1.2)
                assert sorted(event.kind.value for event in seen) == sorted(wanted)
                seen.clear()

            await asyncio.sleep(1.5)
            await quiet()
            nginx.serve(new, old)
            await quiet("renewed", "issuer-changed", "key-reused", "twins-diverged")
            nginx.serve(new)
            await quiet("twins-agree")
            nginx.serve(old)
            await quiet("rolled-back", "issuer-changed")
            nginx.serve(asks=False)
            await quiet("client-auth-changed")
            nginx.stop()
            await quiet("went-dark")
            nginx.start()
            await quiet("came-back")
            schedule.cancel()
            await served.monitor.finish(5)
            history.close(5)
    past = Past(history.address)
    events = past.events(target="pool")
    assert [event.number for event in events] == list(range(1, 13))
    past.close()
    assert main(["history", "pool", "--file", file]) == 0
    print(capsys.readouterr().out)
