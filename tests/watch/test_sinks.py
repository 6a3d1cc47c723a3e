"""Sinks: everybody is told, and nobody is waited for. The listeners are their libraries' own."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from halfshake.commands.watching import opening
from halfshake.errors import UsageError
from halfshake.event import Event, EventKind
from halfshake.watch.metrics.own_health import OwnHealth
from halfshake.watch.settings.keys.sinks import JsonLines, Otlp, Sinks
from halfshake.watch.settings.plan import load_plan
from halfshake.watch.sinks.opened import RunningSinks
from halfshake.watch.sinks.sink import Sink
from watch.serving import NAME, mtls_server, open_dogstatsd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from halfshake.watch.reader import Judged
    from halfshake.watch.settings.watched import Watched


async def read(directory: Path) -> list[tuple[Watched, Judged]]:
    """One mTLS server that was read, and one that nobody listens at."""
    async with mtls_server(directory) as port:
        (directory / "watch.yaml").write_text(
            f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{server_name: {NAME}}}\n"
            f"targets:\n  - {{target: '127.0.0.1:{port}', labels: {{team: payments}}}}\n"
            "  - 127.0.0.1:1\n"
        )
        plan = load_plan(directory / "watch.yaml", opening(), {})
        results = []
        for watched in plan.watched:
            reader = watched.settings.reader
            (kind,) = reader.kinds
            read = await reader.read(watched.target, kind, timeout_seconds=5)
            results.append((watched, await reader.judge(read[0], kind)))
        return results


def told(directory: Path, sinks: Sinks, times: int = 1) -> OwnHealth:
    """Open these sinks, tell them everything, close them; how that went."""
    results = asyncio.run(read(directory))
    health = OwnHealth()

    opened = RunningSinks(health, {}, open_dogstatsd)
    asyncio.run(opened.open_now(sinks).take_over())
    for _ in range(times):
        for watched, judged in results:
            opened.offer(watched, judged)
    asyncio.run(opened.close(lambda: 10.0))
    return health


EVENT = Event(
    7,
    datetime(2026, 11, 25, 4, tzinfo=UTC),
    EventKind.rolled_back,
    "api.example.com",
    "192.0.2.7:443",
    "an older certificate is back|\n\u202e",
    "aa",
    "bb",
    "warning",
    (("team", "payments"),),
)


def told_event(sinks: Sinks) -> OwnHealth:
    """Open these sinks, tell them of an event, close them; how that went."""
    health = OwnHealth()
    opened = RunningSinks(health, {}, open_dogstatsd)
    asyncio.run(opened.open_now(sinks).take_over())
    opened.offer_event(EVENT)
    asyncio.run(opened.close(lambda: 10.0))
    for name in sinks.model_fields_set:
        assert count(health, "sent", name) == 1
    return health


def test_an_event_in_each_sink(tmp_path: Path) -> None:
    """A line of JSON, an event of DogStatsD's, a count of OTLP's."""
    path = tmp_path / "lines"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)
        address = f"udp://127.0.0.1:{listener.getsockname()[1]}"
        with otlp_listener() as (endpoint, got, _):
            told_event(
                Sinks.model_validate(
                    {
                        "dogstatsd": {"address": address},
                        "jsonlines": {"path": str(path)},
                        "otlp": {"endpoint": endpoint, "interval": 600},
                    }
                )
            )
        datagram = listener.recv(65536).decode()
    text = path.read_text()
    assert text.count("\n") == 1
    assert "\u202e" not in text
    assert json.loads(text) == {
        "schema": "halfshake-event/1",
        "number": 7,
        "at": "2026-11-25T04:00:00Z",
        "kind": "rolled-back",
        "target": "api.example.com",
        "address": "192.0.2.7:443",
        "message": "an older certificate is back|\n\u202e",
        "before": "aa",
        "after": "bb",
        "status": "warning",
        "labels": {"team": "payments"},
    }
    assert datagram.startswith("_e{28,")
    assert "}:api.example.com: rolled back|an older certificate is back" in datagram
    assert f"|d:{int(EVENT.at.timestamp())}|k:api.example.com|s:halfshake|t:warning|#" in datagram
    for tag in ("team:payments", "kind:rolled-back", "address:192.0.2.7:443"):
        assert tag in datagram
    assert "halfshake.events" in str(got)


def count(health: OwnHealth, name: str, sink: str) -> float | None:
    """How many results were sent, or dropped."""
    return health.registry.get_sample_value(f"halfshake_sink_{name}_total", {"sink": sink})


def test_dogstatsd(tmp_path: Path) -> None:
    """The metrics of docs/datadog.md, with the user's labels as tags."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)
        address = f"udp://127.0.0.1:{listener.getsockname()[1]}"
        sinks = Sinks.model_validate({"dogstatsd": {"address": address}})
        health = told(tmp_path, sinks)
        lines: list[str] = []
        while not any("connection-refused" in line for line in lines):
            lines += listener.recv(65536).decode().splitlines()
    days = next(line for line in lines if line.startswith("halfshake.days_left:"))
    assert "team:payments" in days
    assert "|g|#" in days
    assert any(line.startswith("_sc|halfshake.can_connect|2|") for line in lines)
    assert count(health, "sent", "dogstatsd") == 2


def test_json_lines_with_rotation(tmp_path: Path) -> None:
    """The result document, a line each; old files are kept, and no more than asked for."""
    path = tmp_path / "results.jsonl"
    settings = JsonLines(path=str(path), max_bytes=20_000, keep=2)
    health = told(tmp_path, Sinks(jsonlines=settings), times=30)
    assert count(health, "sent", "jsonlines") == 60
    files = sorted(tmp_path.glob("results.jsonl*"))
    assert len(files) == 3
    for file in files:
        documents = [json.loads(line) for line in file.read_text().splitlines()]
        assert {document["schema"] for document in documents} == {"halfshake/1"}
    assert {document["outcome"] for document in documents} == {"read", "failed"}
    with pytest.raises(UsageError, match="cannot be written"):
        told(tmp_path, Sinks(jsonlines=JsonLines(path=str(tmp_path / "no" / "x"))))


@contextmanager
def otlp_listener() -> Iterator[tuple[str, list[Any], list[str]]]:
    """A collector; its endpoint, what it got, and with which password."""
    got: list[Any] = []
    passwords: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            import gzip

            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            got.append(ExportMetricsServiceRequest.FromString(body))
            passwords.append(self.headers.get("X-Key", ""))
            answer = ExportMetricsServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1/metrics", got, passwords
        finally:
            server.shutdown()
            thread.join(5)


def test_otlp(tmp_path: Path) -> None:
    """Gauges with an attribute for each label; the secret comes from a file."""
    (tmp_path / "headers").write_text("X-Key: secret\n")
    with otlp_listener() as (endpoint, got, passwords):
        settings = Otlp(endpoint=endpoint, headers_file=str(tmp_path / "headers"), interval=600)
        health = told(tmp_path, Sinks(otlp=settings))
    assert count(health, "sent", "otlp") == 2
    assert set(passwords) == {"secret"}
    metrics = {
        metric.name: metric
        for request in got
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    points = metrics["halfshake.probe_success"].gauge.data_points
    values = {
        next(each.value.string_value for each in point.attributes if each.key == "target"): (
            point.as_int or point.as_double
        )
        for point in points
    }
    assert sorted(values.values()) == [0, 1]
    assert "halfshake.certificate_not_after_timestamp_seconds" in metrics


class Slow:
    """Takes nothing until it may."""

    name = "slow"

    def __init__(self) -> None:
        self.may = threading.Event()

    def take(self, *_: Any) -> None:
        """Wait."""
        self.may.wait(10)

    def tell(self, event: Any) -> None:
        """Nothing."""

    def forget(self, watched: Any) -> None:
        """Nothing."""

    def take_faces(self, *_: Any) -> None:
        """Nothing."""

    def idle(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Broken(Slow):
    """Fails with everything."""

    def take(self, *_: Any) -> None:
        """Fail."""
        raise OSError("no space left on device")


def test_a_slow_sink_is_not_waited_for() -> None:
    """What does not fit into its queue is dropped, and counted."""
    health, receiver, anything = OwnHealth(), Slow(), object()
    sink = Sink(receiver, health, longest_queue=10)
    began = time.monotonic()
    for _ in range(1000):
        sink.offer(anything, anything)  # type: ignore[arg-type]
    assert time.monotonic() - began < 5
    assert 985 <= (count(health, "dropped", "slow") or 0) <= 990
    receiver.may.set()
    sink.close(10)


def test_a_sink_that_fails_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """And counted each time."""
    health, anything = OwnHealth(), object()
    sink = Sink(Broken(), health)
    for _ in range(5):
        sink.offer(anything, anything)  # type: ignore[arg-type]
    sink.close(10)
    assert count(health, "dropped", "slow") == 5
    assert caplog.text.count("no space left on device") == 1


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one sentence, before anything is read."""
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.metrics", None)
    with pytest.raises(UsageError, match=r"pip install 'halfshake\[otel\]'"):
        RunningSinks(OwnHealth(), {}, open_dogstatsd).open_now(Sinks(otlp=Otlp()))
