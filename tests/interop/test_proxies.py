"""Through real proxies to a real server, with credentials and without; and the PROXY header."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from halfshake.cli import main
from pki import Authority
from servers import Settings, free_port
from servers.catalogue import HAPROXY, NGINX
from servers.proxies import (
    DANTED,
    MICROSOCKS,
    NAME_KNOWN_TO_THE_PROXY,
    PASSWORD,
    SQUID,
    TINYPROXY,
    USER,
)
from servers.starttls_catalogue import STARTTLS_SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Server

NAME = "api.halfshake.test"
ROOT = Authority.root()
SETTINGS = Settings(ROOT.issue(NAME), Authority.root("Client CA").pem)
OPEN = replace(SETTINGS, client_auth=False)
CREDENTIALS = f"{USER}:{quote(PASSWORD)}@"

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """An API that requires a client certificate."""
    with NGINX.running(SETTINGS, tmp_path_factory.mktemp("api")) as running:
        yield running.port


def check(capsys: pytest.CaptureFixture[str], directory: Path, *arguments: str) -> dict[str, Any]:
    """Run `halfshake check --json`; the document."""
    ca_file = directory / "root.pem"
    ca_file.write_bytes(ROOT.pem)
    trust = ["--ca-file", str(ca_file), "--server-name", NAME]
    main(["check", "--json", "--timeout", "5", *trust, *arguments])
    captured = capsys.readouterr()
    assert captured.err == ""
    document: dict[str, Any] = json.loads(captured.out)
    return document


def assert_read(document: dict[str, Any]) -> None:
    """The certificate, and how long the proxy took."""
    assert document["outcome"] == "read", document
    assert document["verdict"]["status"] == "ok"
    assert document["client_auth"]["requested"] is True
    assert document["timings_ms"]["proxy"] > 0
    assert PASSWORD not in json.dumps(document)
    assert "connect" not in document["timings_ms"]


@pytest.mark.parametrize(
    ("server", "scheme"),
    [
        (SQUID, "http"),
        (TINYPROXY, "http"),
        (MICROSOCKS, "socks5"),
        (DANTED, "socks5"),
        (DANTED, "socks4a"),
        (DANTED, "socks4"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_an_open_proxy(
    server: Server, scheme: str, port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By address and by name, which the proxy resolves; and where nothing listens behind it."""
    with server.running(OPEN, tmp_path / "proxy") as running:
        proxy = f"{scheme}://127.0.0.1:{running.port}"
        # danted takes the first address of localhost, ::1, and SOCKS4 has no room for it.
        for host in ("127.0.0.1",) if "socks4" in scheme else ("127.0.0.1", "localhost"):
            document = check(capsys, tmp_path, "--proxy", proxy, f"{host}:{port}")
            assert_read(document)
            assert document["address"] == f"{host}:{port} through {proxy}"
        failed = check(capsys, tmp_path, "--proxy", proxy, f"127.0.0.1:{free_port()}")
    assert failed["failure"]["phase"] == "proxy"
    assert failed["failure"]["reason"] == "proxy-refused"


@pytest.mark.parametrize(
    ("server", "right"),
    [
        (SQUID, f"http://{CREDENTIALS}"),
        (TINYPROXY, f"http://{USER}:secret@"),
        (MICROSOCKS, f"socks5://{CREDENTIALS}"),
    ],
    ids=["squid", "tinyproxy", "microsocks"],
)
def test_a_proxy_that_wants_credentials(
    server: Server, right: str, port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the right credentials, with none and with wrong ones."""
    with server.running(SETTINGS, tmp_path / "proxy") as running:
        address = f"127.0.0.1:{running.port}"
        target = f"127.0.0.1:{port}"
        assert_read(check(capsys, tmp_path, "--proxy", right + address, target))
        scheme = right.partition("://")[0]
        for wrong in ("", f"{USER}:wrong@"):
            document = check(capsys, tmp_path, "--proxy", f"{scheme}://{wrong}{address}", target)
            assert document["failure"]["phase"] == "proxy"
            assert document["failure"]["reason"] == "proxy-auth-required", document


def test_the_proxy_resolves_names(
    port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A host that only squid's own hosts file knows."""
    with SQUID.running(OPEN, tmp_path / "proxy") as running:
        proxy = f"http://127.0.0.1:{running.port}"
        target = f"{NAME_KNOWN_TO_THE_PROXY}:{port}"
        assert_read(check(capsys, tmp_path, "--proxy", proxy, target))
        unknown = check(capsys, tmp_path, "--proxy", proxy, f"no-such-host.invalid:{port}")
    assert unknown["failure"]["reason"] == "proxy-refused"


def test_a_proxy_over_tls(
    port: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CONNECT inside TLS; the proxy's certificate must be trusted like any other."""
    settings = replace(
        SETTINGS, versions=("TLSv1.3",), credential=ROOT.issue("localhost", "127.0.0.1")
    )
    with SQUID.running(settings, tmp_path / "proxy") as running:
        proxy = f"https://{CREDENTIALS}127.0.0.1:{running.port}"
        untrusted = check(capsys, tmp_path, "--proxy", proxy, f"127.0.0.1:{port}")
        assert untrusted["failure"]["reason"] == "proxy-unreachable"
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
        assert_read(check(capsys, tmp_path, "--proxy", proxy, f"127.0.0.1:{port}"))


def test_starttls_through_a_proxy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that speaks first, behind CONNECT and behind SOCKS."""
    postfix = next(peer for peer in STARTTLS_SERVERS if peer.scheme == "smtp").server
    with (
        postfix.running(SETTINGS, tmp_path / "postfix") as mail,
        TINYPROXY.running(OPEN, tmp_path / "tinyproxy") as http,
        MICROSOCKS.running(OPEN, tmp_path / "microsocks") as socks,
    ):
        for proxy in (f"http://127.0.0.1:{http.port}", f"socks5://127.0.0.1:{socks.port}"):
            document = check(capsys, tmp_path, "--proxy", proxy, f"smtp://127.0.0.1:{mail.port}")
            assert_read(document)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_server_that_expects_the_proxy_protocol(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """HAProxy's accept-proxy: read with the header, and not without."""
    prepare = HAPROXY.prepare

    def accepting(settings: Settings, directory: Path, port: int) -> list[str]:
        command = prepare(settings, directory, port)
        configuration = directory / "haproxy.cfg"
        configuration.write_text(
            configuration.read_text().replace(" ssl crt", " accept-proxy ssl crt")
        )
        return command

    with replace(HAPROXY, prepare=accepting).running(SETTINGS, tmp_path / "haproxy") as running:
        target = f"127.0.0.1:{running.port}"
        assert check(capsys, tmp_path, "--send-proxy", version, target)["outcome"] == "read"
        assert check(capsys, tmp_path, target)["outcome"] == "failed"
