"""`pytest --record`: which flights are recorded, from which servers, and how.

Keys and certificates are new each time, so every recording changes all of the server's bytes;
review the facts at the beginning of a file.
"""

from __future__ import annotations

import dataclasses
import socket
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from flights.recorded import NAME, RecordedFlight, facts, save, started
from pki import Authority
from servers import Server, Settings
from servers.catalogue import ALL_SERVERS

if TYPE_CHECKING:
    from pathlib import Path

    from pki import Credential


@dataclass(frozen=True)
class Recording:
    """One flight to record: a server, its certificate's key, and options that force the rest."""

    server: str
    key_type: str
    version: str
    options: tuple[str, ...] = ()
    client_auth: bool = True
    intermediate: bool = False
    staple: bool = False


RECORDINGS = {
    "tls13_openssl_ecdsa": Recording("openssl", "ecdsa", "TLSv1.3"),
    "tls13_openssl_ed25519_no_client_auth": Recording(
        "openssl", "ed25519", "TLSv1.3", client_auth=False
    ),
    "tls13_openssl_chacha20_stapled": Recording(
        "openssl",
        "ecdsa",
        "TLSv1.3",
        ("-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"),
        staple=True,
    ),
    "tls13_openssl_ccm_hello_retry_request": Recording(
        "openssl",
        "ecdsa",
        "TLSv1.3",
        ("-groups", "P-384", "-ciphersuites", "TLS_AES_128_CCM_SHA256"),
    ),
    "tls13_nginx_rsa_intermediate": Recording("nginx", "rsa", "TLSv1.3", intermediate=True),
    "tls13_gnutls_ed25519": Recording("gnutls", "ed25519", "TLSv1.3"),
    "tls13_go_ecdsa": Recording("go", "ecdsa", "TLSv1.3"),
    "tls13_jsse_rsa": Recording("jsse", "rsa", "TLSv1.3"),
    "tls12_nginx_ecdsa": Recording("nginx", "ecdsa", "TLSv1.2"),
    "tls12_openssl_ed25519_stapled": Recording("openssl", "ed25519", "TLSv1.2", staple=True),
    "tls12_openssl_static_rsa": Recording(
        "openssl", "rsa", "TLSv1.2", ("-cipher", "AES128-SHA:@SECLEVEL=0")
    ),
    "tls12_openssl_dhe_rsa": Recording(
        "openssl", "rsa", "TLSv1.2", ("-cipher", "DHE-RSA-AES128-SHA:@SECLEVEL=0")
    ),
    "tls12_gnutls_rsa": Recording("gnutls", "rsa", "TLSv1.2"),
    "tls12_go_rsa": Recording("go", "rsa", "TLSv1.2"),
    "tls12_jsse_ecdsa": Recording("jsse", "ecdsa", "TLSv1.2"),
    "tls10_openssl_ecdhe_rsa": Recording(
        "openssl", "rsa", "TLSv1", ("-tls1", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
    ),
}


def record(name: str, directory: Path) -> None:
    """Record one flight anew."""
    recording = RECORDINGS[name]
    root, client_ca = Authority.root("Root"), Authority.root("Client CA")
    issuer = root.intermediate("CA") if recording.intermediate else root
    credential = issuer.issue(NAME, key_type=recording.key_type)
    options = recording.options
    if recording.staple:
        (directory / "ocsp.der").write_bytes(_ocsp_response(credential, issuer))
        options += ("-status_file", str(directory / "ocsp.der"))
    server = next(server for server in ALL_SERVERS if server.name == recording.server)
    # s_server takes one version by an option of its own or by leaving out the others, not both.
    versions = ("TLSv1.2", "TLSv1.3") if recording.version == "TLSv1" else (recording.version,)
    settings = Settings(credential, client_ca.pem, versions, client_auth=recording.client_auth)
    with _with_options(server, options).running(settings, directory / "server") as running:
        flows, seen = _converse(running.port)
    # What the server was told to send; the rest of the facts are for a review.
    chain = [
        sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        for certificate in credential.chain
    ]
    told = {
        "version": recording.version,
        "client_certificate": "requested" if recording.client_auth else "not requested",
        "stapled": str(recording.staple).lower(),
        **{f"certificate_{number}": digest for number, digest in enumerate(chain)},
    }
    assert told.items() <= seen.items(), seen
    assert f"certificate_{len(chain)}" not in seen, seen
    save(name, RecordedFlight(_version_of(server), seen, flows))


def _converse(port: int) -> tuple[tuple[bytes, ...], dict[str, str]]:
    half = started()
    flows: list[bytes] = []
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        while half.server_flight is None:
            outgoing = half.data_to_send()
            if outgoing:
                connection.sendall(outgoing)
                flows += [outgoing, b""]
            data = connection.recv(65536)
            assert data, "the server ended the connection"
            flows[-1] += data
            half.receive_data(data)
    return tuple(flows), facts(half.server_flight)


def _with_options(server: Server, options: tuple[str, ...]) -> Server:
    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        return [*server.prepare(settings, directory, port), *options]

    return dataclasses.replace(server, prepare=prepare) if options else server


def _ocsp_response(credential: Credential, issuer: Authority) -> bytes:
    certificate = credential.chain[0]
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate,
        issuer=issuer.certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=certificate.not_valid_before_utc,
        next_update=certificate.not_valid_after_utc,
        revocation_time=None,
        revocation_reason=None,
    )
    responder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    return responder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _version_of(server: Server) -> str:
    flag = {"nginx": "-v", "openssl": "version", "go": "version"}.get(server.name, "--version")
    output = subprocess.run(
        [server.executable or server.program, flag], capture_output=True, text=True, check=True
    )
    return (output.stdout or output.stderr).splitlines()[0]
