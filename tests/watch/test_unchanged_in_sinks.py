"""An unchanged reading is told to every sink from memory, and as if it had been judged in full."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.commands import watching as how_watch_judges
from halfshake.commands.watching import opening
from halfshake.observation import Observation, Timings
from halfshake.trust.standing import CHAIN_JUDGEMENTS
from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.reader import VisitKind
from halfshake.watch.settings.keys.sinks import Sinks
from halfshake.watch.settings.plan import load_plan
from halfshake.watch.sinks.opened import RunningSinks
from halfshake.watch.unchanged import Unchanged
from pki import Authority
from trust.observations import NAME, NOW, observed
from watch.serving import mtls_server, open_dogstatsd, watching
from watch.test_sinks import otlp_listener

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.watched import Watched

ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA", days=(-100, 3))
DYING = ROOT.intermediate("Dying CA", days=(-300, 5))
OTHER = Authority.root("Other Root")


def shown(authority: Authority = ROOT, name: str = NAME, **issue: Any) -> Observation:
    """What a server with such a certificate shows."""
    return observed(*authority.issue(name, **issue).chain)


CASES: dict[str, tuple[Observation, str]] = {
    "in order": (shown(), ""),
    "expires soon": (shown(days=(-80, 5.5)), ""),
    "expires soon, which is critical": (
        shown(days=(-80, 5.5)),
        "severity: [expires-soon=critical]",
    ),
    "expires soon, which nobody wants to hear": (
        shown(days=(-80, 5.5)),
        "severity: [expires-soon=ignore]",
    ),
    "expired": (shown(days=(-80, -2)), ""),
    "not yet valid": (shown(days=(0.5, 60)), ""),
    "a CA dies first": (shown(DYING, days=(-10, 90)), ""),
    "not trusted, with another name": (shown(OTHER, name="other.test"), ""),
    "a partner expires soon": (
        shown(),
        "client_ca_file: [clients.pem], would_accept: [partner.pem]",
    ),
    "old and odd": (
        shown(days=(-80, 5))._replace(
            tls_version="TLSv1.0", cipher_suite="TLS_RSA_WITH_RC4_128_SHA"
        ),
        "expect_issuer: [Nobody], expect_client_auth: requested",
    ),
    "a file": (shown(DYING, days=(-80, 5))._replace(tls_version=None, cipher_suite=None), ""),
}

LATER = timedelta(minutes=7, seconds=3)


class Clock(datetime):
    """A clock that stands."""

    at = NOW

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The time, as it was set."""
        assert tz is UTC
        return cls.at


def judged_twice(
    directory: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> tuple[Watched, Judged, Judged]:
    """A reading that shows the same as one minutes before: from memory, and judged in full."""
    observation, options = CASES[case]
    (directory / "ca.pem").write_bytes(ROOT.pem)
    (directory / "clients.pem").write_bytes(CLIENT_CA.pem)
    CLIENT_CA.issue("partner", days=(-80, 2.5)).write(directory, "partner")
    (directory / "watch.yaml").write_text(
        "trust: {ca_files: [ca.pem]}\n"
        f"targets: [{{target: '{NAME}', labels: {{team: payments}}, {options}}}]\n"
    )
    (watched,) = load_plan(directory / "watch.yaml", opening(), {}).watched
    reader, unchanged = watched.settings.reader, Unchanged()
    monkeypatch.setattr(how_watch_judges, "datetime", Clock)
    Clock.at = NOW
    first = asyncio.run(reader.judge(observation, VisitKind.usual))
    unchanged.keep(watched, observation, first)
    Clock.at = NOW + LATER
    later = observation._replace(
        observed_at=Clock.at, timings=Timings(total=7.5), address="192.0.2.8:443"
    )
    standing = unchanged.standing(watched, later)
    assert standing is not None
    from_memory = reader.judge_again(later, standing)
    CHAIN_JUDGEMENTS.clear()
    return watched, from_memory, asyncio.run(reader.judge(later, VisitKind.usual))


@contextlib.contextmanager
def alertmanager() -> Iterator[tuple[str, list[Any]]]:
    """It takes alerts; its URL, and what it got."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", got
        finally:
            server.shutdown()
            thread.join(5)


def told(directory: Path, watched: Watched, judged: Judged) -> dict[str, Any]:
    """What each sink says of a result, without the times at which it was sent."""
    path = directory / "lines"
    path.unlink(missing_ok=True)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent,
        otlp_listener() as (endpoint, got, _),
        alertmanager() as (url, alerts),
    ):
        agent.bind(("127.0.0.1", 0))
        settings = {
            "dogstatsd": {"address": f"udp://127.0.0.1:{agent.getsockname()[1]}"},
            "jsonlines": {"path": str(path)},
            "otlp": {"endpoint": endpoint, "interval": 600},
            "alertmanager": {"url": url},
        }
        assert set(settings) == set(Sinks.model_fields), "a sink is missing in this test"
        sinks = RunningSinks(OwnHealth(), {}, open_dogstatsd)
        asyncio.run(sinks.open_now(Sinks.model_validate(settings)).take_over())
        sinks.offer(watched, judged)
        asyncio.run(sinks.close(lambda: 10.0))
        lines = []
        agent.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # everything was sent before the sink closed
            while True:
                lines += agent.recv(65536).decode().splitlines()
    points = [
        (metric.name, [(a.key, a.value.string_value) for a in point.attributes], value_of(point))
        for request in got
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.gauge.data_points
    ]
    return {
        "dogstatsd": lines,
        "jsonlines": json.loads(path.read_text()),
        "otlp": sorted(points),
        "alertmanager": [(each["labels"], each["annotations"]) for each in alerts],
    }


def value_of(point: Any) -> float:
    """The number, however it was sent."""
    return float(getattr(point, point.WhichOneof("value")))


@pytest.mark.parametrize("case", CASES)
def test_every_sink_is_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Field by field, and in what leaves the machine."""
    watched, from_memory, full = judged_twice(tmp_path, monkeypatch, case)
    assert full.verdict is not None
    assert from_memory._replace(until=None) == full._replace(until=None)
    by_memory, in_full = told(tmp_path, watched, from_memory), told(tmp_path, watched, full)
    assert by_memory == in_full
    assert by_memory["jsonlines"]["timings_ms"] == {"total": 7.5}
    assert by_memory["jsonlines"]["address"] == "192.0.2.8:443"
    assert all(by_memory[name] for name in ("dogstatsd", "otlp"))
    assert bool(by_memory["alertmanager"]) == (full.status.value != "ok")


def test_the_cases_are_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the comparison is about texts that move with the time."""
    moving = {
        "expires soon": "the certificate expires in 5.5 days",
        "expired": "the certificate expired 2.0 days ago",
        "not yet valid": "the certificate becomes valid in 11 hours",
        "a CA dies first": "on the path expires in 5.0 days",
        "a partner expires soon": "expires in 2.5 days",
    }
    for case, text in moving.items():
        _, from_memory, full = judged_twice(tmp_path, monkeypatch, case)
        assert full.verdict is not None
        assert from_memory.verdict is not None
        assert text in " ".join(finding.message for finding in full.verdict.findings), case
        assert from_memory.verdict.seconds_left == full.verdict.seconds_left


async def test_a_server_is_judged_once_and_told_each_time(
    tmp_path: Path, judged: Counter[str]
) -> None:
    """With every sink open; what comes from memory is what the server showed, at its own time."""
    path = tmp_path / "lines.jsonl"

    def lines() -> list[dict[str, Any]]:
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]

    with (
        otlp_listener() as (endpoint, _, _),
        alertmanager() as (url, _),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent,
    ):
        agent.bind(("127.0.0.1", 0))
        text = (
            f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{interval: 200ms, server_name: {NAME}}}\n"
            f"sinks:\n  dogstatsd: {{address: 'udp://127.0.0.1:{agent.getsockname()[1]}'}}\n"
            f"  jsonlines: {{path: lines.jsonl}}\n  otlp: {{endpoint: '{endpoint}'}}\n"
            f"  alertmanager: {{url: '{url}'}}\n"
        )
        async with mtls_server(tmp_path) as port:
            text += f"targets: ['127.0.0.1:{port}']\n"
            async with watching(tmp_path, text, scheduled=True), asyncio.timeout(30):
                # Until the second has changed: the document has no part of one.
                while len({line["observed_at"] for line in lines()}) < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
    assert judged == {f"127.0.0.1:{port}": 1}
    told = lines()
    assert len(told) > 2
    left = [line["verdict"]["seconds_left"] for line in told]
    assert left == sorted(left, reverse=True)
    assert left[-1] < left[0]
    for line in told:
        for moves in ("observed_at", "timings_ms"):
            del line[moves]
        for moves in ("seconds_left", "path_seconds_left", "days_left", "lifetime_ratio_left"):
            del line["verdict"][moves]
    assert told.count(told[0]) == len(told)
