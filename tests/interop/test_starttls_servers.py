"""Every protocol that begins unencrypted, on a real server, with mTLS and without."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.cli import main
from pki import Authority
from servers import Server, Settings
from servers.catalogue import ALL_SERVERS
from servers.starttls_catalogue import STARTTLS_SERVERS, StarttlsServer

if TYPE_CHECKING:
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")

pytestmark = pytest.mark.interop


def check(
    target: str, directory: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, Any]:
    """Run `halfshake check --json` as a user would; the document."""
    ca_file = directory / "ca.pem"
    ca_file.write_bytes(ROOT.pem)
    arguments = ["check", "--json", "--ca-file", str(ca_file), "--server-name", NAME]
    main([*arguments, *options, target])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize(
    ("peer", "version", "client_auth"),
    [
        pytest.param(
            peer,
            version,
            client_auth,
            id=f"{peer.name}-{version}-{'mtls' if client_auth else 'tls'}",
        )
        for peer in STARTTLS_SERVERS
        for version in peer.versions
        for client_auth in (True, False)
        if peer.can_demand_client_certificate or not client_auth
    ],
)
def test_reads_a_server_that_begins_in_the_clear(
    peer: StarttlsServer,
    version: str,
    client_auth: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The chain, the version, and whether a client certificate is asked for."""
    credential = ROOT.intermediate().issue(NAME)
    settings = Settings(credential, CLIENT_CA.pem, (version,), client_auth)
    with peer.server.running(settings, tmp_path / "server") as running:
        document = check(f"{peer.scheme}://127.0.0.1:{running.port}", tmp_path, capsys)
        log = running.log()
    assert document["outcome"] == "read", (document, log)
    assert [certificate["sha256"] for certificate in document["chain"]] == [
        hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        for certificate in credential.chain
    ]
    assert document["tls"]["version"] == version
    assert document["starttls"] == peer.scheme
    assert document["client_auth"]["requested"] is (client_auth or peer.always_asks)
    assert document["key_possession"] == "proven"
    assert document["verdict"]["status"] == "ok"
    assert float(str(document["timings_ms"]["starttls"])) > 0


@pytest.mark.parametrize(
    ("scheme", "protocol"), [("postgres-direct", "postgresql"), ("mssql-strict", "tds/8.0")]
)
def test_tls_at_once_by_alpn(
    scheme: str, protocol: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """OpenSSL's server refuses clients that offer no protocol it knows; the scheme offers it."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem)
    prepare = next(server for server in ALL_SERVERS if server.name == "openssl").prepare

    def with_alpn(settings: Settings, directory: Path, port: int) -> list[str]:
        return [*prepare(settings, directory, port), "-alpn", protocol]

    with Server(scheme, "openssl", with_alpn).running(settings, tmp_path / "server") as running:
        read = check(f"{scheme}://127.0.0.1:{running.port}", tmp_path, capsys)
        other = check(f"dot://127.0.0.1:{running.port}", tmp_path, capsys)
    assert read["outcome"] == "read", read
    assert "starttls" not in read
    assert other["failure"]["alert"]["name"] == "no_application_protocol"
