"""Proxies that refuse, hang or lie, and the variables that name proxies."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.dial.proxy import parse_proxy
from halfshake.errors import UsageError
from halfshake.inputs.proxy_settings import proxy_settings
from halfshake.inputs.target_text import parse_target
from servers.blocking import scripted, silence
from test_failures import TIMEOUT_SECONDS

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    """A reading that fails: exit 3, one line of JSON, nothing on stderr."""
    assert main(["check", "--json", "--timeout", str(TIMEOUT_SECONDS), *arguments]) == 3
    captured = capsys.readouterr()
    assert captured.err == ""
    failure: dict[str, str] = json.loads(captured.out)["failure"]
    return failure


def answers(words: bytes) -> Callable[[socket.socket], None]:
    """Take the request, say something, close."""

    def script(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(words)

    return script


def floods(connection: socket.socket) -> None:
    """A header without end."""
    connection.recv(4096)
    while True:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9000)


HTTP = {
    "refuses": (answers(b"HTTP/1.1 403 Forbidden \x1b[31m\r\n\r\n"), "proxy-refused"),
    "wants credentials": (answers(b"HTTP/1.0 407 Who are you\r\n\r\n"), "proxy-auth-required"),
    "closes": (answers(b""), "proxy-failed"),
    "closes in the middle": (answers(b"HTTP/1.1 200 OK\r\nX: y"), "proxy-failed"),
    "is no proxy": (answers(b"SSH-2.0-OpenSSH_9.2\r\n"), "proxy-failed"),
    "is no proxy, in a byte": (answers(b"\x05"), "proxy-failed"),
    "has no end": (floods, "proxy-failed"),
    "hangs": (silence, "deadline-exceeded"),
}
SOCKS5 = {
    "refuses": (answers(b"\x05\x00\x05\x02\x00\x01" + bytes(6)), "proxy-refused"),
    "wants another method": (answers(b"\x05\xff"), "proxy-auth-required"),
    "chooses what was not offered": (answers(b"\x05\x02"), "proxy-auth-required"),
    "closes": (answers(b""), "proxy-failed"),
    "closes in the middle": (answers(b"\x05\x00\x05\x00"), "proxy-failed"),
    "is no proxy": (answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "proxy-failed"),
    "hangs": (silence, "deadline-exceeded"),
}
SOCKS4 = {
    "refuses": (answers(b"\x00\x5b" + bytes(6)), "proxy-refused"),
    "closes": (answers(b""), "proxy-failed"),
    "is no proxy": (answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "proxy-failed"),
    "hangs": (silence, "deadline-exceeded"),
}


@pytest.mark.parametrize(
    ("scheme", "script", "reason"),
    [
        pytest.param(scheme, script, reason, id=f"{scheme}-{name}")
        for scheme, table in (("http", HTTP), ("socks5", SOCKS5), ("socks4a", SOCKS4))
        for name, (script, reason) in table.items()
    ],
)
def test_a_bad_proxy(
    scheme: str,
    script: Callable[[socket.socket], None],
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The proxy is blamed, not the target; its words cannot control the terminal."""
    with scripted(script) as port:
        failure = check(capsys, "--proxy", f"{scheme}://127.0.0.1:{port}", "api.example.com")
    assert (failure["phase"], failure["reason"]) == ("proxy", reason), failure
    assert "\x1b" not in failure["detail"]


def test_a_proxy_that_lies(capsys: pytest.CaptureFixture[str]) -> None:
    """It accepts and then answers itself: that is not the target's TLS."""
    with scripted(answers(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 oops\r\n\r\n")) as port:
        failure = check(capsys, "--proxy", f"http://127.0.0.1:{port}", "api.example.com")
    assert (failure["phase"], failure["reason"]) == ("handshake", "not-tls")


def test_an_answer_in_pieces_with_a_banner_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Split in the status line, and the server's first words in the same packet: none is lost."""

    def script(connection: socket.socket) -> None:
        connection.recv(4096)
        for piece in (b"HTTP/1.1 2", b"00 OK\r\nVia: x\r\n\r", b"\n554 no mail today\r\n"):
            connection.sendall(piece)
        silence(connection)

    with scripted(script) as port:
        failure = check(capsys, "--proxy", f"http://127.0.0.1:{port}", "smtp://mx.example.com")
    assert failure["reason"] == "starttls-refused"
    assert "no mail today" in failure["detail"]


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h", "socks4", "socks4a"])
def test_names_are_resolved_at_the_proxy(scheme: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The request contains a name that this machine does not know."""
    requests: list[bytes] = []

    def script(connection: socket.socket) -> None:
        requests.append(connection.recv(4096))
        if scheme.startswith("socks5"):
            connection.sendall(b"\x05\x00")
            requests.append(connection.recv(4096))

    with scripted(script) as port:
        check(capsys, "--proxy", f"{scheme}://127.0.0.1:{port}", "no-such-host.invalid")
    assert b"no-such-host.invalid" in b"".join(requests)


@pytest.mark.parametrize(
    ("target", "environment", "proxy"),
    [
        ("a.test", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        (
            "https://a.test",
            {"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:1"},
            "http://p:1",
        ),
        ("a.test", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("smtp://a.test", {"HTTPS_PROXY": "http://p:1"}, None),
        ("smtp://a.test", {"ALL_PROXY": "http://p:1", "HTTPS_PROXY": "http://q:1"}, "http://p:1"),
        ("unix:/run/a", {"ALL_PROXY": "http://p:1"}, None),
        ("a.test", {"ALL_PROXY": "http://p:1", "NO_PROXY": "b.test, a.test"}, None),
        ("x.a.test", {"ALL_PROXY": "http://p:1", "no_proxy": ".a.test"}, None),
        ("x.a.test", {"ALL_PROXY": "http://p:1", "no_proxy": "*.a.test"}, None),
        ("xa.test", {"ALL_PROXY": "http://p:1", "NO_PROXY": "a.test"}, "http://p:1"),
        ("a.test:8443", {"ALL_PROXY": "http://p:1", "NO_PROXY": "a.test:443"}, "http://p:1"),
        ("10.1.2.3", {"ALL_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, None),
        ("[fd00::7]", {"ALL_PROXY": "http://p:1", "NO_PROXY": "fd00::/8"}, None),
        ("a.test", {"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
    ],
)
def test_the_environment(target: str, environment: dict[str, str], proxy: str | None) -> None:
    """As curl reads it."""
    assert proxy_settings(None, environment).proxy_for(parse_target(target)) == proxy


def test_the_option_beats_the_environment() -> None:
    """NO_PROXY belongs to the variables."""
    environment = {"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}
    settings = proxy_settings("http://o:1", environment)
    assert settings.proxy_for(parse_target("a.test")) == "http://o:1"


@pytest.mark.parametrize("url", ["ftp://p:1", "http://", "http://p:x", "http://u:geheim@"])
def test_an_url_that_is_none(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence before anything is read, without the password."""
    assert main(["check", "--proxy", url, "a.test"]) == 3
    captured = capsys.readouterr()
    assert "proxy URL" in captured.err
    assert "geheim" not in captured.err


def test_the_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """SOCKS without python-socks names the command that installs it; CONNECT needs nothing."""
    monkeypatch.setitem(sys.modules, "python_socks", None)
    parse_proxy("http://p:1")
    with pytest.raises(UsageError, match=r"pip install 'halfshake\[proxy\]'"):
        parse_proxy("socks5://p:1")
