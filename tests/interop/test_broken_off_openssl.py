"""OpenSSL's server with more client-CA names than fit: in TLS 1.2 its certificate comes first."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import halfshake
from pki import Authority, new_key, self_signed_ca
from servers import Server, Settings
from servers.catalogue import ALL_SERVERS
from trust.observations import store_of

if TYPE_CHECKING:
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()
OPENSSL = next(server for server in ALL_SERVERS if server.name == "openssl")

# 20,000 names do the same; s_server takes two minutes to load them.
MANY = 2000

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def many_cas() -> bytes:
    """Names that are together longer than the 64 KiB of a CertificateRequest."""
    key = new_key("ecdsa")
    made = (self_signed_ca(f"Client CA number {number:06}", key) for number in range(MANY))
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in made)


def read(version: str, pem: bytes, directory: Path) -> object:
    """One reading of such a server."""
    server: Server = dataclasses.replace(OPENSSL, start_seconds=40)
    settings = Settings(ROOT.issue(NAME), pem, (version,))
    with server.running(settings, directory) as running:
        target = halfshake.parse_target(f"127.0.0.1:{running.port}", server_name=NAME)
        return halfshake.probe_blocking(target)


def test_in_tls12_the_certificate_is_read(many_cas: bytes, tmp_path: Path) -> None:
    """The alert comes in place of the CertificateRequest."""
    result = read("TLSv1.2", many_cas, tmp_path)
    assert isinstance(result, halfshake.Observation), result
    assert result.broken_off is not None
    assert result.broken_off.after == "ServerKeyExchange"
    assert result.broken_off.alert == (80, "internal_error")
    assert result.client_auth.requested is None
    assert result.key_possession.status == "unproven"
    verdict = halfshake.judge(result, store_of(ROOT))
    assert "flight-broken-off" in [finding.code for finding in verdict.findings]
    assert verdict.trusted is True


def test_in_tls13_it_never_comes(many_cas: bytes, tmp_path: Path) -> None:
    """The CertificateRequest stands before it: a failure, and rightly before a certificate."""
    result = read("TLSv1.3", many_cas, tmp_path)
    assert isinstance(result, halfshake.ProbeFailure), result
    assert result.alert == (80, "internal_error")
    assert result.detail.endswith("before showing a certificate")
    assert result.chain == ()
