"""The second visit to real servers: the right one of five states, and its evidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from pki import Authority
from servers import Settings
from servers.postures import POSTURES

if TYPE_CHECKING:
    from pathlib import Path

    from servers.postures import Posture

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")
VERSIONS = ("TLSv1.2", "TLSv1.3")

pytestmark = pytest.mark.interop


def evidence(refusal: dict[str, object] | None) -> object:
    """What a refusal shows: the alert's name, the HTTP status, "fin" or "rst"."""
    if refusal is None:
        return None
    alert = refusal.get("alert")
    if isinstance(alert, dict):
        return alert["name"]
    return refusal.get("http_status") or ("fin" if refusal.get("fin") else "rst")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("posture", POSTURES, ids=lambda posture: posture.name)
def test_what_becomes_of_a_stranger(
    posture: Posture, version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a user would run it; a finding if another state is expected, none if this one is."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, (version,))
    arguments = ["check", "--json", "--ca-file", str(tmp_path / "ca.pem"), "--server-name", NAME]
    arguments += ["--enforcement-path", posture.path, "--expect-client-auth", "tls-required"]
    with posture.server.running(settings, tmp_path / "server") as running:
        code = main([*arguments, f"127.0.0.1:{running.port}"])
    document = json.loads(capsys.readouterr().out)
    client_auth = document["client_auth"]
    assert client_auth["enforcement"] == posture.enforcement, client_auth
    assert client_auth["requested"] is posture.requested
    assert evidence(client_auth.get("refusal")) == posture.evidence[VERSIONS.index(version)]
    assert document["tls"]["version"] == version
    assert document["chain"][0]["not_after"]
    met = posture.enforcement == "tls-required"
    assert code == (0 if met else 2)
    findings = document["verdict"]["findings"]
    # Some name no CA, which is a finding of its own.
    codes = [f["code"] for f in findings if f["code"] != "client-ca-list-empty"]
    assert codes == ([] if met else ["unexpected-client-auth"])
