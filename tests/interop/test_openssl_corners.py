"""Groups, cipher suites, versions and faults, each on an OpenSSL server that refuses us."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

import halfshake
from halfshake.cli import main
from halfshake.tls.key_type import KeyType
from halfshake.tls.keys.key_exchange import post_quantum_groups
from halfshake.trust.store import TrustStore
from pki import Authority, Credential, self_signed
from servers import Server, Settings
from servers.catalogue import ALL_SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "api.halfshake.test"
ROOT = Authority.root()
CLIENT_CA = Authority.root("Client CA")
OPENSSL = next(server for server in ALL_SERVERS if server.name == "openssl")
GO = next(server for server in ALL_SERVERS if server.name == "go")

pytestmark = pytest.mark.interop


def openssl(*options: str) -> Server:
    """An s_server with options of its own."""

    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        return [*OPENSSL.prepare(settings, directory, port), *options]

    return dataclasses.replace(OPENSSL, prepare=prepare)


def read(server: Server, settings: Settings, directory: Path) -> halfshake.Observation:
    """One reading that has to succeed."""
    with server.running(settings, directory) as running:
        target = halfshake.parse_target(f"127.0.0.1:{running.port}", server_name=NAME)
        result = halfshake.probe_blocking(target)
    assert isinstance(result, halfshake.Observation), result
    return result


@pytest.mark.parametrize(
    ("option", "group"),
    [
        ("X25519", "x25519"),
        ("P-256", "secp256r1"),
        ("X448", "x448"),
        ("P-384", "secp384r1"),
        ("P-521", "secp521r1"),
        ("ffdhe2048", "ffdhe2048"),
        ("ffdhe3072", "ffdhe3072"),
        ("ffdhe4096", "ffdhe4096"),
        ("ffdhe6144", "ffdhe6144"),
        ("ffdhe8192", "ffdhe8192"),
    ],
)
def test_every_group_by_hello_retry_request(option: str, group: str, tmp_path: Path) -> None:
    """A server with only one group gets a key share for it, at once or when it asks."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, ("TLSv1.3",))
    observation = read(openssl("-groups", option), settings, tmp_path)
    assert observation.named_group == group
    assert observation.key_possession.status == "proven"
    assert observation.client_auth.requested


@pytest.mark.parametrize(
    "suite",
    [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_CCM_SHA256",
        "TLS_AES_128_CCM_8_SHA256",
    ],
)
def test_every_tls13_cipher_suite(suite: str, tmp_path: Path) -> None:
    """Each AEAD opens the flight."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, ("TLSv1.3",))
    observation = read(openssl("-ciphersuites", suite), settings, tmp_path)
    assert observation.cipher_suite == suite
    assert observation.key_possession.status == "proven"


@pytest.mark.parametrize(
    ("version", "cipher", "possession"),
    [
        ("-tls1_2", "ECDHE-RSA-AES256-SHA384", "proven"),
        ("-tls1_2", "ECDHE-RSA-CHACHA20-POLY1305", "proven"),
        ("-tls1_2", "DHE-RSA-AES128-SHA", "proven"),
        ("-tls1_2", "AES128-SHA", "unproven"),
        ("-tls1_1", "ECDHE-RSA-AES128-SHA", "proven"),
        ("-tls1_1", "DHE-RSA-AES256-SHA", "proven"),
        ("-tls1", "ECDHE-RSA-AES128-SHA", "proven"),
        ("-tls1", "AES256-SHA", "unproven"),
    ],
)
def test_old_key_exchanges(version: str, cipher: str, possession: str, tmp_path: Path) -> None:
    """TLS 1.0 to 1.2: ECDHE and DHE prove the key, static RSA proves nothing and says so."""
    settings = Settings(ROOT.issue(NAME, key_type="rsa"), CLIENT_CA.pem)
    server = openssl(version, "-cipher", f"{cipher}:@SECLEVEL=0")
    observation = read(server, settings, tmp_path)
    assert observation.key_possession.status == possession
    assert ("static RSA" in observation.key_possession.reason) == (possession == "unproven")
    assert observation.client_auth.requested


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_each_key_type_of_a_server_with_two(version: str, tmp_path: Path) -> None:
    """Asked for RSA and for ECDSA, one server shows its two certificates."""
    second = ROOT.issue(NAME, key_type="rsa")
    chain, key = second.write(tmp_path, "second")
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, (version,))
    seen = {}
    with openssl("-dcert", str(chain), "-dkey", str(key)).running(settings, tmp_path) as running:
        target = halfshake.parse_target(f"127.0.0.1:{running.port}", server_name=NAME)
        for key_type in KeyType:
            result = halfshake.probe_blocking(target, key_type=key_type)
            if isinstance(result, halfshake.Observation):
                seen[key_type.value] = result.end_entity.key_type
    assert seen == {"rsa": "RSA", "ecdsa": "ECDSA secp256r1"}


def test_a_server_with_nothing_but_a_post_quantum_group(tmp_path: Path) -> None:
    """It refuses the first ClientHello, which names no hybrid; the second visit offers one."""
    if not post_quantum_groups():
        pytest.skip("the installed cryptography has no ML-KEM")
    server = dataclasses.replace(GO, environment={"ONLY_X25519MLKEM768": "1"})
    observation = read(server, Settings(ROOT.issue(NAME), CLIENT_CA.pem, ("TLSv1.3",)), tmp_path)
    assert observation.named_group == "X25519MLKEM768"
    assert observation.key_possession.status == "proven"


@pytest.mark.parametrize("group", ["P-521", "X448", "brainpoolP384r1", "secp256k1"])
def test_a_tls12_server_with_a_single_curve(group: str, tmp_path: Path) -> None:
    """Up to TLS 1.2 we also read curves that we cannot compute with."""
    settings = Settings(ROOT.issue(NAME, key_type="rsa"), CLIENT_CA.pem, ("TLSv1.2",))
    server = openssl("-groups", group, "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
    observation = read(server, settings, tmp_path)
    names = {"P-521": "secp521r1", "X448": "x448"}
    assert observation.named_group == names.get(group, group)
    assert observation.key_possession.status == "proven"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_chain_of_thirty(version: str, tmp_path: Path) -> None:
    """More than a record holds, in the order it is sent."""
    issuer = ROOT
    for number in range(29):
        issuer = issuer.intermediate(f"CA {number}")
    credential = issuer.issue(NAME)
    observation = read(openssl(), Settings(credential, CLIENT_CA.pem, (version,)), tmp_path)
    assert len(observation.chain) == 30
    assert observation.chain[0].subject == f"CN={NAME}"
    assert observation.chain[-1].subject == "CN=CA 0"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_server_that_requires_alpn(version: str, tmp_path: Path) -> None:
    """A matching protocol is accepted; the server refuses another one explicitly."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, (version,))
    with openssl("-alpn", "h2").running(settings, tmp_path) as running:
        target = halfshake.parse_target(f"127.0.0.1:{running.port}", server_name=NAME)
        read_past = halfshake.probe_blocking(target, alpn=("h2",))
        refused = halfshake.probe_blocking(target, alpn=("http/1.1",))
    assert isinstance(read_past, halfshake.Observation)
    assert isinstance(refused, halfshake.ProbeFailure)
    assert refused.alert is not None
    assert refused.alert.name == "no_application_protocol"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_server_with_nothing_but_a_pre_shared_key(version: str, tmp_path: Path) -> None:
    """It has no certificate to show, and refuses."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, (version,))
    with openssl("-nocert", "-psk", "c0ffee").running(settings, tmp_path) as running:
        result = halfshake.probe_blocking(
            halfshake.parse_target(f"127.0.0.1:{running.port}", server_name=NAME)
        )
    assert isinstance(result, halfshake.ProbeFailure)
    assert result.alert is not None
    assert result.alert.name == "handshake_failure"


FAULTS: dict[str, Callable[[], Credential]] = {
    "expired": lambda: ROOT.issue(NAME, days=(-90, -3)),
    "not-yet-valid": lambda: ROOT.issue(NAME, days=(2, 90)),
    "self-signed": lambda: self_signed(NAME),
    "name-mismatch": lambda: ROOT.issue("other.halfshake.test"),
    "missing-intermediate": lambda: ROOT.intermediate().issue(NAME).without_intermediates(),
    "unknown-ca": lambda: Authority.root("Stranger").intermediate().issue(NAME),
    "path-expired": lambda: ROOT.intermediate(days=(-300, -1)).issue(NAME),
    "path-expires-soon": lambda: ROOT.intermediate(days=(-300, 2)).issue(NAME),
    "expires-soon": lambda: ROOT.issue(NAME, days=(-85, 5)),
}


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("code", list(FAULTS))
def test_every_fault_of_a_server_that_refuses_us(
    code: str, version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The right finding, exit 2, and the dates are still there."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    settings = Settings(FAULTS[code](), CLIENT_CA.pem, (version,))
    with OPENSSL.running(settings, tmp_path / "server") as running:
        arguments = ["check", "--ca-file", str(tmp_path / "ca.pem"), "--server-name", NAME]
        exit_code = main([*arguments, "--json", f"127.0.0.1:{running.port}"])
        document = json.loads(capsys.readouterr().out)
        assert main([*arguments, f"127.0.0.1:{running.port}"]) == 2
        page = capsys.readouterr().out
    critical = {
        finding["code"]
        for finding in document["verdict"]["findings"]
        if finding["severity"] == "critical"
    }
    assert critical == {code}
    assert exit_code == 2
    assert "days_left" in document["verdict"]
    assert document["chain"][0]["not_after"] == document["verdict"]["not_after"]
    assert f"[{code}]" in page
    assert "we sent no certificate, as intended" in page


@pytest.mark.parametrize(
    ("issued_for", "matches"), [("127.0.0.1", True), ("127.0.0.2", False), (NAME, False)]
)
def test_an_address_is_checked_as_one(issued_for: str, matches: bool, tmp_path: Path) -> None:
    """A literal address needs an iPAddress in the certificate (RFC 9525 6.5)."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    store = halfshake.load_trust_store([str(tmp_path / "ca.pem")])
    settings = Settings(ROOT.issue(issued_for), CLIENT_CA.pem)
    with OPENSSL.running(settings, tmp_path / "server") as running:
        target = halfshake.parse_target(f"127.0.0.1:{running.port}")
        result = halfshake.probe_blocking(target)
    assert isinstance(result, halfshake.Observation)
    verdict = halfshake.judge(result, store)
    assert verdict.name_matches is matches
    assert verdict.trusted is True


def test_two_faults_are_both_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An expired certificate for another name shows both."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    settings = Settings(ROOT.issue("other.test", days=(-90, -3)), CLIENT_CA.pem)
    with OPENSSL.running(settings, tmp_path / "server") as running:
        arguments = ["check", "--json", "--ca-file", str(tmp_path / "ca.pem")]
        main([*arguments, "--server-name", NAME, f"127.0.0.1:{running.port}"])
    verdict = json.loads(capsys.readouterr().out)["verdict"]
    assert {finding["code"] for finding in verdict["findings"]} == {"expired", "name-mismatch"}
    assert verdict["trusted"] is False
    assert verdict["name_matches"] is False
    assert verdict["days_left"] == pytest.approx(-3, abs=0.01)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_nothing_but_a_client_hello_is_ever_sent(version: str, tmp_path: Path) -> None:
    """On the wire: one ClientHello, then FIN. No Certificate, no key, no second message."""
    settings = Settings(ROOT.issue(NAME), CLIENT_CA.pem, (version,))
    with (
        OPENSSL.running(settings, tmp_path) as running,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        sent = bytearray()
        relay = threading.Thread(target=_relay, args=(listener, running.port, sent))
        relay.start()
        port = listener.getsockname()[1]
        result = halfshake.probe_blocking(
            halfshake.parse_target(f"127.0.0.1:{port}", server_name=NAME)
        )
        relay.join(10)
    assert isinstance(result, halfshake.Observation)
    assert result.client_auth.requested
    assert sent[0] == 0x16
    assert sent[5] == 0x01
    assert len(sent) == 5 + int.from_bytes(sent[3:5], "big")
    assert len(sent) == 9 + int.from_bytes(sent[6:9], "big")


def _relay(listener: socket.socket, port: int, sent: bytearray) -> None:
    client, _ = listener.accept()
    with client, socket.create_connection(("127.0.0.1", port)) as server:

        def back() -> None:
            # The server may answer our FIN with an RST: it has said what it had to say.
            with contextlib.suppress(OSError):
                while data := server.recv(65536):
                    client.sendall(data)

        answer = threading.Thread(target=back, daemon=True)
        answer.start()
        while data := client.recv(65536):
            sent.extend(data)
            server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        answer.join(5)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("revoked", [False, True], ids=["good", "revoked"])
def test_a_stapled_ocsp_response_is_judged(tmp_path: Path, version: str, *, revoked: bool) -> None:
    """CertificateStatus in TLS 1.2, an extension of the certificate's entry in TLS 1.3."""
    intermediate = ROOT.intermediate()
    credential = intermediate.issue(NAME)
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    now = datetime.now(UTC)
    response = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            credential.chain[0],
            intermediate.certificate,
            hashes.SHA1(),
            status,
            now - timedelta(hours=1),
            now + timedelta(hours=9),
            now - timedelta(days=2) if revoked else None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, intermediate.certificate)
        .sign(intermediate.key, hashes.SHA256())
    )
    staple = tmp_path / "staple.der"
    staple.write_bytes(response.public_bytes(serialization.Encoding.DER))
    settings = Settings(credential, CLIENT_CA.pem, (version,))
    observation = read(openssl("-status_file", str(staple)), settings, tmp_path)
    store = TrustStore((ROOT.certificate.public_bytes(serialization.Encoding.DER),), ("ca.pem",))
    verdict = halfshake.judge(observation, store)
    assert verdict.ocsp_staple == ("revoked" if revoked else "good")
    assert [finding.code for finding in verdict.findings] == (["revoked"] if revoked else [])
