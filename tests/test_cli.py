"""The command line: wrong usage, trust stores, thresholds, the demonstration."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.commands.command_line import COMMANDS
from halfshake.errors import TrustStoreInvalid, UsageError
from halfshake.inputs.judging_text import parse_threshold
from halfshake.inputs.trust_stores import load_trust_store
from halfshake.trust.policy import LifetimeRatio, Policy
from pki import Authority

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "arguments", [["check"], ["check", "--timeout", "0", "a"], ["check", "-w", "soon", "a"], ["x"]]
)
def test_wrong_usage_is_unknown_not_critical(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nagios reads 2 as CRITICAL; a typo must be 3."""
    try:
        code = main(arguments)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 3
    assert "Traceback" not in capsys.readouterr().err


def test_wrong_usage_is_told_in_words_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may go to a log: no colours, whatever is done about standard output; one suggestion."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    with pytest.raises(SystemExit):
        main(["chekc"])
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert said.endswith("; did you mean check?\n")
    assert said.count("check") == len(["among the choices", "suggested"])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        (b"", "holds no certificate"),
        (b"not PEM at all", "holds no certificate"),
        (b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----", "certificate 1 is broken"),
        (
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
            "certificate 1 is broken",
        ),
    ],
)
def test_a_bad_ca_file(
    content: bytes | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence that names the file, exit 3, nothing read."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    assert main(["check", "--ca-file", str(path), "127.0.0.1:1"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(path) in captured.err
    assert sentence in captured.err


def test_several_stores_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, directories and the system's store, which SSL_CERT_FILE names."""
    roots = [Authority.root(f"Root {number}") for number in range(3)]
    (tmp_path / "one.pem").write_bytes(roots[0].pem)
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "two.crt").write_bytes(roots[1].pem)
    (tmp_path / "dir" / "notes.txt").write_text("no certificate")
    (tmp_path / "system.pem").write_bytes(roots[2].pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
    assert len(load_trust_store().anchors) == 1
    store = load_trust_store([str(tmp_path / "one.pem")], [str(tmp_path / "dir")], system=True)
    assert len(store.anchors) == 3


def test_the_systems_store_is_taken_apart_when_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the start, but a file that is missing is an error then."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    file = tmp_path / "ca-certificates.crt"
    paths = ssl.get_default_verify_paths()._replace(cafile=str(file))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    with pytest.raises(TrustStoreInvalid, match="cannot be read"):
        load_trust_store()
    file.write_bytes(Authority.root().pem)
    store = load_trust_store()
    assert "anchors" not in vars(store)
    assert store.name == "the system's trust store"
    assert len(store.anchors) == 1
    assert "anchors" in vars(store)


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("14", timedelta(days=14)),
        ("0", timedelta(0)),
        ("36h", timedelta(hours=36)),
        ("90s", timedelta(seconds=90)),
        ("33%", LifetimeRatio(0.33)),
    ],
)
def test_thresholds(text: str, threshold: timedelta | LifetimeRatio) -> None:
    """Days by default; 0 means 0."""
    assert parse_threshold(text) == threshold


def test_a_threshold_that_is_none() -> None:
    """The sentence says what to write."""
    with pytest.raises(UsageError, match="write 14d"):
        parse_threshold("soon")


@pytest.mark.parametrize(
    ("lifetime", "warning", "critical"), [(6, 2, 1), (47, 14, 7), (90, 14, 7), (30, 10, 5)]
)
def test_default_thresholds_fit_short_lifetimes(lifetime: int, warning: int, critical: int) -> None:
    """min(14 days, a third) and min(7 days, a sixth)."""
    policy = Policy()
    assert policy.warning_left(timedelta(days=lifetime)) == timedelta(days=warning)
    assert policy.critical_left(timedelta(days=lifetime)) == timedelta(days=critical)


def test_the_demo_ends_by_itself() -> None:
    """As a process of its own: exit 0, the failure first, then both readings."""
    demo = subprocess.run(
        [sys.executable, "-W", "error", "-m", "halfshake", "demo"],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    assert demo.stderr == ""
    failure, reading = demo.stdout.split("2. What Halfshake reads")
    assert failure.count("no certificate, no date") == 2
    assert reading.count("we sent no certificate, as intended") == 2
    assert "5.0 days left" in reading


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give a command, such as: halfshake check api.example.com"),
        (["chek", "a"], "did you mean check?"),
        (["frobnicate"], "see halfshake --help"),
        (
            ["check", "--ca-fle", "x", "a"],
            "unrecognized arguments: --ca-fle; did you mean --ca-file?",
        ),
        (["scan", "--frobnicate", "a"], "see halfshake scan --help"),
        (["check", "--sort", "w", "a"], "must be one of worst, days, target, none, not 'w'"),
    ],
)
def test_what_was_probably_meant(
    arguments: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A slip of the finger is met with the command or the option that exists."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 3
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_every_help_text_fits_every_terminal(command: str) -> None:
    """Also one that shows only ASCII, as a service or Windows may have it."""
    run = subprocess.run(
        [sys.executable, "-m", "halfshake", *filter(None, [command]), "--help"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "usage: halfshake" in run.stdout
