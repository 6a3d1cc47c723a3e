"""A scan that is interrupted, or loses a worker, and goes on: the same results, each once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scan.scanning import command, manifest, results, scan
from servers.scripted import closes, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK = "127.3.0.0/23"
TARGETS = 512


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server that closes every connection."""
    with scripted(closes) as port:
        yield port


def options(output: Path, workers: int) -> list[object]:
    """Slow enough to be interrupted, quick enough for a test."""
    return ["-q", "-o", output, "--rate", 300, "--shard-size", 32, "--workers", workers]


@pytest.mark.timeout(150)
@pytest.mark.parametrize(
    ("number", "workers"),
    [
        (signal.SIGINT, 1),
        (signal.SIGINT, 2),
        (signal.SIGTERM, 1),
        (signal.SIGKILL, 1),
        (signal.SIGKILL, 2),
    ],
)
def test_killed_at_random_moments(
    number: signal.Signals, workers: int, port: int, tmp_path: Path
) -> None:
    """Again and again, then once to its end: the set of results of an undisturbed run."""
    output = tmp_path / "out.jsonl"
    arguments = [f"{NETWORK}:{port}", *options(output, workers), "--resume"]
    chance = random.Random(f"{number}{workers}")
    for _ in range(2):
        with subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            while not _has_open(process.pid, f"{output}.journal") and process.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 1.2))
            process.send_signal(number)
            said = process.stderr.read()
            code = process.wait(30)
        if code == 0 or output.exists():  # it was quicker; the signal met Python's own end
            break
        assert "Traceback" not in said
        if number is not signal.SIGKILL:
            # The last until we listen for it, and when all is done.
            assert code in {130, -number}, said
            partial = tmp_path / "out.jsonl.partial"
            if partial.exists():
                assert partial.read_bytes()[-1:] in {b"", b"\n"}
    else:
        scan(*arguments)
    found = [each["target"] for each in results(output)]
    assert len(found) == TARGETS
    assert len(set(found)) == TARGETS
    assert manifest(output)["failed"] == TARGETS


def test_interrupted_before_it_listens(port: int, tmp_path: Path) -> None:
    """Ctrl-C while the event loop is being made is heard a moment later, and said in a sentence."""
    script = (
        "import asyncio, os, signal, sys\n"
        "from halfshake.cli import main\n"
        "make = asyncio.events.new_event_loop\n"
        "def interrupted():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return make()\n"
        "asyncio.events.new_event_loop = interrupted\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    arguments = command(f"{NETWORK}:{port}", "-o", tmp_path / "out.jsonl", "--rate", 300)
    done = subprocess.run(
        [arguments[0], "-c", script, *arguments[3:]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert "interrupted; what is read so far is in" in done.stderr
    assert "Traceback" not in done.stderr
    assert "never awaited" not in done.stderr


def test_a_worker_that_is_killed(port: int, tmp_path: Path) -> None:
    """Its shards are read again by another one."""
    output = tmp_path / "out.jsonl"
    with subprocess.Popen(command(f"{NETWORK}:{port}", *options(output, 2))) as process:
        partial = tmp_path / "out.jsonl.partial"
        while not partial.exists() or not partial.stat().st_size:
            assert process.poll() is None
            time.sleep(0.01)
        victim = next(
            pid
            for pid in _children(process.pid)
            if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
        )
        os.kill(victim, signal.SIGKILL)
        assert process.wait(40) == 0
    found = [each["target"] for each in results(output)]
    assert len(found) == len(set(found)) == TARGETS


def _has_open(pid: int, path: str) -> bool:
    """Has the process opened this file?"""
    with contextlib.suppress(OSError):
        return any(str(each.readlink()) == path for each in Path(f"/proc/{pid}/fd").iterdir())
    return False


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(each) for each in text.split()]
    return []


def test_another_input_is_not_gone_on_with(port: int, tmp_path: Path) -> None:
    """The same file with other lines: one sentence, and what is there stays."""
    listed, output = tmp_path / "t.txt", tmp_path / "out.jsonl"
    listed.write_text("".join(f"127.0.0.{n}:{port}\n" for n in range(1, 255)))
    arguments = [listed, "-q", "-o", output, "--rate", 100, "--shard-size", 8]
    with subprocess.Popen(command(*arguments)) as process:
        partial = tmp_path / "out.jsonl.partial"
        while not partial.exists() or not partial.stat().st_size:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
    kept = partial.read_bytes()
    listed.write_text("".join(f"127.1.0.{n}:{port}\n" for n in range(1, 255)))
    assert "the input is not the one" in scan(*arguments, "--resume", code=3)
    assert partial.read_bytes() == kept
