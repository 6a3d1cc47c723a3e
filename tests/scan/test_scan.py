"""`halfshake scan` as a command: real servers, every form of output, what it counts and says."""

from __future__ import annotations

import csv
import json
import re
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
import pytest

from scan.scanning import command, manifest, results, scan
from servers import Settings, free_port
from servers.catalogue import NGINX
from servers.expiring import NAME, ROOT, expiring_nginx, write_ca
from servers.scripted import closes, scripted, silence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Running


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with the trusted CA's certificate, ca.pem."""
    directory = tmp_path_factory.mktemp("scan")
    write_ca(directory)
    return directory


@pytest.fixture(scope="module")
def nginx(directory: Path) -> Iterator[Running]:
    """A real server that requires a client certificate."""
    with expiring_nginx(directory) as running:
        yield running


@pytest.fixture
def judged(directory: Path) -> list[str]:
    """The options by which the server's certificate is judged."""
    return ["--ca-file", str(directory / "ca.pem"), "--server-name", NAME]


@pytest.mark.interop
def test_each_line_is_a_result_document(nginx: Running, judged: list[str], tmp_path: Path) -> None:
    """The same as `check --json` says, for good targets, dead ones and lines that are none."""
    listed, output = tmp_path / "targets.txt", tmp_path / "out.jsonl"
    dead = free_port()
    lines = [f"127.0.0.1:{nginx.port}", f"127.0.0.1:{dead}", "no target!", ""]
    listed.write_text("\n".join(lines))
    said = scan(listed, "-o", output, *judged)
    found = {result["target"]: result for result in results(output)}
    assert set(found) == set(lines[:3])
    read = found[lines[0]]
    assert read["client_auth"]["requested"] is True
    assert read["verdict"]["status"] == "critical"
    checked = subprocess.run(
        [sys.executable, "-m", "halfshake", "check", "--json", lines[0], *judged],
        capture_output=True,
        check=False,
    )
    assert set(json.loads(checked.stdout)) == set(read)
    assert found[lines[1]]["failure"]["reason"] == "connection-refused"
    assert found[lines[2]]["failure"]["reason"] == "target-invalid"
    counts = manifest(output)
    assert (counts["read"], counts["failed"], counts["refused"]) == (1, 1, 1)
    assert "3 targets" in said
    assert "1 expires-soon" in said
    assert "CN=Test Root" in said


@pytest.mark.interop
def test_csv_and_parquet(nginx: Running, judged: list[str], tmp_path: Path) -> None:
    """Chosen columns; the same values in both, typed in Parquet."""
    target = f"127.0.0.0/30:{nginx.port}"
    fields = "target,leaf.not_after,client_auth.requested,verdict.days_left,leaf.dns_names"
    for name in ("out.csv", "out.csv.gz", "out.parquet"):
        scan(target, "-q", "-o", tmp_path / name, "--fields", fields, "--seed", 5, *judged)
        manifest(tmp_path / name)
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == fields.split(",")
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    # 127.0.0.0 answers too on Linux; nginx listens on 127.0.0.1 alone.
    assert len(rows) == len(table) == 4
    row = next(row for row in rows if row["leaf.not_after"])
    typed = next(row for row in table if row["leaf.not_after"])
    assert row["target"] == typed["target"] == f"127.0.0.1:{nginx.port}"
    assert row["leaf.not_after"] == typed["leaf.not_after"].strftime("%Y-%m-%dT%H:%M:%SZ")
    assert typed["client_auth.requested"] is True
    assert 4.9 < typed["verdict.days_left"] <= 5
    assert json.loads(row["leaf.dns_names"]) == [NAME]


@pytest.mark.interop
def test_narrowed_lines_are_not_judged(nginx: Running, tmp_path: Path) -> None:
    """Fields of the contract alone; without a verdict a store that holds nothing is no matter."""
    output = tmp_path / "out.jsonl"
    target = f"127.0.0.1/32:{nginx.port}"
    scan(target, "-o", output, "--fields", "target,outcome,leaf.not_after,tls.version")
    (result,) = results(output)
    assert set(result) == {"target", "outcome", "chain", "tls"}
    assert set(result["chain"][0]) == {"not_after"}
    said = scan(target, "-o", output, "--fields", "target")
    assert "verdicts" not in said


@pytest.mark.interop
def test_who_stopped_asking(nginx: Running, tmp_path: Path, directory: Path) -> None:
    """Targets that asked in the earlier scan and do not now: in the line, the text, the page."""
    settings = Settings(ROOT.issue(NAME), ROOT.pem, client_auth=False)
    earlier, output, page = (tmp_path / name for name in ("old.jsonl", "new.jsonl", "s.html"))
    with NGINX.running(settings, directory / "open") as running:
        target = f"127.0.0.1:{running.port}"
        asked = {"target": target, "client_auth": {"requested": True}}
        junk = 'not json\n{"target": "a", "client_auth": "yes"}\n' + "[" * 100_000
        earlier.write_text(f"{json.dumps(asked)}\n{junk}\n")
        (tmp_path / "t.txt").write_text(f"{target}\n127.0.0.1:{nginx.port}\n")
        said = scan(tmp_path / "t.txt", "-o", output, "--earlier", earlier, "--summary-html", page)
    assert f"stopped asking for a client certificate\n    {target}" in said
    changed = [each for each in results(output) if "earlier" in each]
    assert [each["target"] for each in changed] == [target]
    text = page.read_text()
    assert "Stopped asking" in text
    assert target in text
    assert not re.search(r"<script|https?://", text)
    assert not list(tmp_path.glob("*.earlier"))


def test_names_that_lead_into_private_networks(tmp_path: Path) -> None:
    """Only if the network is named; the literal address is named by itself."""
    listed, output = tmp_path / "t.txt", tmp_path / "out.jsonl"
    port = free_port()
    listed.write_text(f"localhost:{port}\n127.0.0.1:{port}\n")
    scan(listed, "-o", output, "-4")
    reasons = {each["host"]: each["failure"]["reason"] for each in results(output)}
    assert reasons == {"localhost": "not-allowed", "127.0.0.1": "connection-refused"}
    scan(listed, "-o", output, "-4", "--allow", "127.0.0.0/8")
    assert {each["failure"]["reason"] for each in results(output)} == {"connection-refused"}


def test_what_is_excluded_is_counted(tmp_path: Path) -> None:
    """It is not read, has no line, and the manifest adds up."""
    listed, output = tmp_path / "t.txt", tmp_path / "out.jsonl"
    port = free_port()
    listed.write_text(f"127.0.0.1:{port}\n127.9.9.9:{port}\nsecret.example.com:1\n127.9.9.0/30:1\n")
    scan(listed, "-o", output, "--exclude", "127.9.9.9", "--exclude", "example.com")
    counts = manifest(output)
    assert counts["excluded"] == 2
    assert len(results(output)) == 5


def test_workers_give_the_same(tmp_path: Path) -> None:
    """Each target once, whoever reads it; the rates are shared."""
    with scripted(closes) as port:
        target = f"127.0.0.0/23:{port}"
        outputs = [tmp_path / "one.jsonl", tmp_path / "three.jsonl"]
        scan(target, "-o", outputs[0])
        scan(target, "-o", outputs[1], "--workers", 3, "--shard-size", 16)
    found = [sorted(each["target"] for each in results(output)) for output in outputs]
    assert found[0] == found[1]
    assert len(set(found[0])) == len(found[0]) == 512


def test_silent_targets_do_not_slow_the_others(tmp_path: Path) -> None:
    """A third of the targets is silent until the deadline: the whole takes about one deadline."""
    listed, output = tmp_path / "t.txt", tmp_path / "out.jsonl"
    with scripted(silence) as silent, scripted(closes) as quick:
        ports = [quick, quick, silent] * 100
        lines = [f"127.0.{n // 250}.{n % 250 + 1}:{port}" for n, port in enumerate(ports)]
        listed.write_text("\n".join(lines))
        scan(listed, "-o", output, "--timeout", 3, "--shard-size", 16)
    found = results(output)
    assert len(found) == 300
    times = [each["observed_at"] for each in found]
    assert len(set(times)) < 12  # seconds in which readings began, on a busy machine


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["127.0.0.0/30:1"], "say with -o"),
        (["127.0.0.0/30:1", "-o", "-"], "-o - is no file"),
        (["127.0.0.0/30:1", "-o", "."], "-o . is a directory: write -o ./results.jsonl"),
        (["127.0.0.0/30:1", "-o", "/dev/null"], "-o /dev/null is no file"),
        (["127.0.0.0/30:1", "-o", "x" * 300], "cannot be written: File name too long"),
        (["x" * 300, "-o", "o.jsonl"], "cannot be read: File name too long"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--summary-html", "a/b"], "no such directory"),
        (["missing.txt", "-o", "out.jsonl"], "missing.txt cannot be read"),
        (["targets.txt.gz", "-o", "out.jsonl"], "zcat targets.txt.gz | halfshake scan -"),
        (["192.0.2.7:443", "-o", "out.jsonl"], "INPUT is a file of targets, a range"),
        (["127.0.0.0/30:1", "-o", "missing/out.jsonl"], "missing/out.jsonl cannot be written"),
        (["127.0.0.0/30:1", "-o", "out.jsonl", "--fields", "targte"], "has no 'targte'"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--fields", "tls.versoin"], "no 'tls.versoin'"),
        (["127.0.0.0/30:1", "-o", "out.parquet.gz"], "compressed inside"),
        (["127.0.0.0/30:1", "-o", "out.jsonl", "--rate", "0"], "--rate must be more than 0"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--exclude", "10.0.0.0/99"], "--exclude"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--earlier", "none"], "--earlier none cannot be"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--ca-file", "none.pem"], "none.pem"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--ray-address", "x"], "--engine ray"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--workers", "0"], "a number from 1 to 10000"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--shard-size", "0"], "a number from 1 to 1000000"),
        (["127.0.0.0/30:1", "-o", "o", "--shard-size", "2000000"], "a number from 1 to 1000000"),
        (["127.0.0.0/30:1", "-o", "o.jsonl", "--enforcement-path", ""], "'' is not a valid path"),
        (["10.0.0.1/8", "-o", "out.jsonl"], "host bits set"),
    ],
)
def test_wrong_usage(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    """One sentence, exit 3, and nothing is left behind."""
    assert sentence in scan(*arguments, code=3, cwd=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_output_that_is_the_input(tmp_path: Path) -> None:
    """It is not written over, under whichever name."""
    listed, link = tmp_path / "t.jsonl", tmp_path / "link.jsonl"
    listed.write_text('{"target": "127.0.0.1:1"}\n')
    link.symlink_to(listed)
    for output in (listed, link):
        assert "is what is read" in scan(listed, "-o", output, code=3)
    assert listed.read_text() == '{"target": "127.0.0.1:1"}\n'
    assert sorted(tmp_path.iterdir()) == [link, listed]


def test_no_targets(tmp_path: Path) -> None:
    """An empty input has an empty output."""
    said = scan("-", "-o", tmp_path / "out.jsonl", stdin=subprocess.DEVNULL)
    assert said.splitlines()[0] == "0 targets in 0 s"
    assert manifest(tmp_path / "out.jsonl")["targets"] == 0


def test_a_missing_column(tmp_path: Path) -> None:
    """Found at the first line; nothing is left behind."""
    listed = tmp_path / "t.csv"
    listed.write_text("name,host\na,b\n")
    assert "no column 'target'" in scan(
        listed, "--column", "target", "-o", tmp_path / "out.jsonl", code=3
    )
    assert list(tmp_path.iterdir()) == [listed]


def test_a_full_disk(tmp_path: Path) -> None:
    """One sentence; what was read before stands, and the scan goes on when there is room."""
    output = tmp_path / "out.jsonl"

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    target = f"127.0.0.0/22:{free_port()}"
    options: dict[str, Any] = {"preexec_fn": small}
    said = scan(target, "-o", output, "--shard-size", 64, code=3, **options)
    assert "cannot be written: File too large; what was read before stands" in said
    assert 0 < (tmp_path / "out.jsonl.partial").stat().st_size <= 200_000
    scan(target, "-o", output, "--shard-size", 64, "--resume")
    assert len({each["target"] for each in results(output)}) == 1024
    assert manifest(output)["lines"] == 1024


def test_a_pipe_that_gives_a_line_now_and_then(tmp_path: Path) -> None:
    """Each is read when it comes; lines of progress appear where there is no terminal."""
    output = tmp_path / "out.jsonl"
    port = free_port()
    with subprocess.Popen(
        command("-", "-o", output, "--quiet"), stdin=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        partial = tmp_path / "out.jsonl.partial"
        for number in range(1, 4):
            process.stdin.write(f"127.0.0.{number}:{port}\n")
            process.stdin.flush()
            while not partial.exists() or partial.read_bytes().count(b"\n") < number:
                assert process.poll() is None
        process.stdin.close()
        assert process.wait(20) == 0
    assert len(results(output)) == 3
