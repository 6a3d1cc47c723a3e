"""Unix sockets, other addresses than the target's, and addresses of one family."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.cli import main
from pki import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()


@contextlib.contextmanager
def tls_server(listener: socket.socket, directory: Path) -> Iterator[list[Any]]:
    """A TLS server that requires a client certificate; and the clients that it has seen."""
    chain, key = ROOT.issue(NAME).write(directory, "server")
    (directory / "ca.pem").write_bytes(ROOT.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(directory / "ca.pem")
    seen: list[Any] = []

    def serve() -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            seen.append(address)
            connection.settimeout(3)
            with contextlib.suppress(OSError), connection:
                context.wrap_socket(connection, server_side=True)

    thread = threading.Thread(target=serve)
    thread.start()
    yield seen
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def check(
    capsys: pytest.CaptureFixture[str], directory: Path, *arguments: str
) -> tuple[int, dict[str, Any]]:
    """Run `halfshake check --json`; exit code and document."""
    trust = ["--ca-file", str(directory / "ca.pem")]
    code = main(["check", "--json", *trust, *arguments])
    captured = capsys.readouterr()
    assert captured.err == ""
    document: dict[str, Any] = json.loads(captured.out)
    return code, document


def test_a_unix_socket(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Read like any other target; without --server-name the name is neither right nor wrong."""
    path = f"{tmp_path}/api.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    with tls_server(listener, tmp_path):
        code, document = check(capsys, tmp_path, "--server-name", NAME, f"unix:{path}")
        assert code == 0, document
        assert document["address"] == f"unix:{path}"
        assert document["verdict"]["name_matches"] is True
        assert "host" not in document
        assert "port" not in document
        code, document = check(capsys, tmp_path, f"unix:{path}")
        assert code == 0, document
        assert "name_matches" not in document["verdict"]
        assert main(["check", "--ca-file", str(tmp_path / "ca.pem"), f"unix:{path}"]) == 0
        assert "no name to check" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nowhere/api.sock", "connect-failed"),
        ("", "target-invalid"),
        ("/x" * 80, "target-invalid"),
    ],
)
def test_a_socket_that_is_not_there(
    path: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence that names the path."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    code, document = check(capsys, tmp_path, f"unix:{path}")
    assert code == 3
    assert document["failure"]["reason"] == reason
    assert path in document["failure"]["detail"]


def test_another_address_for_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--connect asks this node for that name, which need not resolve."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    with tls_server(listener, tmp_path):
        code, document = check(capsys, tmp_path, "--connect", address, NAME)
    assert code == 0, document
    assert (document["host"], document["port"], document["address"]) == (NAME, 443, address)
    assert document["sni"] == NAME


def test_from_another_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The server sees --source as the address; if it is not ours, that is the given reason."""
    listener = socket.create_server(("127.0.0.1", 0))
    target = f"127.0.0.1:{listener.getsockname()[1]}"
    with tls_server(listener, tmp_path) as seen:
        arguments = ["--server-name", NAME, "--source"]
        assert check(capsys, tmp_path, *arguments, "127.0.0.9", target)[0] == 0
        assert seen[0][0] == "127.0.0.9"
        code, document = check(capsys, tmp_path, *arguments, "192.0.2.1", target)
    assert code == 3
    assert document["failure"]["phase"] == "connect"


def test_one_family(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-4 and -6 use only one family, and say so if the host has no such address."""
    listener = socket.create_server(("127.0.0.1", 0))
    target = f"127.0.0.1:{listener.getsockname()[1]}"
    with tls_server(listener, tmp_path):
        assert check(capsys, tmp_path, "-4", "--server-name", NAME, target)[0] == 0
        code, document = check(capsys, tmp_path, "-6", target)
    assert code == 3
    assert document["failure"]["reason"] == "name-not-found"
    assert "no IPv6 address" in document["failure"]["detail"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--connect", "192.0.2.7"], "write ADDR:PORT"),
        (["--connect", "a b:1"], "--connect"),
        (["--source", "eth0"], "must be an address"),
        (["--source", "127.0.0.1", "-6"], "contradict"),
        (["--proxy", "http://p:1", "-4"], "only work without --proxy"),
        (["--starttls", "gopher"], "use one of smtp"),
    ],
)
def test_options_that_make_no_sense(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 3 and a sentence, before anything is read."""
    assert main(["check", *arguments, "a.test"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert sentence in captured.err


def test_a_password_in_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    """It appears nowhere."""
    assert main(["check", "--json", "postgres://me:geheim@127.0.0.1:1/db"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["target"] == "postgres://me:***@127.0.0.1:1/db"
