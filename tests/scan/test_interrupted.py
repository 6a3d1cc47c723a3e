"""A scan that is interrupted, or loses a worker, and goes on: the same results, each once."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet
import pytest

from halfshake.scan.output.form import lines_in
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
        if code == 0:  # it was quicker
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


KILLED_AT_ITS_END = """
import os, signal, sys
from pathlib import Path
from halfshake.cli import main
from halfshake.scan.output.journal import Journal

steps, note_end = int(sys.argv.pop(1)), Journal.note_end

def counted(method):
    def one(*arguments, **options):
        global steps
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1
        return method(*arguments, **options)
    return one

def ending(journal, manifest):
    note_end(journal, manifest)
    Path.replace, Path.unlink = counted(Path.replace), counted(Path.unlink)

Journal.note_end = ending
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv.gz", "out.parquet", "out/"])
def test_killed_at_its_end(name: str, port: int, tmp_path: Path) -> None:
    """Before each step in which files get their places: then `--resume` does only these."""
    program, *_ = command()
    for steps in range(10):
        place = tmp_path / str(steps)
        place.mkdir()
        page = place / "page.html"
        output = f"{place}/{name}"
        arguments = ["scan", f"127.4.0.0/28:{port}", "-o", output, "--resume"]
        arguments += ["--summary-html", str(page)]
        done = subprocess.run(
            [program, "-c", KILLED_AT_ITS_END, str(steps), *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert not page.exists()
        said = scan(*arguments[1:])
        assert f"{output} was complete" in said
        assert "16 targets in" in said
        assert ">16<" in page.read_text()
        _has_each_once(place, name)
    assert steps == {"out.jsonl": 4, "out.csv.gz": 4, "out.parquet": 4, "out/": 2}[name]


def _has_each_once(place: Path, name: str) -> None:
    """The output of 16 targets is there, with its manifest and nothing else beside it."""
    left = {each.name for each in place.iterdir()} - {"page.html"}
    if name == "out/":
        assert left == {"out"}
        parts = (place / "out").glob("part-*")
        found = [each["target"] for part in parts for each in results(part)]
        counted = json.loads((place / "out" / "manifest.json").read_text())
    else:
        assert left == {name, f"{name}.manifest.json"}
        counted = manifest(place / name)
        if name == "out.parquet":
            table = pyarrow.parquet.read_table(place / name, columns=["target"])
            found = table.to_pydict()["target"]
        elif name == "out.jsonl":
            found = [each["target"] for each in results(place / name)]
        else:
            _, *rows = lines_in(place / name)
            found = [row.partition(b",")[0] for row in rows]
    assert len(found) == len(set(found)) == counted["targets"] == 16


def test_interrupted_before_it_listens(port: int, tmp_path: Path) -> None:
    """Ctrl-C while the event loop is being made is heard a moment later, and said in a sentence."""
    script = (
        "import os, signal, sys\n"
        "from halfshake import event_loop\n"
        "from halfshake.cli import main\n"
        "make = event_loop.SocketLoop\n"
        "def interrupted():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return make()\n"
        "event_loop.SocketLoop = interrupted\n"
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


def test_interrupted_while_it_indexes(port: int, tmp_path: Path) -> None:
    """Nothing was read: nothing is left behind, and the next scan begins."""
    script = (
        "import os, signal, sys\n"
        "from halfshake.cli import main\n"
        "from halfshake.scan.summary import earlier\n"
        "def interrupted(line):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "earlier._document = interrupted\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    old, output = tmp_path / "old.jsonl", tmp_path / "out.jsonl"
    old.write_text("{}\n" * 3)
    arguments = command(f"{NETWORK}:{port}", "-o", output, "--earlier", old)
    done = subprocess.run(
        [arguments[0], "-c", script, *arguments[3:]], capture_output=True, text=True, check=False
    )
    assert done.returncode in {130, -signal.SIGINT}
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [old]


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
