"""Many targets in one run: files and pipes, results as they come, flat memory, Ctrl-C, Nagios."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.inputs.target_list import MAX_LINE_BYTES
from servers import free_port
from servers.expiring import NAME, expiring_nginx, write_ca
from servers.scripted import closes, scripted, silence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servers import Running


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with the trusted CA's certificate, ca.pem."""
    directory = tmp_path_factory.mktemp("many")
    write_ca(directory)
    return directory


@pytest.fixture(scope="module")
def nginx(directory: Path) -> Iterator[Running]:
    """A real server that requires a client certificate; its own has five days left of 35."""
    with expiring_nginx(directory) as running:
        yield running


def command(*arguments: str) -> list[str]:
    """The command as a separate process."""
    return [sys.executable, "-m", "halfshake", "check", *arguments]


def test_targets_from_a_file_and_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Comments and blank lines are skipped; an invalid line has its own failure."""
    listed = tmp_path / "targets.txt"
    with scripted(closes) as port:
        listed.write_bytes(
            f"# ours\n127.0.0.1:{port}\n\n  localhost:{port}  # twice\n".encode()
            + b"\xff\xfe\n"
            + b"x" * (3 * MAX_LINE_BYTES)
            + b"\nhttp://wrong.example"
        )
        assert main(["check", "--json", "--targets", str(listed), "a b"]) == 3
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    reasons = sorted((result["target"][:20], result["failure"]["reason"]) for result in results)
    assert reasons == sorted(
        [
            ("a b", "target-invalid"),
            (f"127.0.0.1:{port}", "connection-closed"),
            (f"localhost:{port}", "connection-closed"),
            ("��", "target-invalid"),
            ("x" * 20, "target-invalid"),
            ("http://wrong.example", "target-invalid"),
        ]
    )


@pytest.mark.parametrize("path", ["missing.txt", "."])
def test_a_target_file_that_cannot_be_read(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence that names it, exit 3, nothing read."""
    assert main(["check", "--targets", path, "127.0.0.1:1"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{path} cannot be read" in captured.err


def test_results_come_while_targets_still_do() -> None:
    """A line written to standard input is answered before the next one is written."""
    port = free_port()
    with subprocess.Popen(
        command("--json", "--targets", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(1, 4):
            process.stdin.write(f"127.0.0.{number}:{port}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["host"] == f"127.0.0.{number}"
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(10) == 3


def test_a_slow_target_does_not_hold_up_a_quick_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Results come in the order in which they are ready."""
    with scripted(silence) as slow, scripted(closes) as quick:
        targets = [f"127.0.0.1:{slow}", f"127.0.0.1:{quick}"]
        main(["check", "--json", "--timeout", "0.5", *targets])
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [result["port"] for result in results] == [quick, slow]


@pytest.mark.interop
def test_ten_thousand_targets_in_flat_memory(
    nginx: Running, directory: Path, tmp_path: Path
) -> None:
    """10,000 targets: each read and trusted; the memory of 1,000, and no descriptor leaks."""
    peaks = {}
    for count in (1_000, 10_000):
        listed = tmp_path / f"{count}.txt"
        listed.write_text(
            "".join(f"https://127.0.0.1:{nginx.port}/{number}\n" for number in range(count))
        )
        script = (
            "import os, re, sys\n"
            "from halfshake.cli import main\n"
            "code = main(sys.argv[1:])\n"
            "status = open('/proc/self/status').read()\n"
            "peak = re.search(r'VmHWM:\\s+(\\d+)', status)[1]\n"
            "print(code, peak, len(os.listdir('/proc/self/fd')), file=sys.stderr)\n"
        )
        arguments = ["--json", "--targets", str(listed), "--server-name", NAME]
        arguments += ["--ca-file", str(directory / "ca.pem")]
        done = subprocess.run(
            [sys.executable, "-c", script, "check", *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        results = [json.loads(line) for line in done.stdout.splitlines()]
        assert len({result["target"] for result in results}) == count
        assert all(result["verdict"]["trusted"] for result in results)
        code, peak_kib, descriptors = map(int, done.stderr.split())
        assert code == 2  # five days left
        assert descriptors <= 5
        peaks[count] = peak_kib
    assert peaks[10_000] < peaks[1_000] + 4_096


@pytest.mark.parametrize("output", ["--json", "--nagios", None])
def test_ctrl_c_ends_at_once_with_what_is_known(output: str | None, tmp_path: Path) -> None:
    """With endless targets, some silent: known results are printed, and the process ends."""
    listed = tmp_path / "targets.txt"
    with scripted(silence) as port:
        refused = free_port()
        listed.write_text(f"127.0.0.1:{refused}\n" + f"127.0.0.1:{port}\n" * 500)
        arguments = [output] if output else []
        with subprocess.Popen(
            command(*arguments, "--timeout", "60", "--targets", str(listed)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            if output == "--json":
                first = process.stdout.readline()
            else:
                wait_for_connections(port)
                time.sleep(0.5)
                first = ""
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=10)
            assert time.monotonic() - started < 5
    assert process.returncode == 130
    assert errors == "halfshake: interrupted; the results so far are above\n"
    known = first + rest
    assert known.count(f"127.0.0.1:{refused}") >= 1
    if output == "--nagios":
        assert known.startswith("HALFSHAKE UNKNOWN - interrupted after 1 targets: 1 unknown")
    if output is None:
        assert known.endswith("interrupted after 1 target: 1 unknown\n")


def wait_for_connections(port: int, count: int = 50) -> None:
    """Wait until so many clients are connected to a port of loopback."""
    remote = f"0100007F:{port:04X} 01"
    until = time.monotonic() + 30
    while Path("/proc/net/tcp").read_text("ascii").count(remote) < count:
        assert time.monotonic() < until, "nobody connects"
        time.sleep(0.05)


def test_a_small_descriptor_limit_is_kept_to(
    nginx: Running, directory: Path, tmp_path: Path
) -> None:
    """More simultaneous targets than descriptors: fewer run at once, and every one is read."""
    listed = tmp_path / "targets.txt"
    listed.write_text(f"127.0.0.1:{nginx.port}\n" * 100)
    arguments = ["--json", "--server-name", NAME, "--concurrency", "1000"]
    arguments += ["--ca-file", str(directory / "ca.pem"), "--targets", str(listed)]
    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -n 50; exec "$@"', "sh", *command(*arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["outcome"] for result in results] == ["read"] * 100


@pytest.mark.interop
def test_nagios_reads_one_line(
    nginx: Running, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status, text, and performance data with the thresholds that apply."""
    arguments = ["check", "--nagios", "--server-name", NAME]
    arguments += ["--ca-file", str(directory / "ca.pem"), f"127.0.0.1:{nginx.port}"]
    assert main(arguments) == 2
    (line,) = capsys.readouterr().out.splitlines()
    text, perfdata = line.split("|")
    assert text.startswith("HALFSHAKE CRITICAL - 127.0.0.1:")
    assert f": CN={NAME} expires in 5.0 days" in text
    assert "asks for a client certificate" in text
    assert "[expires-soon]" in text
    values = dict(item.split("=") for item in perfdata.split())
    days = values["'days_left'"].split(";")
    assert 4.9 < float(days[0]) <= 5.0
    # A third of 35 days, and a sixth.
    assert days[1:] == ["11.6667:", "5.83333:", "", ""]
    assert values["'time'"].partition("s")[2] == ";;;0;"


def test_nagios_of_several_targets(capsys: pytest.CaptureFixture[str]) -> None:
    """One status, the worst; a line for each; text from outside cannot fake performance data."""
    refused = f"127.0.0.1:{free_port()}"
    assert main(["check", "--nagios", refused, "a|b=1", "--on-failure", "warning"]) == 1
    first, *others = capsys.readouterr().out.splitlines()
    assert first == "HALFSHAKE WARNING - 2 targets: 2 warning"
    assert len(others) == 2
    assert all(line.startswith("WARNING ") and "|" not in line for line in others)


@pytest.mark.parametrize("output", [["--json"], [], ["-v"], ["--sort", "none"], ["-vv"]])
def test_nobody_reads_our_output(output: list[str], tmp_path: Path) -> None:
    """`halfshake check ... | head -1` ends quietly, with the exit code of SIGPIPE."""
    listed = tmp_path / "targets.txt"
    listed.write_text(f"127.0.0.1:{free_port()}\n" * 3000)
    read_end, write_end = os.pipe()
    with subprocess.Popen(
        command(*output, "--targets", str(listed)),
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(write_end)
        os.read(read_end, 10)
        os.close(read_end)
        _, errors = process.communicate(timeout=20)
    assert errors == ""
    assert process.returncode == 141
