"""`check --enforcement` and `--expect-client-auth` as commands, and saved readings judged again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from pki import Authority
from servers.scripted_tls import (
    after_handshake,
    instead_of_finished,
    resets,
    server_context,
    serving,
    waits,
)
from test_enforcement import answers

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")

FORBIDDEN = answers(b"HTTP/1.1 403 Forbidden\r\n\r\n")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run a command that trusts the root; exit code and standard output."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)

    def running(command: str, *arguments: str) -> tuple[int, str]:
        names = ["--ca-file", str(tmp_path / "ca.pem"), "--server-name", NAME]
        code = main([command, *names, *arguments])
        captured = capsys.readouterr()
        assert captured.err == ""
        return code, captured.out

    return running


@pytest.mark.parametrize(
    ("arguments", "visits"),
    [
        ([], 1),
        (["--expect-client-auth", "requested"], 1),
        (["--enforcement"], 2),
        (["--enforcement-path", "/private"], 2),
        (["--expect-client-auth", "tls-required"], 2),
        (["--expect-client-auth", "http-enforced"], 2),
        (["--expect-client-auth", "none"], 2),
    ],
)
def test_no_more_visits_than_needed(
    arguments: list[str],
    visits: int,
    tmp_path: Path,
    run: Callable[..., tuple[int, str]],
) -> None:
    """One for what the half handshake sees, two for the rest."""
    context = server_context(ROOT.issue(NAME), CLIENT_CA, "TLSv1.3", tmp_path)
    counted: list[None] = []

    def connected(connection: socket.socket) -> None:
        counted.append(None)
        after_handshake(context, FORBIDDEN)(connection)

    with serving(connected) as port:
        run("check", *arguments, f"127.0.0.1:{port}")
    assert len(counted) == visits


def test_the_page_and_the_status_line(tmp_path: Path, run: Callable[..., tuple[int, str]]) -> None:
    """How a client without a certificate is treated, and the evidence."""
    context = server_context(ROOT.issue(NAME), CLIENT_CA, "TLSv1.2", tmp_path)
    with serving(after_handshake(context, FORBIDDEN)) as port:
        code, page = run("check", "--enforcement", f"127.0.0.1:{port}")
        _, status = run("check", "--nagios", "--enforcement", f"127.0.0.1:{port}")
    assert code == 0
    (line,) = (line for line in page.splitlines() if line.startswith("  enforcement "))
    assert "http-enforced" in line
    assert "HTTP/1.1 403 Forbidden" in line
    assert "asks for a client certificate (http-enforced)" in status


def test_a_server_may_not_drive_the_terminal(
    tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    """A status line is text from the server."""
    context = server_context(ROOT.issue(NAME), CLIENT_CA, "TLSv1.3", tmp_path)
    hostile = answers(b"HTTP/1.1 403 \x1b[2J|'x'=1\x9b\r\n\r\n")
    with serving(after_handshake(context, hostile)) as port:
        for output in ([], ["--json"], ["--nagios", "--expect-client-auth", "tls-required"]):
            _, text = run("check", "--enforcement", *output, f"127.0.0.1:{port}")
            assert "\x1b" not in text
            assert "\x9b" not in text


def test_what_cannot_be_seen_is_said(tmp_path: Path, run: Callable[..., tuple[int, str]]) -> None:
    """A server that does not ask in the handshake may ask for a path."""
    context = server_context(ROOT.issue(NAME), None, "TLSv1.3", tmp_path)
    with serving(after_handshake(context, FORBIDDEN)) as port:
        _, page = run("check", f"127.0.0.1:{port}")
    assert "it may do so for some paths, or on another port" in page


@pytest.mark.parametrize("expected", ["tls-required", "http-enforced", "requested", "none"])
def test_saved_readings_say_the_same(
    expected: str, tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    """A refusal by RST, one by HTTP, and none at all: saved, loaded, judged as live."""
    asking = server_context(ROOT.issue(NAME), CLIENT_CA, "TLSv1.3", tmp_path)
    servers = [
        instead_of_finished(asking, resets),
        after_handshake(asking, FORBIDDEN),
        after_handshake(asking, answers(b"HTTP/1.1 200 OK\r\n\r\n")),
        instead_of_finished(asking, waits),
    ]
    expecting = ["--expect-client-auth", expected, "--json", "--with-der"]
    saved = tmp_path / "saved.jsonl"
    for connected in servers:
        with serving(connected) as port:
            live_code, live = run(
                "check", "--enforcement", "--timeout", "2", *expecting, f"127.0.0.1:{port}"
            )
        saved.write_text(live)
        code, again = run("judge", *expecting, str(saved))
        assert code == live_code
        before, after = json.loads(live), json.loads(again)
        assert after["client_auth"] == before["client_auth"]
        assert after["timings_ms"] == before["timings_ms"]
        assert after["verdict"]["findings"] == before["verdict"]["findings"]


def test_a_saved_reading_without_a_second_visit(
    tmp_path: Path, run: Callable[..., tuple[int, str]]
) -> None:
    """Without a second visit it is not known: a warning says how to find out."""
    context = server_context(ROOT.issue(NAME), CLIENT_CA, "TLSv1.3", tmp_path)
    saved = tmp_path / "saved.jsonl"
    with serving(after_handshake(context, FORBIDDEN)) as port:
        _, live = run("check", "--json", "--with-der", f"127.0.0.1:{port}")
    assert "enforcement" not in json.loads(live)["client_auth"]
    saved.write_text(live)
    code, page = run("judge", "--expect-client-auth", "tls-required", str(saved))
    assert code == 1
    assert "there was no second visit" in page
    assert "--enforcement" in page


@pytest.mark.parametrize(
    "arguments",
    [
        ["--expect-client-auth", "yes"],
        ["--enforcement-path", "private"],
        ["--enforcement-path", ""],
        ["--enforcement-path", "/a b"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 3 and a sentence, before anything is read."""
    try:
        code = main(["check", *arguments, "127.0.0.1:1"])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
