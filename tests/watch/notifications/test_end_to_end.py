"""The real monitor, a real nginx that changes, a webhook, Alertmanager: each change told once."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.history.queries import Past
from interop.test_prometheus import answer, program, started
from servers import free_port
from watch.changing_nginx import ChangingNginx
from watch.notifications.test_services import webhook
from watch.serving import CLIENTS, NAME, ROOT
from watch.test_process import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]


@contextlib.contextmanager
def alertmanager(directory: Path) -> Iterator[str]:
    """Debian's Alertmanager; its URL."""
    path = program("prometheus-alertmanager")
    port = free_port()
    (directory / "alertmanager.yaml").write_text(
        "route: {receiver: nobody, group_wait: 0s}\nreceivers: [{name: nobody}]\n"
    )
    url = f"http://127.0.0.1:{port}"
    with started(
        directory,
        f"{url}/-/ready",
        path,
        f"--config.file={directory}/alertmanager.yaml",
        f"--storage.path={directory}/alertmanager",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ):
        yield url


def until(look: Callable[[], Any]) -> Any:
    """Wait for this."""
    deadline = time.monotonic() + 25
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    pytest.fail("it never came")


def test_each_change_is_told_once(tmp_path: Path) -> None:
    """Renewed, rolled back, about to expire, dead, back; with a `kill -9` between them."""
    first, second = ROOT.issue(NAME, days=(-30, 60)), ROOT.issue(NAME, days=(-1, 90))
    dying = ROOT.issue(NAME, days=(-89, 0.5))
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    with (
        ChangingNginx(tmp_path / "nginx", CLIENTS).running() as nginx,
        webhook() as hook,
        alertmanager(tmp_path) as manager,
    ):
        nginx.serve(first)
        (tmp_path / "watch.yaml").write_text(
            f"""
listen: 127.0.0.1:0
trust: {{ca_files: [ca.pem]}}
defaults: {{interval: 300ms, server_name: {NAME}}}
max_backoff: 300ms
history: {{path: history.sqlite}}
notify:
  services: {{chat: {{url: "{hook.url}"}}}}
  group_wait: 300ms
sinks:
  jsonlines: {{path: lines.jsonl}}
  alertmanager: {{url: "{manager}", resend: 1s, resolve_after: 20s}}
targets: [{{target: "127.0.0.1:{nginx.port}", name: api, labels: {{team: payments}}}}]
"""
        )

        def told(*kinds: str) -> None:
            until(lambda: {each.kind.value for each in events()} >= set(kinds))
            until(lambda: len(lines()) == len(events()))

        def events() -> list[Any]:
            past = Past(str(tmp_path / "history.sqlite"))
            try:
                return past.events()
            finally:
                past.close()

        def lines() -> list[str]:
            texts = [message["message"] for message in hook.got]
            return [line for text in texts for line in text.split("\n") if ": api: " in line]

        def alerts() -> dict[str, dict[str, str]]:
            found = answer(f"{manager}/api/v2/alerts")
            return {each["labels"]["alertname"]: each["labels"] for each in found}

        with running(tmp_path) as watch:
            watch.until('halfshake_trusted{target="api",team="payments"} 1'.replace("{", r"\{"))
            nginx.serve(second)
            told("renewed")
            watch.process.send_signal(signal.SIGKILL)
            watch.process.wait(10)
        with running(tmp_path) as watch:
            nginx.serve(first)
            told("rolled-back")
            nginx.serve(dying)
            told("status-changed")
            fired = until(lambda: alerts().get("HalfshakeExpiresSoon"))
            nginx.stop()
            told("went-dark")
            until(lambda: alerts().get("HalfshakeNotRead"))
            nginx.serve(second)
            told("came-back")
            until(lambda: not alerts())
            metrics = watch.until(r'pending_events\{service="chat"\} 0')
            watch.process.send_signal(signal.SIGTERM)
            assert watch.process.wait(20) == 0
        happened = Counter(
            f"- {each.status}: {each.target}: {each.message} [team=payments]" for each in events()
        )
        assert Counter(lines()) == happened
    assert fired == {
        "alertname": "HalfshakeExpiresSoon",
        "severity": "critical",
        "target": "api",
        "team": "payments",
    }
    assert 'halfshake_events_total{kind="came-back"} 1.0' in metrics
    written = [json.loads(line) for line in (tmp_path / "lines.jsonl").read_text().splitlines()]
    kinds = [each["kind"] for each in written if each["schema"] == "halfshake-event/1"]
    assert {"rolled-back", "went-dark", "came-back"} <= set(kinds)


def test_alertmanager_is_away_for_a_while(tmp_path: Path) -> None:
    """It hears of what still is, and of no target that has left the configuration."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    with ChangingNginx(tmp_path / "nginx", CLIENTS).running() as nginx:
        nginx.serve(ROOT.issue(NAME, days=(-89, 0.5)))
        port = free_port()
        target = f"127.0.0.1:{nginx.port}"

        def configure(*names: str) -> None:
            targets = ", ".join(f"{{target: '{target}', name: {name}}}" for name in names)
            (tmp_path / "watch.yaml").write_text(
                "listen: 127.0.0.1:0\ntrust: {ca_files: [ca.pem]}\n"
                f"defaults: {{interval: 300ms, server_name: {NAME}}}\n"
                f"sinks: {{alertmanager: {{url: 'http://127.0.0.1:{port}', resend: 1s}}}}\n"
                f"targets: [{targets}]\n"
            )

        configure("one", "two")
        with running(tmp_path) as watch:
            watch.said("alertmanager takes no alerts: Connection refused")
            got = Listener(port)
            until(lambda: got.firing() == {"one", "two"})
            assert got.path == "/api/v2/alerts"
            configure("one")
            watch.process.send_signal(signal.SIGHUP)
            until(lambda: got.firing() == {"one"})
            until(lambda: "two" in got.resolved)
            got.close()


class Listener:
    """What is posted to Alertmanager's port; by Python's own HTTP server."""

    def __init__(self, port: int) -> None:
        import threading
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        self.last: list[Any] = []
        self.resolved: set[str] = set()
        self.path = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.path = self.path
                alerts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.last = alerts
                outer.resolved |= {
                    each["labels"]["target"] for each in alerts if outer.is_over(each)
                }
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @staticmethod
    def is_over(alert: dict[str, Any]) -> bool:
        """Has it ended?"""
        from datetime import UTC, datetime

        return datetime.fromisoformat(alert["endsAt"]) <= datetime.now(UTC)

    def firing(self) -> set[str]:
        """Targets with an alert, in the last request."""
        return {each["labels"]["target"] for each in self.last if not self.is_over(each)}

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
