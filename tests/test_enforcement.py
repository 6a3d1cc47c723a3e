"""The second visit to servers that refuse, answer or stay silent in every possible way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

import halfshake
from halfshake.dial import tcp
from halfshake.observation import Enforcement
from halfshake.reading import visit as visiting
from pki import Authority
from servers.scripted_tls import (
    after_handshake,
    closes,
    instead_of_finished,
    resets,
    server_context,
    serving,
    waits,
)

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from halfshake.observation import ClientAuth

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")
CREDENTIAL = ROOT.issue(NAME)

VERSIONS = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


def see(port: int, seconds: float = 5) -> ClientAuth:
    """Both visits; the reading must succeed in time."""
    started = time.monotonic()
    result = halfshake.probe_blocking(
        halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME),
        timeout_seconds=seconds,
        enforcement=True,
    )
    assert time.monotonic() - started < seconds + 1
    assert isinstance(result, halfshake.Observation), result
    return result.client_auth


def answers(*parts: bytes, pause: float = 0) -> Callable[[ssl.SSLSocket], None]:
    """Read the request, answer it in parts, close."""

    def script(client: ssl.SSLSocket) -> None:
        client.recv(4096)
        for part in parts:
            client.sendall(part)
            time.sleep(pause)
        client.unwrap()

    return script


def one_by_one(text: bytes) -> list[bytes]:
    """Each byte of a text."""
    return [text[at : at + 1] for at in range(len(text))]


def upon_request(end: Callable[[socket.socket], None]) -> Callable[[ssl.SSLSocket], None]:
    """Read the request, and end without an answer."""

    def script(client: ssl.SSLSocket) -> None:
        client.recv(4096)
        end(client)

    return script


@VERSIONS
@pytest.mark.parametrize(("end", "fin"), [(closes, True), (resets, False)])
def test_an_end_instead_of_the_last_message(
    end: Callable[[socket.socket], None], version: str, tmp_path: Path, *, fin: bool
) -> None:
    """FIN or RST without an alert, after the server read the empty Certificate: tls-required."""
    context = server_context(CREDENTIAL, CLIENT_CA, version, tmp_path)
    with serving(instead_of_finished(context, end)) as port:
        client_auth = see(port)
    assert client_auth.enforcement == "tls-required"
    assert client_auth.refusal is not None
    assert (client_auth.refusal.fin, client_auth.refusal.rst) == (fin, not fin)
    assert client_auth.refusal.alert is None
    stage = "handshake" if version == "TLSv1.2" else "after-handshake"
    assert client_auth.refusal.stage == stage


@VERSIONS
@pytest.mark.parametrize("end", [closes, resets])
def test_an_end_right_after_the_handshake(
    end: Callable[[socket.socket], None], version: str, tmp_path: Path
) -> None:
    """Some let everybody in, look, and hang up: tls-required."""
    context = server_context(CREDENTIAL, CLIENT_CA, version, tmp_path)
    with serving(after_handshake(context, end)) as port:
        client_auth = see(port)
    assert client_auth.enforcement == "tls-required"
    assert client_auth.refusal is not None
    assert client_auth.refusal.stage == "after-handshake"


@VERSIONS
@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("end", [closes, resets])
def test_an_end_instead_of_an_answer(
    end: Callable[[socket.socket], None], version: str, tmp_path: Path, *, asked: bool
) -> None:
    """After the request: http-enforced; from a server that never asked it is not a refusal."""
    context = server_context(CREDENTIAL, CLIENT_CA if asked else None, version, tmp_path)
    with serving(after_handshake(context, upon_request(end))) as port:
        client_auth = see(port)
    assert client_auth.enforcement == ("http-enforced" if asked else "open")
    assert (client_auth.refusal is not None) == asked
    assert client_auth.refusal is None or client_auth.refusal.stage == "request"


@VERSIONS
@pytest.mark.parametrize("asked", [True, False])
def test_silence_is_no_answer(version: str, tmp_path: Path, *, asked: bool) -> None:
    """A server that waits, in the handshake or after it, is unknown, and never open."""
    context = server_context(CREDENTIAL, CLIENT_CA if asked else None, version, tmp_path)
    for connected in (instead_of_finished(context, waits), after_handshake(context, waits)):
        with serving(connected) as port:
            client_auth = see(port, seconds=1)
        assert client_auth.enforcement == "unknown"
        assert "time ran out" in client_auth.enforcement_reason
        assert client_auth.refusal is None


HTTP = {
    "400": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "http-enforced"),
    "401": (b"HTTP/1.0 401 Unauthorized\r\n\r\n", "http-enforced"),
    "403 without a reason": (b"HTTP/1.1 403\r\n\r\n", "http-enforced"),
    "495": (b"HTTP/1.1 495 SSL Certificate Error\r\n\r\n", "http-enforced"),
    "496": (b"HTTP/1.1 496 SSL Certificate Required\r\n\r\n", "http-enforced"),
    "403 after 100 and 103": (
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            b"HTTP/1.1 403 Forbidden\r\n\r\n"
        ),
        "http-enforced",
    ),
    "200": (b"HTTP/1.1 200 OK\r\n\r\n", "tls-optional"),
    "302": (b"HTTP/1.1 302 Found\nLocation: /\n\n", "tls-optional"),
    "404": (b"HTTP/1.1 404 Not Found\r\n\r\n", "tls-optional"),
    "503": (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "tls-optional"),
    "429": (b"HTTP/1.1 429 Too Many Requests\r\n\r\n", "unknown"),
    "421": (b"HTTP/1.1 421 Misdirected Request\r\n\r\n", "unknown"),
    "not HTTP": (b"-ERR unknown command 'HEAD'\r\n", "unknown"),
    "HTTP/2": (b"\0\0\x12\4\0\0\0\0\0", "unknown"),
    "nonsense": (b"HTTP/1.1 abc\r\n\r\n", "unknown"),
}


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("asked", [True, False])
def test_every_answer(name: str, tmp_path: Path, *, asked: bool) -> None:
    """If the server asked, the status decides; otherwise it is open, whatever the answer."""
    answer, expected = HTTP[name]
    context = server_context(CREDENTIAL, CLIENT_CA if asked else None, "TLSv1.3", tmp_path)
    with serving(after_handshake(context, answers(answer))) as port:
        client_auth = see(port)
    assert client_auth.enforcement == (expected if asked else "open")
    if client_auth.enforcement == "http-enforced":
        line = answer.rstrip().rpartition(b"\n")[2].decode()
        assert client_auth.refusal is not None
        assert client_auth.refusal.http_first_line == line
        assert client_auth.refusal.http_status == int(line.split()[1])


@VERSIONS
def test_a_trickling_answer(version: str, tmp_path: Path) -> None:
    """An answer sent byte by byte is read as long as there is time."""
    context = server_context(CREDENTIAL, CLIENT_CA, version, tmp_path)
    line = b"HTTP/1.1 403 Forbidden\r\n"
    with serving(after_handshake(context, answers(*one_by_one(line), pause=0.01))) as port:
        assert see(port).enforcement == "http-enforced"
    with serving(after_handshake(context, answers(*one_by_one(line), pause=0.3))) as port:
        assert see(port, seconds=1).enforcement == "unknown"


def test_an_endless_answer(tmp_path: Path) -> None:
    """An endless answer is ended by our limit."""

    def endless(client: ssl.SSLSocket) -> None:
        client.recv(4096)
        client.sendall(b"HTTP/1.1 100 Continue\r\n")
        while True:
            client.sendall(b"X" * 16384)

    context = server_context(CREDENTIAL, CLIENT_CA, "TLSv1.3", tmp_path)
    with serving(after_handshake(context, endless)) as port:
        assert see(port).enforcement == "unknown"


@VERSIONS
def test_a_server_that_speaks_first(version: str, tmp_path: Path) -> None:
    """Its protocol is not HTTP, so no request is sent."""
    heard: list[bytes] = []

    def greets(client: ssl.SSLSocket) -> None:
        client.sendall(b"220 mail.halfshake.test ESMTP\r\n")
        heard.append(client.recv(4096))

    context = server_context(CREDENTIAL, CLIENT_CA, version, tmp_path)
    with serving(after_handshake(context, greets)) as port:
        client_auth = see(port)
    assert client_auth.enforcement == "unknown"
    assert "speaks first" in client_auth.enforcement_reason
    assert heard == [b""]


def test_a_server_that_knows_get_only(tmp_path: Path) -> None:
    """If HEAD is not answered in HTTP, GET follows on a separate visit."""
    methods: list[bytes] = []

    def knows_get(client: ssl.SSLSocket) -> None:
        method = client.recv(4096).split()[0]
        methods.append(method)
        client.sendall(b"HTTP/1.0 200 ok\r\n\r\n" if method == b"GET" else b"501 what?\r\n")

    context = server_context(CREDENTIAL, CLIENT_CA, "TLSv1.3", tmp_path)
    with serving(after_handshake(context, knows_get)) as port:
        assert see(port).enforcement == "tls-optional"
    assert methods == [b"HEAD", b"GET"]


def sends_garbage(connection: socket.socket) -> None:
    """Something that no TLS server sends."""
    connection.recv(4096)
    connection.sendall(bytes(range(256)) * 64)


def sends_without_end(connection: socket.socket) -> None:
    """Endless alerts that are only warnings."""
    connection.recv(4096)
    while True:
        connection.sendall(b"\x15\3\3\0\2\1\x70" * 1000)


def alerts(connection: socket.socket) -> None:
    """A fatal alert before the server asked for anything."""
    connection.recv(4096)
    connection.sendall(b"\x15\3\3\0\2\2\x74")


ENDS = [closes, resets, waits, sends_garbage, sends_without_end, alerts]


@pytest.mark.parametrize("end", ENDS)
def test_the_reading_is_never_lost(end: Callable[[socket.socket], None], tmp_path: Path) -> None:
    """Whatever happens in the second visit, the certificate of the first is kept."""
    context = server_context(CREDENTIAL, CLIENT_CA, "TLSv1.3", tmp_path)
    visits: list[None] = []

    def once(connection: socket.socket) -> None:
        visits.append(None)
        if len(visits) == 1:
            after_handshake(context, closes)(connection)
        else:
            end(connection)

    with serving(once) as port:
        client_auth = see(port, seconds=1)
    assert client_auth.requested
    assert client_auth.enforcement is Enforcement.unknown
    assert client_auth.enforcement_reason


def test_no_second_visit_unless_asked_for(tmp_path: Path) -> None:
    """The half handshake is the default: one connection."""
    context = server_context(CREDENTIAL, CLIENT_CA, "TLSv1.3", tmp_path)
    visits: list[None] = []

    def counted(connection: socket.socket) -> None:
        visits.append(None)
        after_handshake(context, closes)(connection)

    with serving(counted) as port:
        target = halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME)
        result = halfshake.probe_blocking(target)
    assert isinstance(result, halfshake.Observation)
    assert result.client_auth.enforcement is None
    assert len(visits) == 1


@pytest.mark.parametrize("path", ["", "private", "/a b", "/a\r\nX: y", "/ä"])
def test_a_path_that_is_none(path: str) -> None:
    """Nothing can be injected into the request."""
    target = halfshake.parse_target("127.0.0.1:1")
    with pytest.raises(halfshake.HalfshakeError, match="is not a valid path"):
        halfshake.probe_blocking(target, enforcement=True, enforcement_path=path)


def after_starttls(
    connected: Callable[[socket.socket], None],
) -> Callable[[socket.socket], None]:
    """A mail server's dialogue before TLS."""

    def dialogue(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.halfshake.test ESMTP\r\n")
        connection.recv(4096)
        connection.sendall(b"250-mail.halfshake.test\r\n250 STARTTLS\r\n")
        connection.recv(4096)
        connection.sendall(b"220 go ahead\r\n")
        connected(connection)

    return dialogue


@VERSIONS
def test_beyond_tls_only_http_is_asked(version: str, tmp_path: Path) -> None:
    """With another protocol, TLS's own answer counts, and what follows it is unknown."""
    asking = server_context(CREDENTIAL, CLIENT_CA, version, tmp_path)
    not_asking = server_context(CREDENTIAL, None, version, tmp_path)
    for connected, expected in (
        (instead_of_finished(asking, closes), "tls-required"),
        (after_handshake(asking, waits), "unknown"),
        (after_handshake(not_asking, waits), "open"),
    ):
        for scheme, served in (("smtp", after_starttls(connected)), ("ldaps", connected)):
            with serving(served) as port:
                target = halfshake.parse_target(f"{scheme}://127.0.0.1:{port}", server_name=NAME)
                result = halfshake.probe_blocking(target, timeout_seconds=5, enforcement=True)
            assert isinstance(result, halfshake.Observation), result
            assert result.client_auth.enforcement == expected
            assert "HEAD" not in result.client_auth.enforcement_reason


def test_it_goes_back_to_the_same_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the name moves to another server in the meantime, the two are not mixed."""
    context = server_context(CREDENTIAL, CLIENT_CA, "TLSv1.3", tmp_path)
    asked: list[str] = []
    resolve = tcp.resolve

    async def turning(host: str, port: int) -> list[tcp.Address]:
        asked.append(host)
        if host == NAME:
            host = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return await resolve(host, port)

    monkeypatch.setattr(visiting, "resolve", turning)
    with serving(instead_of_finished(context, closes)) as port:
        target = halfshake.parse_target(f"{NAME}:{port}")
        result = halfshake.probe_blocking(target, timeout_seconds=5, enforcement=True)
    assert isinstance(result, halfshake.Observation), result
    assert asked == [NAME, "127.0.0.1"]
    assert result.client_auth.enforcement == "tls-required"
