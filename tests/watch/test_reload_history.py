"""A reload applies `history` and `notify`: real files, a real webhook, a server that changes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import ssl
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from halfshake.history.queries import Past
from watch.notifications.test_services import webhook
from watch.serving import CLIENTS, NAME, ROOT, watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from watch.notifications.test_services import Webhook
    from watch.serving import Served

HEAD = f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{interval: 100ms, server_name: {NAME}}}\n"


class ChangingServer:
    """An mTLS server on loopback that shows another, later certificate whenever it is told to."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.verify_mode = ssl.CERT_REQUIRED
        (directory / "ca.pem").write_bytes(ROOT.pem)
        (directory / "clients.pem").write_bytes(CLIENTS.pem)
        self._context.load_verify_locations(directory / "clients.pem")
        self._days = 60
        self.port = 0
        self.renew()

    def renew(self) -> None:
        """Show another one from now on; it was issued later than the one before."""
        self._days += 1
        issued = ROOT.issue(NAME, days=(self._days - 100, self._days))
        self._context.load_cert_chain(*issued.write(self._directory, f"server{self._days}"))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[ChangingServer]:
        """Listen."""

        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=self._context)
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


async def until(true: Callable[[], bool]) -> None:
    """Wait for it."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - other threads tell
            await asyncio.sleep(0.02)


def renewals(path: Path) -> list[str]:
    """Which certificates the JSON lines say were new, in order."""
    text = path.read_text() if path.exists() else ""
    lines = [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]
    return [line["after"] for line in lines if line.get("kind") == "renewed"]


def messages(hook: Webhook) -> str:
    """Everything that it was told."""
    return json.dumps(hook.got)


def seen_readings(served: Served) -> float:
    """How many readings there were."""
    sample = served.monitor.health.registry.get_sample_value
    labels = {"kind": "usual", "outcome": "read", "reason": ""}
    return sample("halfshake_probes_total", labels) or 0.0


async def reload(served: Served, text: str) -> str:
    """Take another configuration."""
    served.path.write_text(f"listen: 127.0.0.1:0\n{text}")
    return await served.monitor.reload()


def config(port: int, path: str, hook: Webhook | None, more: str = "") -> str:
    """History and notify, and a sink that has every event."""
    notify = ""
    if hook is not None:
        notify = (
            "notify:\n  group_wait: 0s\n  remind_every: null\n"
            f"  services: {{chat: {{url: '{hook.url}'}}}}\n"
        )
    return (
        f"{HEAD}targets: [{{target: '127.0.0.1:{port}', name: api}}]\n"
        f"sinks: {{jsonlines: {{path: lines.jsonl}}}}\nhistory: {{path: {path}{more}}}\n{notify}"
    )


@pytest.mark.timeout(120)
async def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    """Reload upon reload, to files that are new and to others' services, while a server changes."""
    lines = tmp_path / "lines.jsonl"
    with webhook() as one, webhook() as other:
        async with ChangingServer(tmp_path).running() as server:
            first = config(server.port, "history0.sqlite", one)
            async with watching(tmp_path, first, scheduled=True, remembering=True) as served:
                await until(lambda: seen_readings(served) > 2)
                for number in range(1, 7):
                    server.renew()
                    # Three at once; the change falls anywhere between them.
                    for step in range(3):
                        name = f"history{number}-{step}.sqlite"
                        hook = (one, other)[(number + step) % 2]
                        assert await reload(served, config(server.port, name, hook)) == ""
                    await until(lambda number=number: len(renewals(lines)) >= number)  # type: ignore[misc]
                    readings = seen_readings(served)
                    await until(lambda readings=readings: seen_readings(served) > readings + 2)  # type: ignore[misc]
    told = renewals(lines)
    assert len(told) == len(set(told)) == 6
    everything = messages(one) + messages(other)
    assert everything.count("renewed") == 6 * messages_of_one_renewal(everything)
    with closing(Past(f"file:{tmp_path}/history6-2.sqlite?mode=ro")) as past:
        events = [each for each in past.events() if each.kind.value == "renewed"]
        assert sorted(each.number for each in past.events()) == list(
            range(1, len(past.events()) + 1)
        )
        assert {each.after for each in events} == set(told)
        assert len(past.spans("api")) == 7


def messages_of_one_renewal(text: str) -> int:
    """How often one message has the word: in its subject and its body, or once."""
    found = re.search(r"\{[^{}]*renewed[^{}]*\}", text)
    assert found is not None
    return found[0].count("renewed")


async def test_a_history_that_cannot_be_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The old one stays, with its notifications; one sentence says why."""
    lines = tmp_path / "lines.jsonl"
    (tmp_path / "text.sqlite").write_text("this is no database, and long enough to be seen as none")
    (tmp_path / "taken-outbox.sqlite").mkdir()
    wrong = {
        "no/history.sqlite": "no/history.sqlite cannot be written: unable to open database file",
        "text.sqlite": "text.sqlite is damaged or no history: move it away, and a new one begins",
        "taken.sqlite": "taken-outbox.sqlite of `notify` cannot be written: unable to open",
    }
    with webhook() as hook:
        async with ChangingServer(tmp_path).running() as server:
            good = config(server.port, "a.sqlite", hook)
            async with watching(tmp_path, good, scheduled=True, remembering=True) as served:
                await until(lambda: seen_readings(served) > 1)
                history = served.monitor.history
                for path, sentence in wrong.items():
                    problem = await reload(served, config(server.port, path, hook))
                    assert sentence in problem
                    assert "\n" not in problem
                    assert f"the new configuration is refused, the old one stays: {problem}" in (
                        caplog.text
                    )
                    assert served.monitor.history is history
                sample = served.monitor.health.registry.get_sample_value
                assert sample("halfshake_config_last_reload_successful") == 0
                off = good.replace("{path: a.sqlite}", "{enabled: false}")
                assert "notify needs the history" in await reload(served, off)
                server.renew()
                await until(lambda: len(renewals(lines)) == 1 and "renewed" in messages(hook))
                assert await reload(served, good) == ""
                assert sample("halfshake_config_last_reload_successful") == 1
                assert served.monitor.history is history
    assert len(hook.got) == 1


async def test_how_long_to_keep(tmp_path: Path) -> None:
    """It counts at once, and the history is the same one."""
    async with ChangingServer(tmp_path).running() as server:
        text = config(server.port, "a.sqlite", None)
        async with watching(tmp_path, text, scheduled=True, remembering=True) as served:
            history = served.monitor.history
            assert history is not None
            longer = config(server.port, "a.sqlite", None, ", keep: 2d")
            assert await reload(served, longer) == ""
            assert served.monitor.history is history
            assert history._retention._keep_milliseconds == 2 * 86_400_000


async def test_off_and_on_again(tmp_path: Path) -> None:
    """While it is off nothing is kept; then it goes on in its file, with what changed meanwhile."""
    lines = tmp_path / "lines.jsonl"
    async with ChangingServer(tmp_path).running() as server:
        on = config(server.port, "a.sqlite", None)
        off = on.replace("{path: a.sqlite}", "{enabled: false}")
        async with watching(tmp_path, on, scheduled=True, remembering=True) as served:
            await until(lambda: seen_readings(served) > 1)
            assert await reload(served, off) == ""
            assert served.monitor.history is None
            sample = served.monitor.health.registry.get_sample_value
            assert sample("halfshake_history_writable") == 0
            server.renew()
            readings = seen_readings(served)
            await until(lambda: seen_readings(served) > readings + 2)
            assert renewals(lines) == []
            assert await reload(served, on) == ""
            # Its server is the same since: it is told from memory.
            await until(lambda: len(renewals(lines)) == 1)
            assert sample("halfshake_history_writable") == 1


async def test_notifications_that_are_new(tmp_path: Path) -> None:
    """They begin with what changes then; what a service could not be told moves with the file."""
    with webhook() as hook:
        async with ChangingServer(tmp_path).running() as server:
            text = config(server.port, "a.sqlite", None)
            async with watching(tmp_path, text, scheduled=True, remembering=True) as served:
                await until(lambda: seen_readings(served) > 1)
                server.renew()
                lines = tmp_path / "lines.jsonl"
                await until(lambda: len(renewals(lines)) == 1)
                hook.status = 500
                assert await reload(served, config(server.port, "a.sqlite", hook)) == ""
                server.renew()
                sample = served.monitor.health.registry.get_sample_value
                labels = {"service": "chat"}
                failed = "halfshake_notifications_failed_total"
                await until(lambda: sample(failed, labels) == 1)
                assert await reload(served, config(server.port, "b/c.sqlite", hook)) != ""
                (tmp_path / "b").mkdir()
                assert await reload(served, config(server.port, "b/c.sqlite", hook)) == ""
            for path, pending in (("a-outbox.sqlite", 0), ("b/c-outbox.sqlite", 1)):
                with closing(sqlite3.connect(tmp_path / path)) as outbox:
                    rows = outbox.execute("SELECT sum(events) FROM messages").fetchone()
                    assert (rows[0] or 0) == pending
            hook.status = 200
            text = config(server.port, "b/c.sqlite", hook)
            async with watching(tmp_path, text, scheduled=True, remembering=True):
                await until(lambda: "renewed" in messages(hook))
    assert len(hook.got) == 1
