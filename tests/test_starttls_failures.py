"""Servers that never begin TLS: the phase, the reason and the words, in time, exit 3."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.starttls.dialogues import DIALOGUES
from servers.blocking import banner, scripted, silence
from starttls.transcripts import AGREES, ENDLESS, OFFERS_NONE, REFUSES
from test_failures import check

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

PROTOCOLS = sorted(DIALOGUES)


def closes_after(words: bytes) -> Callable[[socket.socket], None]:
    """Send something, take a request, and close: Datadog's own tls check loops forever on this."""

    def script(connection: socket.socket) -> None:
        connection.sendall(words)
        connection.settimeout(0.2)
        connection.recv(4096 if words else 0)

    return script


def floods(beginning: bytes, more: bytes) -> Callable[[socket.socket], None]:
    """Send without end."""

    def script(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(more * 1000)

    return script


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_silence(protocol: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The deadline covers the dialogue, and the failure names the dialogue."""
    with scripted(silence) as port:
        failure = check(f"{protocol}://127.0.0.1:{port}", capsys)
    assert (failure["phase"], failure["reason"]) == ("starttls", "deadline-exceeded")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_plain_close_after_the_request(protocol: str, capsys: pytest.CaptureFixture[str]) -> None:
    """At once, before anything was said and in the middle: closed, without waiting or looping."""
    for words in (b"", AGREES[protocol][:-1]):
        started, cpu = time.monotonic(), time.process_time()
        with scripted(closes_after(words)) as port:
            failure = check(f"{protocol}://127.0.0.1:{port}", capsys)
        assert (failure["phase"], failure["reason"]) == ("starttls", "starttls-closed")
        assert time.monotonic() - started < 0.9
        assert time.process_time() - cpu < 0.9


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_without_end(protocol: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An endless answer ends in an error of ours."""
    with scripted(floods(*ENDLESS[protocol])) as port:
        failure = check(f"{protocol}://127.0.0.1:{port}", capsys)
    assert failure["phase"] == "starttls"
    assert str(failure["reason"]).startswith("starttls-")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_refused_and_not_offered(protocol: str, capsys: pytest.CaptureFixture[str]) -> None:
    """These need different actions."""
    for table, reason in ((REFUSES, "starttls-refused"), (OFFERS_NONE, "starttls-not-offered")):
        for words in table.get(protocol, ()):
            with scripted(banner(words)) as port:
                failure = check(f"{protocol}://127.0.0.1:{port}", capsys)
            assert (failure["phase"], failure["reason"]) == ("starttls", reason)
            assert "\x1b" not in str(failure["detail"])


@pytest.mark.parametrize("pause", [0.0, 0.3])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_smuggled_bytes(protocol: str, pause: float, capsys: pytest.CaptureFixture[str]) -> None:
    """With the agreement or a moment after it: found in both cases."""

    def script(connection: socket.socket) -> None:
        connection.sendall(AGREES[protocol])
        time.sleep(pause)
        connection.sendall(b"250 smuggled\r\n")
        silence(connection)

    with scripted(script) as port:
        failure = check(f"{protocol}://127.0.0.1:{port}", capsys)
    assert (failure["phase"], failure["reason"]) == ("starttls", "starttls-injection")


def test_a_drip(capsys: pytest.CaptureFixture[str]) -> None:
    """Occasional bytes do not extend the deadline."""

    def script(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"2")
            time.sleep(0.05)

    with scripted(script) as port:
        failure = check(f"smtp://127.0.0.1:{port}", capsys)
    assert (failure["phase"], failure["reason"]) == ("starttls", "deadline-exceeded")


def test_the_option_beside_the_scheme(capsys: pytest.CaptureFixture[str]) -> None:
    """`--starttls` means the same as a scheme; if they contradict, an error says so."""
    with scripted(banner(b"554 go away\r\n")) as port:
        assert main(["check", "--starttls", "smtp", f"127.0.0.1:{port}"]) == 3
    assert "starttls-refused" in capsys.readouterr().out
    for arguments, sentence in (
        (["--starttls", "smtp", "https://a.test"], "cannot be combined with --starttls"),
        (["--starttls", "gopher", "a.test"], "use one of smtp"),
        (["gopher://a.test"], "the scheme gopher:// is not known"),
    ):
        assert main(["check", *arguments]) == 3
        captured = capsys.readouterr()
        assert sentence in captured.out + captured.err
