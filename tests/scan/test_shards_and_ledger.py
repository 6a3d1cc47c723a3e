"""Shards, and the books on them: whatever ends a scan, what is noted stands and nothing else."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import json
import random
import resource
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
import pytest

from halfshake.errors import UsageError
from halfshake.scan.output.form import form_of, lines_in
from halfshake.scan.output.journal import Journal
from halfshake.scan.output.ledger import Ledger
from halfshake.scan.shards import Shard, ShardDone, Shards, Span, checksum, joined
from halfshake.scan.sources.entries import Entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

PLAN: dict[str, Any] = {"inputs": ["targets.txt"]}


class Numbers:
    """A stream of so many entries."""

    def __init__(self, count: int) -> None:
        self._count = count

    async def entries(self, on_wait: Callable[[], None]) -> AsyncIterator[Entry]:
        """Yield them; wait after the third."""
        for number in range(self._count):
            if number == 3:
                on_wait()
            yield Entry(str(number))


def span(first: int, end: int) -> Span:
    """Entries of `Numbers` that are done."""
    return Span(first, end, sum(checksum(Entry(str(each))) for each in range(first, end)))


async def cut(count: int, done: list[Span], size: int) -> list[Shard]:
    """All shards."""
    return [shard async for shard in Shards(Numbers(count), done, size=size)]


async def test_shards_leave_out_what_is_done() -> None:
    """Each entry that is left is in one shard, and each shard is consecutive."""
    for seed in range(30):
        chance = random.Random(seed)
        cuts = sorted(chance.sample(range(101), 8))
        done = [span(*cuts[place : place + 2]) for place in range(0, 8, 2)]
        shards = await cut(100, joined(done), chance.randint(1, 20))
        numbers = [int(entry.text) for shard in shards for entry in shard.entries]
        inside = {each for one in done for each in range(one.first, one.end)}
        assert numbers == [each for each in range(100) if each not in inside]
        for shard in shards:
            assert [int(entry.text) for entry in shard.entries] == list(
                range(shard.first, shard.first + len(shard.entries))
            )


async def test_a_shard_is_not_kept_back_while_its_input_waits() -> None:
    """What is there is read."""
    assert [len(shard.entries) for shard in await cut(10, [], 100)] == [3, 7]


@pytest.mark.parametrize("done", [Span(2, 5, 1), span(8, 12)])
async def test_another_input(done: Span) -> None:
    """What is done has to be what the input says."""
    with pytest.raises(UsageError, match="the input is not the one"):
        await cut(10, [done], 4)


def shard_done(first: int, size: int, name: str) -> ShardDone:
    """A shard with a line for each entry."""
    lines = [f"{number}\n" for number in range(first, first + size)]
    return ShardDone(first, size, first, form_of(name).encode(lines), size, {"n": first})


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"])
def test_a_kill_at_any_byte(tmp_path: Path, name: str) -> None:
    """Whatever of the two files reached the disk: what goes on has whole shards, each once."""
    output = tmp_path / name
    ledger = Ledger(str(output), PLAN, b"", resume=False, anew={"seed": 1})
    for first in (0, 20, 10):
        ledger.put(shard_done(first, 10, name))
    ledger.close()
    partial, journal = tmp_path / f"{name}.partial", tmp_path / f"{name}.journal"
    results, notes = partial.read_bytes(), journal.read_bytes()
    chance = random.Random(5)
    for _ in range(60):
        torn = notes[: chance.randint(0, len(notes))]
        journal.write_bytes(torn)
        # Results come before their note; more of them may have come.
        partial.write_bytes(results + b"torn")
        ledger = Ledger(str(output), PLAN, b"", resume=True, anew={"seed": 2})
        done = {n for one in ledger.begun.done for n in range(one.first, one.end)}
        for first in (0, 10, 20):
            if first not in done:
                ledger.put(shard_done(first, 10, name))
        ledger.finish({})
        assert sorted(int(line) for line in lines_in(output)) == list(range(30))
        assert not partial.exists()
        assert not journal.exists()
        output.unlink()


def test_results_that_never_reached_the_disk(tmp_path: Path) -> None:
    """The machine stopped: the journal says more than there is, and that part is read again."""
    output = tmp_path / "out.jsonl"
    ledger = Ledger(str(output), PLAN, b"", resume=False, anew={})
    for first in (0, 10):
        ledger.put(shard_done(first, 10, "out.jsonl"))
    ledger.close()
    partial = tmp_path / "out.jsonl.partial"
    partial.write_bytes(partial.read_bytes()[:25])
    ledger = Ledger(str(output), PLAN, b"", resume=True, anew={})
    assert ledger.begun.done == [Span(0, 10, 0)]
    ledger.close()
    assert partial.read_bytes() == b"".join(b"%d\n" % number for number in range(10))


def test_a_disk_that_is_full_for_the_journal(tmp_path: Path) -> None:
    """One sentence, and no second error when the books are closed; then the scan goes on."""
    output = tmp_path / "out.jsonl"
    ledger = Ledger(str(output), PLAN, b"", resume=False, anew={})
    ledger.put(shard_done(0, 10, "out.jsonl"))
    size = (tmp_path / "out.jsonl.journal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
    try:
        with pytest.raises(UsageError, match="cannot be written: File too large; what was read"):
            ledger.put(shard_done(10, 10, "out.jsonl"))
        ledger.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    ledger = Ledger(str(output), PLAN, b"", resume=True, anew={})
    assert ledger.begun.done == [Span(0, 10, 0)]
    ledger.put(shard_done(10, 10, "out.jsonl"))
    ledger.finish({})
    assert [int(line) for line in lines_in(output)] == list(range(20))


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
@pytest.mark.parametrize("fails", ["manifest", "output"])
def test_an_end_that_fails(tmp_path: Path, name: str, fails: str) -> None:
    """What was read stands, and is neither read again nor taken for something else."""
    output, head = tmp_path / name, b'["port"]\n' if name == "out.parquet" else b""
    ledger = Ledger(str(output), PLAN, head, resume=False, anew={})
    rows = b"".join(b"[%d]\n" % number for number in range(3000))
    ledger.put(ShardDone(0, 3000, 0, rows, 3000, {}))
    # Where a file has to be put, there is a directory.
    obstacle = output if fails == "output" else tmp_path / f"{name}.manifest.json.partial"
    obstacle.mkdir()
    with pytest.raises(UsageError, match="cannot be written: Is a directory; what was read"):
        ledger.finish({})
    ledger.close()
    with contextlib.suppress(UsageError):
        Ledger(str(output), PLAN, head, resume=True, anew={}).close()
    obstacle.rmdir()
    ledger = Ledger(str(output), PLAN, head, resume=True, anew={})
    assert ledger.begun.done == [Span(0, 3000, 0)]
    if fails == "output":  # only renaming was left to do
        assert ledger.finished is not None
    else:
        ledger.finish({})
    if name == "out.parquet":
        table = pyarrow.parquet.read_table(output).to_pylist()
        assert [row["port"] for row in table] == list(range(3000))
    else:
        assert output.read_bytes() == rows
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, f"{name}.manifest.json"]


def ended(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan that was killed when all was done, with its output in its place."""
    ledger = Ledger(str(output), PLAN, b"", resume=False, anew={})
    ledger.put(shard_done(0, 10, output.name))
    monkeypatch.setattr(Journal, "drop", Journal.close)
    ledger.finish({"lines": 10})
    monkeypatch.undo()


def test_killed_when_all_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another plan is refused, no other scan begins, and the same one has nothing left to do."""
    output = tmp_path / "out.jsonl"
    ended(output, monkeypatch)
    with pytest.raises(UsageError, match="did not end: go on with --resume"):
        Ledger(str(output), PLAN, b"", resume=False, anew={})
    with pytest.raises(UsageError, match="began with another INPUT"):
        Ledger(str(output), {"inputs": ["b"]}, b"", resume=True, anew={})
    ledger = Ledger(str(output), PLAN, b"", resume=True, anew={})
    assert ledger.finished == {"lines": 10, "bytes": output.stat().st_size}
    assert ledger.begun.tallies == [{"n": 0}]
    assert ledger.lines == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.jsonl",
        "out.jsonl.manifest.json",
    ]


@pytest.mark.parametrize("lost", ["out.jsonl", "out.jsonl.manifest.json"])
@pytest.mark.parametrize("how", ["removed", "another"])
def test_an_output_that_is_not_the_one_of_its_journal(
    lost: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody took away is read again."""
    output = tmp_path / "out.jsonl"
    ended(output, monkeypatch)
    if how == "removed":
        (tmp_path / lost).unlink()
    else:
        (tmp_path / lost).write_text("of another scan\n")
    ledger = Ledger(str(output), PLAN, b"", resume=True, anew={})
    assert ledger.finished is None
    assert ledger.begun.done == []
    ledger.close()


@pytest.mark.parametrize("text", ["5\n", '{"a": 1}\n'])
def test_the_journal_of_something_else(tmp_path: Path, text: str) -> None:
    """It is named, and stays as it is."""
    journal = tmp_path / "out.jsonl.journal"
    journal.write_text(text)
    with pytest.raises(UsageError, match="is no journal of a scan"):
        Ledger(str(tmp_path / "out.jsonl"), PLAN, b"", resume=True, anew={})
    assert journal.read_text() == text


def test_the_plan_has_to_be_the_same(tmp_path: Path) -> None:
    """One sentence names the option; the seed of the first run counts."""
    output = str(tmp_path / "out.jsonl")
    ledger = Ledger(output, PLAN, b"", resume=False, anew={"seed": 7})
    ledger.put(shard_done(0, 10, output))
    with pytest.raises(UsageError, match="another scan is writing"):
        Ledger(output, PLAN, b"", resume=True, anew={"seed": 8})
    ledger.close()
    with pytest.raises(UsageError, match="did not end: go on with --resume"):
        Ledger(output, PLAN, b"", resume=False, anew={"seed": 8})
    for other in ({"inputs": ["b"]}, {**PLAN, "server_name": "x"}, {**PLAN, "seed": 9}):
        with pytest.raises(UsageError, match="began with another"):
            Ledger(output, other, b"", resume=True, anew={"seed": 8})
    ledger = Ledger(output, PLAN, b"", resume=True, anew={"seed": 8})
    assert ledger.begun.plan["seed"] == 7
    ledger.close()


def test_another_scan_that_has_just_begun(tmp_path: Path) -> None:
    """Its journal, in which nothing stands yet, is not taken away from it."""
    journal = tmp_path / "out.jsonl.journal"
    with journal.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="another scan is writing"):
            Ledger(str(tmp_path / "out.jsonl"), PLAN, b"", resume=False, anew={})
        assert journal.exists()


def test_nothing_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was begun is removed, and nobody else begins meanwhile."""
    ledger = Ledger(str(tmp_path / "out.jsonl"), PLAN, b"", resume=False, anew={})
    drop, refused = ledger._store.drop, []

    def meanwhile() -> None:
        with pytest.raises(UsageError, match="another scan is writing") as error:
            Ledger(str(tmp_path / "out.jsonl"), PLAN, b"", resume=True, anew={})
        refused.append(error)
        drop()

    monkeypatch.setattr(ledger._store, "drop", meanwhile)
    ledger.close()
    assert refused
    assert not list(tmp_path.iterdir())


def test_a_directory_of_parts(tmp_path: Path) -> None:
    """Each shard is a file; one that nobody noted is removed and read again."""
    output = f"{tmp_path / 'out'}/"
    ledger = Ledger(output, PLAN, b"", resume=False, anew={})
    ledger.put(shard_done(0, 10, "part.jsonl.gz"))
    ledger.close()
    stale = tmp_path / "out" / "part-000000000017.jsonl.gz"
    stale.write_bytes(b"")
    ledger = Ledger(output, PLAN, b"", resume=True, anew={})
    assert not stale.exists()
    ledger.put(shard_done(10, 10, "part.jsonl.gz"))
    ledger.finish({"lines": 20})
    parts = sorted((tmp_path / "out").glob("part-*"))
    numbers = [int(line) for part in parts for line in gzip.decompress(part.read_bytes()).split()]
    assert numbers == list(range(20))
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["parts"] == 2


def test_a_directory_that_holds_something_else(tmp_path: Path) -> None:
    """It is not written over."""
    (tmp_path / "letters").write_text("dear")
    with pytest.raises(UsageError, match="cannot be written: the directory is not empty"):
        Ledger(f"{tmp_path}/", PLAN, b"", resume=False, anew={})


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    """One sentence that names it."""
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        Ledger(str(tmp_path / "missing" / "out.jsonl"), PLAN, b"", resume=False, anew={})
