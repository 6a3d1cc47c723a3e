"""`halfshake check --dogstatsd`: what arrives at a real UDP and a real unix datagram listener."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from halfshake.cli import main
from pki import Authority
from servers import Settings, free_port
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()
DD_VARIABLES = (
    "DD_AGENT_HOST",
    "DD_DOGSTATSD_PORT",
    "DD_DOGSTATSD_URL",
    "DD_ENV",
    "DD_SERVICE",
    "DD_TAGS",
    "DD_VERSION",
)


class Line(NamedTuple):
    """One datagram line, as DogStatsD reads it: a metric or a service check."""

    name: str
    value: str
    kind: str
    tags: frozenset[str]
    message: str = ""


def parse(line: str) -> Line:
    """Parse the DogStatsD protocol, v1.3; anything else fails the test."""
    if line.startswith("_sc|"):
        _, name, status, *fields = line.split("|")
        tags = next((field[1:] for field in fields if field.startswith("#")), "")
        message = next((field[2:] for field in fields if field.startswith("m:")), "")
        return Line(name, status, "sc", frozenset(tags.split(",")), message)
    match = re.fullmatch(r"([\w.]+):(-?[\d.e+-]+)\|(g|c)\|#([^|]*)(\|[a-z]+:[^|]*)*", line)
    assert match is not None, line
    return Line(match[1], match[2], match[3], frozenset(match[4].split(",")))


class Listener:
    """The receiving part of an Agent's DogStatsD."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        bound.settimeout(0.5)

    def lines(self) -> dict[str, Line]:
        """Take everything that has arrived, by name; no name may come twice."""
        lines: list[Line] = []
        with contextlib.suppress(TimeoutError):
            while True:
                lines += map(parse, self._socket.recv(65536).decode().splitlines())
        named = {f"{line.kind} {line.name}": line for line in lines}
        assert len(named) == len(lines)
        return named


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DD_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def udp() -> Iterator[tuple[Listener, int]]:
    """A listener on UDP, and its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        yield Listener(bound), bound.getsockname()[1]


@pytest.fixture
def unix(tmp_path: Path) -> Iterator[tuple[Listener, Path]]:
    """A listener on a unix datagram socket, and its path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        path = tmp_path / "dsd.socket"
        bound.bind(str(path))
        yield Listener(bound), path


@pytest.mark.interop
def test_a_reading_over_udp(
    udp: tuple[Listener, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The check's metrics and service checks, its tags, and those of the environment."""
    listener, port = udp
    monkeypatch.setenv("DD_ENV", "staging")
    monkeypatch.setenv("DD_SERVICE", "payments")
    monkeypatch.setenv("DD_TAGS", "team:a, region:eu")
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    settings = Settings(ROOT.issue(NAME, days=(-30, 5)), Authority.root("Client CA").pem)
    with NGINX.running(settings, tmp_path / "server") as running:
        arguments = ["check", "--server-name", NAME, "--ca-file", str(tmp_path / "ca.pem")]
        arguments += ["--dogstatsd", f"udp://127.0.0.1:{port}", f"127.0.0.1:{running.port}"]
        assert main(arguments) == 2
    assert "CRITICAL" in capsys.readouterr().out
    lines = listener.lines()
    tags = {
        "env:staging",
        "service:payments",
        "team:a",
        "region:eu",
        "server:127.0.0.1",
        f"server_hostname:{NAME}",
        f"port:{running.port}",
    }
    assert all(line.tags == tags for line in lines.values()), lines
    assert 4.9 < float(lines["g halfshake.days_left"].value) < 5
    for name in ("cert_read", "trusted", "name_matches", "client_auth_requested", "can_connect"):
        assert float(lines[f"g halfshake.{name}"].value) == 1
    assert float(lines["g halfshake.status"].value) == 2
    assert lines["sc halfshake.can_connect"].value == "0"
    expiration = lines["sc halfshake.cert_expiration"]
    assert expiration.value == "2"
    assert "expires in 5.0 days [expires-soon]" in expiration.message


def test_a_failure_over_a_unix_socket(
    unix: tuple[Listener, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Unread values are not sent; the printed result is the same as always."""
    listener, path = unix
    assert main(["check", "--json", "--dogstatsd", f"unix://{path}", "127.0.0.1:1"]) == 3
    assert '"outcome":"failed"' in capsys.readouterr().out
    lines = listener.lines()
    assert set(lines) == {
        "g halfshake.can_connect",
        "g halfshake.cert_read",
        "g halfshake.status",
        "sc halfshake.can_connect",
    }
    assert lines["sc halfshake.can_connect"].value == "2"


def test_many_targets_are_all_sent(unix: tuple[Listener, Path], tmp_path: Path) -> None:
    """More than one datagram can hold: it sends several."""
    listener, path = unix
    listed = tmp_path / "targets.txt"
    port = free_port()
    listed.write_text("".join(f"127.0.0.{number}:{port}\n" for number in range(1, 6)))
    arguments = ["--dogstatsd", f"unix://{path}", "--targets", str(listed)]
    done = subprocess.run(
        [sys.executable, "-m", "halfshake", "check", "--json", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 3
    received = b""
    with contextlib.suppress(TimeoutError):
        while True:
            received += listener._socket.recv(65536)
    assert received.count(b"halfshake.cert_read:0") == 5


@pytest.mark.parametrize("by_url", [True, False])
def test_the_address_from_the_environment(
    udp: tuple[Listener, int], monkeypatch: pytest.MonkeyPatch, *, by_url: bool
) -> None:
    """DD_DOGSTATSD_URL, or DD_AGENT_HOST and DD_DOGSTATSD_PORT."""
    listener, port = udp
    if by_url:
        monkeypatch.setenv("DD_DOGSTATSD_URL", f"udp://127.0.0.1:{port}")
        monkeypatch.setenv("DD_AGENT_HOST", "not.used.invalid")
    else:
        monkeypatch.setenv("DD_AGENT_HOST", "127.0.0.1")
        monkeypatch.setenv("DD_DOGSTATSD_PORT", str(port))
    assert main(["check", "127.0.0.1:1", "--dogstatsd"]) == 3
    assert "g halfshake.cert_read" in listener.lines()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("api.example.com", "put --dogstatsd after the targets"),
        ("http://127.0.0.1:8125", "write udp://127.0.0.1:8125 or unix:///var/run"),
        ("udp://127.0.0.1:99999", "is not a DogStatsD address"),
        ("unix:///no/such.socket", "cannot send to /no/such.socket: No such file"),
    ],
)
def test_an_address_that_will_not_do(
    address: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, exit 3, nothing read."""
    assert main(["check", "127.0.0.1:1", "--dogstatsd", address]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert sentence in captured.err


def test_without_the_library(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence contains the command that installs it."""
    monkeypatch.setitem(sys.modules, "datadog.dogstatsd.base", None)
    assert main(["check", "127.0.0.1:1", "--dogstatsd"]) == 3
    assert "pip install 'halfshake[datadog]'" in capsys.readouterr().err


def test_the_library_is_loaded_only_when_asked_for() -> None:
    """Nagios starts us every minute."""
    script = (
        "import sys\nfrom halfshake.cli import main\nmain(['check', '--json', '127.0.0.1:1'])\n"
        "sys.exit(any(name.split('.')[0] == 'datadog' for name in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
