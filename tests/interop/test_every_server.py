"""The main job on real servers: every server, TLS version and key type, with mTLS and without."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.cli import main
from pki import Authority
from servers import Server, Settings
from servers.catalogue import ALL_SERVERS, APACHE, HAPROXY, NGINX

if TYPE_CHECKING:
    from pathlib import Path

NAME = "api.halfshake.test"
VERSIONS = (("TLSv1.2",), ("TLSv1.3",), ("TLSv1.2", "TLSv1.3"))
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")

# wolfSSL 5.5.4 hangs up on every hello with status_request.
INTOLERANT = "lighttpd-wolfssl"

pytestmark = pytest.mark.interop


def check(port: int, directory: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:  # type: ignore[type-arg]
    """Run `halfshake check --json` as a user would; exit code and document."""
    ca_file = directory / "ca.pem"
    ca_file.write_bytes(ROOT.pem)
    arguments = ["check", "--json", "--ca-file", str(ca_file), "--server-name", NAME]
    code = main([*arguments, f"127.0.0.1:{port}"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("server", "key_type", "versions"),
    [
        pytest.param(
            server, key_type, versions, id=f"{server.name}-{key_type}-{'+'.join(versions)}"
        )
        for server in ALL_SERVERS
        for key_type in server.key_types
        for versions in VERSIONS
        if set(versions) & set(server.versions)
    ],
)
def test_reads_a_server_that_demands_a_client_certificate(
    server: Server,
    key_type: str,
    versions: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The right leaf and chain, the request, the key's possession, trust and name; exit 0."""
    credential = ROOT.intermediate().issue(NAME, key_type=key_type)
    settings = Settings(credential, CLIENT_CA.pem, versions)
    with server.running(settings, tmp_path / "server") as running:
        code, document = check(running.port, tmp_path, capsys)
    assert document["outcome"] == "read", document
    assert [certificate["sha256"] for certificate in document["chain"]] == [
        hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        for certificate in credential.chain
    ]
    assert document["client_auth"]["requested"] is True
    assert document["key_possession"] == "proven"
    spoken = [version for version in versions if version in server.versions]
    assert document["tls"]["version"] == spoken[-1]
    assert document["verdict"]["trusted"] is True
    assert document["verdict"]["name_matches"] is True
    found = [finding["code"] for finding in document["verdict"]["findings"]]
    assert ("intolerant-server" in found) == (server.name == INTOLERANT)
    assert code == ("intolerant-server" in found)


@pytest.mark.parametrize("server", ALL_SERVERS, ids=lambda server: server.name)
def test_reads_a_plain_tls_server(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If no client certificate is requested, the output says so."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, client_auth=False)
    with server.running(settings, tmp_path / "server") as running:
        code, document = check(running.port, tmp_path, capsys)
    assert document["client_auth"]["requested"] is False
    assert code == (server.name == INTOLERANT)


@pytest.mark.parametrize("versions", VERSIONS[:2], ids="+".join)
@pytest.mark.parametrize("server", [NGINX, HAPROXY, APACHE], ids=lambda server: server.name)
def test_leaves_nothing_in_the_log(
    server: Server,
    versions: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At the default log level, our visit leaves no line."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, versions)
    with server.running(settings, tmp_path / "server") as running:
        code, _ = check(running.port, tmp_path, capsys)
        log = running.log()
    assert code == 0
    assert log == ""
