"""The clients' side of a real server: its CAs by name, and whether a partner would be let in."""

from __future__ import annotations

import json
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from halfshake.cli import main
from halfshake.inputs import public_cas
from pki import Authority, Credential
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Running

NAME = "api.halfshake.test"
ROOT = Authority.root()
PARTNER_CA = Authority.root("Partner CA")
OLD_CA = Authority.root("Old CA", days=(-400, 5))
PUBLIC_CA = Authority.root("Web Root R1,O=Public Web Trust")
PARTNER = PARTNER_CA.issue("partner.example")
STRANGER = Authority.root("Stranger").issue("stranger.example")

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", params=["TLSv1.2", "TLSv1.3"])
def nginx(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """It accepts three CAs."""
    accepted = PARTNER_CA.pem + OLD_CA.pem + PUBLIC_CA.pem
    settings = Settings(ROOT.issue(NAME), accepted, (request.param,))
    with NGINX.running(settings, tmp_path_factory.mktemp("client-side") / "nginx") as running:
        yield running


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with the files that the command lines name."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    (tmp_path / "clients.pem").write_bytes(PARTNER_CA.pem + OLD_CA.pem)
    (tmp_path / "partner.pem").write_bytes(PARTNER.chain_pem)
    (tmp_path / "stranger.pem").write_bytes(STRANGER.chain_pem)
    return tmp_path


def check(
    port: int, files: Path, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict[str, Any]]:
    """Exit code and document."""
    start = ["check", "--json", "--ca-file", str(files / "ca.pem"), "--server-name", NAME]
    code = main([*start, *arguments, f"127.0.0.1:{port}"])
    return code, json.loads(capsys.readouterr().out)


def codes(document: dict[str, Any]) -> list[str]:
    """The findings' codes."""
    return [finding["code"] for finding in document["verdict"]["findings"]]


def test_its_cas_and_their_dates(
    nginx: Running, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named, counted, matched; the one that is about to expire is a warning."""
    option = ("--client-ca-file", str(files / "clients.pem"))
    code, document = check(nginx.port, files, capsys, *option)
    assert code == 1
    assert codes(document) == ["client-ca-expires-soon", "client-ca-unknown"]
    assert document["client_auth"]["acceptable_cas"][:2] == ["CN=Partner CA", "CN=Old CA"]
    assert document["client_auth"]["acceptable_cas_bytes"] > 50
    dated = {ca["name"]: "not_after" in ca for ca in document["verdict"]["acceptable_cas"]}
    assert list(dated.values()) == [True, True, False]
    plain = ["check", "--ca-file", str(files / "ca.pem"), "--server-name", NAME, *option]
    main([*plain, f"127.0.0.1:{nginx.port}"])
    page = capsys.readouterr().out
    assert "client CAs  CN=Partner CA (until 20" in page


def test_a_public_ca_is_a_finding(
    nginx: Running,
    files: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is in the system's store, and was not added there by an administrator."""
    bundle = files / "system.pem"
    bundle.write_bytes(STRANGER.chain_pem + PUBLIC_CA.pem + PARTNER_CA.pem)
    added = files / "added"
    added.mkdir()
    (added / "partner.crt").write_bytes(PARTNER_CA.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setattr(public_cas, "LOCALLY_ADDED", (str(added),))
    public_cas._store.cache_clear()
    public_cas._public.cache_clear()
    code, document = check(nginx.port, files, capsys)
    public_cas._store.cache_clear()
    public_cas._public.cache_clear()
    assert code == 1
    assert codes(document) == ["client-ca-public"]
    (finding,) = document["verdict"]["findings"]
    assert "Web Root R1" in finding["message"]
    assert "Partner CA" not in finding["message"]


def test_who_would_be_let_in(
    nginx: Running, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two partners at once: one yes, one no, exit 2, and both lines on the page."""
    options = [f"--would-accept={files / name}" for name in ("partner.pem", "stranger.pem")]
    code, document = check(nginx.port, files, capsys, options[0])
    assert code == 0
    assert document["verdict"]["would_accept"] == [
        {
            "file": str(files / "partner.pem"),
            "subject": "CN=partner.example",
            "accepted": True,
            "findings": ["partner-accepted"],
        }
    ]
    code, document = check(nginx.port, files, capsys, *options)
    assert code == 2
    assert codes(document) == ["partner-not-listed", "partner-accepted"]
    start = ["check", "--ca-file", str(files / "ca.pem"), "--server-name", NAME, *options]
    main([*start, f"127.0.0.1:{nginx.port}"])
    page = capsys.readouterr().out
    assert "partner.pem (CN=partner.example): would be let in" in page
    assert "stranger.pem (CN=stranger.example): would NOT be let in" in page


@pytest.mark.parametrize("partner", [PARTNER, STRANGER], ids=["listed", "stranger"])
def test_the_server_says_the_same(
    partner: Credential, nginx: Running, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the real server answers to a real client with this certificate and its key."""
    _, document = check(nginx.port, files, capsys, "--would-accept", str(files / _file_of(partner)))
    chain, key = partner.write(files, "client")
    context = ssl.create_default_context(cafile=str(files / "ca.pem"))
    context.load_cert_chain(chain, key)
    with (
        socket.create_connection(("127.0.0.1", nginx.port), 10) as connection,
        context.wrap_socket(connection, server_hostname=NAME) as tls,
    ):
        tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = tls.recv(4096)
    refused = b" 400 " in answer.split(b"\r\n")[0]
    assert document["verdict"]["would_accept"][0]["accepted"] is not refused


def _file_of(partner: Credential) -> str:
    return "partner.pem" if partner is PARTNER else "stranger.pem"


def _files_with_a_key() -> dict[str, bytes]:
    key = PARTNER.key
    legacy = PrivateFormat.TraditionalOpenSSL
    return {
        "both.pem": PARTNER.chain_pem + PARTNER.key_pem,
        "key.pem": PARTNER.key_pem,
        "traditional.pem": key.private_bytes(Encoding.PEM, legacy, NoEncryption()),
        "locked.pem": key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
        ),
        "key.der": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "traditional.der": key.private_bytes(Encoding.DER, legacy, NoEncryption()),
        "partner.p12": pkcs12.serialize_key_and_certificates(
            b"partner", key, PARTNER.chain[0], None, BestAvailableEncryption(b"secret")
        ),
    }


@pytest.mark.parametrize("name", list(_files_with_a_key()))
def test_a_file_with_a_private_key_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, exit 3, no visit."""
    path = tmp_path / name
    path.write_bytes(_files_with_a_key()[name])
    assert main(["check", "--would-accept", str(path), "127.0.0.1:1"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{path} holds a private key, and Halfshake accepts none" in captured.err
    assert len(captured.err.splitlines()) == 1


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"0\x03\x02\x01"])
def test_a_file_without_a_certificate(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says so; DER is accepted as well."""
    path = tmp_path / "partner.pem"
    if content is not None:
        path.write_bytes(content)
    assert main(["check", "--would-accept", str(path), "127.0.0.1:1"]) == 3
    assert str(path) in capsys.readouterr().err
    path.write_bytes(PARTNER.leaf_der)
    assert main(["check", "--would-accept", str(path), "127.0.0.1:1", "--timeout", "5"]) == 3
    assert "connection-refused" in capsys.readouterr().out


def test_a_diff_against_an_earlier_reading(
    nginx: Running, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`judge` compares two readings of one target, and names who was dropped."""
    start = ["check", "--json", "--with-der", "--ca-file", str(files / "ca.pem")]
    main([*start, "--server-name", NAME, f"127.0.0.1:{nginx.port}"])
    today = json.loads(capsys.readouterr().out)
    yesterday = json.loads(json.dumps(today))
    yesterday["client_auth"]["acceptable_cas"].append("CN=Gone CA")
    saved = files / "both.jsonl"
    saved.write_text(f"{json.dumps(yesterday)}\n{json.dumps(today)}\n")
    assert main(["judge", "--json", "--ca-file", str(files / "ca.pem"), str(saved)]) == 1
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert codes(document) == ["client-ca-dropped"]
