"""apprise to a real webhook: one that answers, one that hangs, one that fails, one that is gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from halfshake.cli import main
from halfshake.errors import UsageError
from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.notifications import testing
from halfshake.watch.notifications.apprise_service import AppriseService, check_url
from halfshake.watch.notifications.courier import NotSent, Patience
from halfshake.watch.notifications.notifier import Notifier
from halfshake.watch.notifications.outbox import Outbox, target_key
from halfshake.watch.notifications.policy import Policy
from halfshake.watch.notifications.wording import Message
from watch.notifications.told import History, Recorder, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Webhook:
    """A listener; `status` is what it answers with, `hang` lets it wait first."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        self.hang_seconds = 0.0
        self.port = 0

    @property
    def url(self) -> str:
        """As apprise has it."""
        return f"json://user:t0p-secret@127.0.0.1:{self.port}/hook"

    async def take(self, request: web.Request) -> web.Response:
        """One message."""
        await asyncio.sleep(self.hang_seconds)
        if self.status == 200:
            self.got.append(await request.json())
        return web.Response(status=self.status)


@contextlib.contextmanager
def webhook() -> Iterator[Webhook]:
    """Listen in a thread of its own."""
    hook = Webhook()
    loop = asyncio.new_event_loop()
    listens, end = threading.Event(), asyncio.Event()

    async def serve() -> None:
        application = web.Application()
        application.router.add_post("/hook", hook.take)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        hook.port = runner.addresses[0][1]
        listens.set()
        await end.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert listens.wait(10)
    try:
        yield hook
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
        loop.close()


def until(look: Any) -> None:
    """Wait until this holds."""
    deadline = time.monotonic() + 20
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_message_arrives() -> None:
    """As plain text, with its subject; whatever stands in it."""
    with webhook() as hook:
        service = AppriseService("chat", hook.url)
        text = "- critical: a\\nb *bold* <b> ${HOME} :smile: \u00e9"
        service.send(Message("Halfshake: critical: a", f"{text}\nsecond line", "critical", 1))
    (got,) = hook.got
    assert got["title"] == "Halfshake: critical: a"
    assert got["message"] == f"{text}\nsecond line"
    assert got["type"] == "failure"


def test_what_a_service_can_do_instead() -> None:
    """Refuse the connection, or answer 500: NotSent, without the password."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    message = Message("s", "b", "ok", 1)
    with pytest.raises(NotSent) as refused:
        AppriseService("chat", f"json://user:t0p-secret@127.0.0.1:{free}/").send(message)
    with webhook() as hook:
        hook.status = 500
        with pytest.raises(NotSent) as failed:
            AppriseService("chat", hook.url).send(message)
    for said in (str(refused.value), str(failed.value)):
        assert said
        assert "secret" not in said


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nosuch://t0p-secret", "apprise knows no service 'nosuch'"),
        ("t0p-secret", "is no apprise URL"),
        ("slack://t0p-secret", "apprise cannot use this slack:// URL: https://"),
    ],
)
def test_a_url_that_is_none(url: str, sentence: str) -> None:
    """Says what is wrong, and never the URL: it may be a password."""
    with pytest.raises(UsageError, match=sentence) as caught:
        check_url(url)
    assert "secret" not in str(caught.value)


def test_the_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Says what to install."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(UsageError, match=r"pip install 'halfshake\[notify\]'"):
        check_url("json://localhost")


def test_one_dead_service_delays_no_other(tmp_path: Path) -> None:
    """Three services: one hangs, one answers 500, one works; a restart; then all work."""
    health, history = OwnHealth(), History()
    policy = Policy(group_wait_seconds=0, remind_seconds=None)

    def count(name: str, service: str) -> float:
        full = f"halfshake_notifications_{name}"
        return health.registry.get_sample_value(full, {"service": service}) or 0

    with webhook() as good, webhook() as failing, webhook() as hanging:
        failing.status, hanging.hang_seconds, hanging.status = 500, 30, 503
        hooks = {"good": good, "failing": failing, "hanging": hanging}

        def started() -> Notifier:
            notifier = Notifier(
                [AppriseService(name, hook.url) for name, hook in hooks.items()],
                [],
                dict.fromkeys(hooks, policy),
                history,
                Outbox(tmp_path / "outbox.sqlite"),
                health=health.notifications,
                now=time.time,
                patience=Patience(attempt=0.3, first_wait=0.2, longest_wait=0.5),
            )
            notifier.start(set())
            return notifier

        notifier = started()
        for number in (1, 2):
            history.written.append(event(number, f"host{number}"))
            began = time.monotonic()
            notifier.tell(history.written[-1])
            assert time.monotonic() - began < 0.5
            until(lambda number=number: len(good.got) == number)
        until(lambda: count("failed_total", "failing") >= 2)
        until(lambda: count("failed_total", "hanging") >= 2)
        until(lambda: count("pending_events", "failing") == 2)
        notifier.close(0.1)
        # It happens while nobody runs who could tell.
        history.written.append(event(3, "host3"))
        failing.status = hanging.status = 200
        hanging.hang_seconds = 0
        notifier = started()
        for hook in hooks.values():
            until(lambda hook=hook: "no. 3" in str(hook.got))
        until(lambda: count("pending_events", "hanging") == 0)
        notifier.close(5)
        for hook in hooks.values():
            text = json.dumps(hook.got)
            for number in (1, 2, 3):
                assert text.count(f"change no. {number}.") == 1
    assert count("sent_total", "good") == 3
    assert count("failed_total", "good") == 0


def test_all_that_hang_together_delay_the_end_by_the_time_of_one() -> None:
    """The monitor ends within its `stop_timeout`, however many services there are."""
    hang = threading.Event()
    services = [Recorder(f"chat{number}") for number in range(20)]
    for service in services:
        service.hang = hang
    policy = Policy(group_wait_seconds=0, remind_seconds=None)
    policies = {service.name: policy for service in services}
    outbox = Outbox(None)
    notifier = Notifier(
        services, [], policies, History(), outbox,
        health=OwnHealth().notifications, now=time.time,
    )  # fmt: skip
    notifier.start({target_key("api.example.com", ())})
    notifier.tell(event(1))
    until(lambda: all(service.tries for service in services))
    began = time.monotonic()
    notifier.close(0.2)
    took = time.monotonic() - began
    hang.set()
    until(lambda: not any(outbox.messages(service.name) for service in services))
    outbox.close()
    assert took < 2


def test_the_test_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`halfshake config notify-test`: what each service made of it, in a line."""
    path = tmp_path / "watch.yaml"
    with webhook() as good, webhook() as failing:
        failing.status = 500
        (tmp_path / "url").write_text(f"{failing.url}\n")
        path.write_text(
            f"notify:\n  services:\n    chat: {good.url}\n    pager: {{url_file: url}}\n"
        )
        assert main(["config", "notify-test", "-c", str(path)]) == 2
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "chat: sent"
    assert said[1].startswith("pager: ")
    assert "secret" not in said[1]
    (got,) = good.got
    assert got["title"] == "Halfshake: a test message"
    path.write_text("listen: 127.0.0.1:0\n")
    assert main(["config", "notify-test", "-c", str(path)]) == 3
    assert "nobody to be sent a test" in capsys.readouterr().err


def test_test_messages_to_services_that_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are waited for together, as they are sent together."""
    monkeypatch.setattr(testing, "Patience", lambda: Patience(attempt=0.4))
    with webhook() as hanging:
        hanging.hang_seconds = 20
        AppriseService("loads apprise", hanging.url)
        began = time.monotonic()
        told = list(testing.send_tests({f"chat{number}": hanging.url for number in range(20)}))
        took = time.monotonic() - began
    assert told == [(f"chat{number}", "no answer within 0.4 s") for number in range(20)]
    assert took < 6
