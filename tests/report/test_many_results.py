"""What people see of many results: a line each, the worst above the prompt; of one, the page."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.errors import FailureReason, Phase
from halfshake.observation import Face, FacesRead, ProbeFailure, Timings
from halfshake.report.people.results import ForPeople
from halfshake.report.people.wanted import Sort, Wanted
from halfshake.target import Target
from halfshake.trust.comparison import summarize
from halfshake.trust.policy import Policy
from halfshake.trust.status import Status
from pki import Authority
from servers import free_port
from trust.observations import NOW, judged, observed

if TYPE_CHECKING:
    from pathlib import Path

    from halfshake.observation import Observation

ROOT = Authority.root()


def reading(host: str, days_left: float = 90.0, face: Face | None = None) -> Observation:
    """A reading of a certificate with so many days left."""
    leaf = ROOT.issue(host, days=(-60, days_left)).chain[0]
    return observed(leaf, name=host)._replace(face=face)


def show(report: ForPeople, *readings: Observation) -> None:
    """Hand over readings with their verdicts."""
    for one in readings:
        report.reading(one, judged(one, ROOT))


def fail(report: ForPeople, host: str, status: Status = Status.unknown) -> None:
    """Hand over a failed reading."""
    target = Target(f"{host}:443", host, 443, host)
    reason = FailureReason.connection_refused
    report.failure(
        ProbeFailure(target, NOW, Phase.connect, reason, "nobody listens", Timings()), status
    )


def people(wanted: Wanted = Wanted()) -> tuple[ForPeople, io.StringIO]:  # noqa: B008 - immutable
    """The report, and what it prints to."""
    stream = io.StringIO()
    return ForPeople(stream, wanted, many=False), stream


def printed(wanted: Wanted, *readings: Observation, failing: tuple[str, ...] = ()) -> list[str]:
    """The lines that are printed of readings, and of targets that fail."""
    report, stream = people(wanted)
    show(report, *readings)
    for host in failing:
        fail(report, host)
    report.finish(interrupted=False)
    return stream.getvalue().splitlines()


CROWD = (
    reading("soon.test", 5),
    reading("fine.test", 300),
    reading("gone.test", -3),
    reading("b10.test", 200),
    reading("b9.test", 10),
)


def targets(lines: list[str]) -> list[str]:
    """The hosts that the lines are about, in their order."""
    return [found[0] for line in lines if (found := re.search(r"\w+\.test", line))]


def test_a_line_each_the_worst_and_soonest_last() -> None:
    """Status, target, days left and the first finding in columns; then the sum."""
    lines = printed(Wanted(), *CROWD, failing=("lost.test",))
    assert [" ".join(line.split()) for line in lines] == [
        "OK fine.test:443 300.0 days",
        "OK b10.test:443 200.0 days",
        "WARNING b9.test:443 10.0 days expires-soon: the certificate expires in 10.0 days",
        "UNKNOWN lost.test:443 not read connection-refused: nobody listens",
        "CRITICAL soon.test:443 5.0 days expires-soon: the certificate expires in 5.0 days",
        f"CRITICAL gone.test:443 -3.0 days expired: {judged(CROWD[2], ROOT).findings[0].message}",
        "6 targets: 2 ok, 1 warning, 2 critical, 1 unknown",
    ]
    assert len({line.index(" days ") for line in lines if "expire" in line}) == 1


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.days, "lost fine b10 b9 soon gone"),
        (Sort.target, "b9 b10 fine gone lost soon"),
        (Sort.none, "soon fine gone b10 b9 lost"),
    ],
)
def test_other_orders(sort: Sort, order: str) -> None:
    """By days left, by name with numbers as numbers, or as they came."""
    lines = printed(Wanted(sort), *CROWD, failing=("lost.test",))
    assert [host.removesuffix(".test") for host in targets(lines)] == order.split()


def test_more_findings_are_counted() -> None:
    """The first one is named; +1 says that there is another one."""
    other = reading("a.test", 5)._replace(chain=(reading("other.test", 5).end_entity,))
    lines = printed(Wanted(), other, CROWD[1])
    assert re.search(r"name-mismatch \+1: |expires-soon \+1: ", lines[1])


def test_only_problems() -> None:
    """What is ok is counted and not shown."""
    lines = printed(Wanted(only_problems=True), *CROWD)
    assert targets(lines) == ["b9.test", "soon.test", "gone.test"]
    assert lines[-1] == "5 targets: 2 ok, 1 warning, 2 critical"
    assert printed(Wanted(only_problems=True), CROWD[1]) == []


@pytest.mark.parametrize(("verbose", "pages"), [(0, 0), (1, 3), (2, 5)])
@pytest.mark.parametrize("sort", Sort)
def test_in_full(verbose: int, pages: int, sort: Sort) -> None:
    """-v shows pages of what is not ok, -vv of everything, in the same order."""
    lines = printed(Wanted(sort, verbose), *CROWD)
    assert sum(line.startswith("  sha256 ") for line in lines) == pages
    headed = [line for line in lines if not line.startswith(" ")]
    assert targets(headed) == targets(printed(Wanted(sort), *CROWD))


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(verbose=1), Wanted(Sort.days)])
def test_one_target_is_a_page(wanted: Wanted) -> None:
    """As it always was, without a sum."""
    lines = printed(wanted, CROWD[1])
    assert lines[0] == "OK       fine.test:443: 300.0 days left"
    assert lines[1] == "  certificate CN=fine.test"
    assert lines[-1] == ""


def test_unsorted_lines_come_at_once() -> None:
    """A stream of targets that never ends has its lines all the same."""
    report, stream = people(Wanted(Sort.none))
    show(report, CROWD[0])
    assert stream.getvalue().startswith("CRITICAL soon.test:443 ")


def test_sorted_lines_keep_no_reading() -> None:
    """What is kept of a target is its line: a run over a million holds no million chains."""
    import gc

    report, _ = people()
    show(report, *CROWD)
    gc.collect()
    held = [one for one in gc.get_referrers(CROWD[3]) if one is not CROWD and one != globals()]
    assert not [one for one in held if isinstance(one, tuple | list | dict)]


def faces(count: int, host: str = "api.test") -> list[Observation]:
    """One target's faces, the last of them about to end."""
    return [
        reading(host, 5 if number == count else 300, Face(address=f"192.0.2.{number}"))
        for number in range(1, count + 1)
    ]


def summary_of(read: list[Observation]) -> FacesRead:
    """What is known when all of them are read."""
    return FacesRead(read[0].target, NOW, tuple(read), (), ())


def printed_faces(*groups: list[Observation]) -> list[str]:
    """The lines that are printed of targets with several faces."""
    report, stream = people()
    for read in groups:
        show(report, *read)
        together = summary_of(read)
        report.summary(together, summarize(together, Policy()))
    report.finish(interrupted=False)
    return stream.getvalue().splitlines()


def test_a_few_faces_are_pages() -> None:
    """With what they show together at the end."""
    lines = printed_faces(faces(4))
    assert sum(line.startswith("  sha256 ") for line in lines) == 4
    assert "api.test:443: 4 readings compared" in "\n".join(lines)
    assert lines[-1] == "4 readings: 3 ok, 1 critical"


def test_more_faces_are_lines() -> None:
    """A line each, in the order in which they came, and what they show together."""
    lines = printed_faces(faces(6))
    assert [" ".join(line.split())[:38] for line in lines[:5]] == [
        f"OK api.test:443 (192.0.2.{number}) 300.0 days"[:38] for number in range(1, 6)
    ]
    assert lines[5].startswith("CRITICAL api.test:443 (192.0.2.6) ")
    assert " ".join(lines[6].split()) == "OK api.test:443 6 compared"
    assert lines[-1] == "6 readings: 5 ok, 1 critical"


def test_faces_stand_together() -> None:
    """Of several targets the one with the worst face comes last, with all of its faces."""
    lines = printed_faces(faces(2, "bad.test"), [reading("good.test", 90, Face(key_type="rsa"))])
    assert targets(lines) == ["good.test"] * 2 + ["bad.test"] * 3


def test_an_interrupted_run_shows_what_was_read() -> None:
    """Faces whose summary never came included."""
    report, stream = people()
    show(report, *faces(3), CROWD[0])
    report.finish(interrupted=True)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 5
    assert lines[-1] == "interrupted after 4 targets: 2 ok, 2 critical"


def test_a_line_stays_a_line() -> None:
    """What a server or a list of targets brings along breaks none."""
    report, stream = people()
    fail(report, "a\nb\x1b[31m.test")
    fail(report, "c.test")
    report.finish(interrupted=False)
    assert len(stream.getvalue().splitlines()) == 3
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("option", [["--sort", "days"], ["-v"], ["-vv"], ["--only-problems"]])
@pytest.mark.parametrize("output", ["--json", "--nagios"])
def test_programs_take_no_such_options(
    option: list[str], output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are for people; a monitor with them is told so."""
    assert main(["check", output, *option, "a.test"]) == 3
    assert "are for people" in capsys.readouterr().err


def in_terminal(*arguments: str, columns: int = 80) -> str:
    """Everything that the command writes to a terminal."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns)}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", "halfshake", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
        env=environment,
    ) as process:
        os.close(follower)
        written = b""
        while True:
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # the other side has gone
                break
            if not chunk:
                break
            written += chunk
        process.wait(10)
    os.close(leader)
    return written.decode()


ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_in_a_terminal() -> None:
    """Colours, lines cut to its width, a progress line meanwhile, and the cursor back."""
    refused = [f"127.0.0.{number}:{free_port()}" for number in range(1, 6)]
    long = f"https://127.0.0.9:{free_port()}/{'x' * 100}/end"
    written = in_terminal("check", *refused, long)
    assert "\x1b[1;35mUNKNOWN" in written
    assert " read" in written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
    lines = ESCAPES.sub("", written).replace("\r", "\n").split("\n")
    shown = [line for line in lines if line.startswith("UNKNOWN")]
    assert len(shown) == 6
    assert max(map(len, shown)) <= 80
    assert any(re.search(r"https://127.*\.\.\..*x/end  ", line) for line in shown)


def test_nothing_moves_in_a_pipe(tmp_path: Path) -> None:
    """No progress, no colour and no cut where a program reads."""
    (tmp_path / "targets").write_text(f"127.0.0.1:{free_port()}\n" * 5)
    done = subprocess.run(
        [sys.executable, "-m", "halfshake", "check", "--targets", str(tmp_path / "targets")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("nothing listens there\n") == 5
    assert "\x1b" not in done.stdout + done.stderr
    assert done.returncode == 3
