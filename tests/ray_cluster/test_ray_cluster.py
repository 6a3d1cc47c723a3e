"""`halfshake scan --engine ray` on two nodes of this machine; one of its workers is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ray.cluster_utils import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGETS = 2048

# So that workers of another cluster on this machine are left alone.
OURS = f"HALFSHAKE_RAY_TEST={os.getpid()}"


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster with two nodes of one core each."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    name, _, value = OURS.partition("=")
    os.environ[name] = value
    nodes = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    try:
        nodes.add_node(num_cpus=1)
        yield nodes.address
    finally:
        nodes.shutdown()


def reading() -> list[int]:
    """The processes in which Ray reads a shard at this moment."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            title = (directory / "cmdline").read_text()
            if title.startswith("ray::read_shard") and OURS in (directory / "environ").read_text():
                found.append(int(directory.name))
        except OSError:
            continue
    return found


@pytest.mark.timeout(280)
def test_a_worker_that_is_killed(cluster: str, tmp_path: Path) -> None:
    """The output is complete, and nothing is in it twice."""
    output = tmp_path / "out.jsonl"
    arguments = ["127.5.0.0/21:1", "-q", "-o", str(output), "--shard-size", "256"]
    # Nothing listens there: without a rate the shards would be done before one is found.
    arguments += ["--rate", "400", "--engine", "ray", "--ray-address", cluster, "--workers", "2"]
    process = subprocess.Popen([sys.executable, "-m", "halfshake", "scan", *arguments])
    killed: list[int] = []
    while process.poll() is None and not killed:
        if (tmp_path / "out.jsonl.partial").exists():
            killed = reading()[:1]
        time.sleep(0.1)
    assert killed, "the scan ended before a worker was found"
    time.sleep(0.3)
    os.kill(killed[0], signal.SIGKILL)
    assert process.wait(200) == 0
    counted = Counter(json.loads(line)["target"] for line in output.read_text().splitlines())
    assert len(counted) == TARGETS
    assert set(counted.values()) == {1}
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text())
    assert manifest["targets"] == manifest["lines"] == TARGETS
