"""The DogStatsD sink, heard by a real listener: Prometheus' statsd_exporter 0.28."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from halfshake.watch.settings.keys.sinks import Sinks
from servers import free_port
from watch.test_sinks import told

EXPORTER = shutil.which("statsd_exporter") or shutil.which(
    "statsd_exporter", path=str(Path.home() / "go" / "bin")
)


@pytest.mark.skipif(
    EXPORTER is None and os.environ.get("CI") != "true",
    reason="statsd_exporter is not installed: run `make servers`, with Go on the path",
)
def test_a_real_listener_reads_metrics_and_tags(tmp_path: Path) -> None:
    """A gauge with the user's labels; nothing that it cannot read."""
    assert EXPORTER is not None
    port, web = free_port(), free_port()
    command = [
        EXPORTER,
        f"--statsd.listen-udp=127.0.0.1:{port}",
        "--statsd.listen-tcp=",
        f"--web.listen-address=127.0.0.1:{web}",
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _metrics(web, "statsd_exporter_build_info")
        told(tmp_path, Sinks.model_validate({"dogstatsd": {"address": f"udp://127.0.0.1:{port}"}}))
        text = _metrics(web, "halfshake_days_left{")
    finally:
        process.terminate()
        process.wait(10)
    days = next(line for line in text.splitlines() if line.startswith("halfshake_days_left{"))
    assert 'team="payments"' in days
    assert 0 < float(days.rpartition(" ")[2]) < 100


def _metrics(port: int, wanted: str) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                text = str(answer.read().decode())
        except OSError:
            text = ""
        if wanted in text:
            return text
        time.sleep(0.1)
    pytest.fail(f"it never said {wanted}: {text[-2000:]}")
