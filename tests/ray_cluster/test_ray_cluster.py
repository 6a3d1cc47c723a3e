"""`halfshake scan --engine ray` on two nodes of this machine; one of its workers is killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ray.cluster_utils import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGETS = 2048


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster with two nodes of one core each."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    node = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "object_store_memory": 100 << 20}
    nodes = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        nodes.add_node(**node)
        yield nodes.address
    finally:
        nodes.shutdown()


@pytest.fixture
def slow_port() -> Iterator[int]:
    """A server that takes a moment to close: a shard that is read can be found and killed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.settimeout(0.2)
                with connection, contextlib.suppress(OSError):
                    connection.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def reading() -> list[int]:
    """The processes in which Ray reads a shard at this moment."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            title = (directory / "cmdline").read_text()
            owner = (directory / "environ").read_text()
        except OSError:
            continue
        if title.startswith("ray::read_shard") and OURS in owner:
            found.append(int(directory.name))
    return found


OURS = f"HALFSHAKE_RAY_TEST={os.getpid()}"
os.environ["HALFSHAKE_RAY_TEST"] = str(os.getpid())


@pytest.mark.timeout(170)
def test_a_worker_that_is_killed(cluster: str, slow_port: int, tmp_path: Path) -> None:
    """The output is complete, and nothing is in it twice."""
    listed, output = tmp_path / "targets.txt", tmp_path / "out.jsonl"
    # A tenth of the targets is slow: every shard takes a while.
    listed.write_text(
        "".join(
            f"127.{5 + n // 65536}.{n // 256 % 256}.{n % 256}:1\n"
            if n % 10
            else f"a{n}.localhost.invalid:{slow_port}\n"
            for n in range(TARGETS)
        )
    )
    arguments = ["--connect", f"127.0.0.1:{slow_port}", "--concurrency", "60"]
    arguments += ["--engine", "ray", "--ray-address", cluster, "--workers", "2"]
    arguments += ["--shard-size", "256", "-q", "-o", str(output)]
    process = subprocess.Popen([sys.executable, "-m", "halfshake", "scan", str(listed), *arguments])
    killed = None
    while process.poll() is None and killed is None:
        if (tmp_path / "out.jsonl.partial").exists():
            for killed in reading()[:1]:
                os.kill(killed, signal.SIGKILL)
        time.sleep(0.02)
    assert killed is not None, "the scan ended before a worker was found"
    assert process.wait(120) == 0
    counted = Counter(json.loads(line)["target"] for line in output.read_text().splitlines())
    assert len(counted) == TARGETS
    assert set(counted.values()) == {1}
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text())
    assert manifest["targets"] == manifest["lines"] == TARGETS


def test_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    """One sentence."""
    output = tmp_path / "out.jsonl"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "halfshake", "scan", "127.0.0.0/30:1", "-o", str(output)),
            *("--engine", "ray", "--ray-address", "nonsense://x"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 3
    assert "--ray-address nonsense://x" in done.stderr
    assert "Traceback" not in done.stderr
