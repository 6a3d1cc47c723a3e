"""`halfshake demo`: real mTLS servers on loopback; an ordinary client fails, then we read them.

The servers use OpenSSL through the standard library, and require a client certificate from a
throw-away CA.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from halfshake import event_loop
from halfshake.inputs.target_text import parse_target
from halfshake.inputs.trust_stores import load_trust_store
from halfshake.observation import Observation
from halfshake.reading.probe import probe
from halfshake.report.people.console import Page, console_for
from halfshake.trust.policy import Policy
from halfshake.trust.status import Status
from halfshake.trust.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


@dataclass(frozen=True, slots=True)
class _Server:
    """One server of the demonstration."""

    name: str
    version: ssl.TLSVersion
    days_left: float


def run_demo(stream: TextIO) -> int:
    """Run the demonstration; 0 if every certificate was read correctly."""
    now = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory(prefix="halfshake-demo-") as directory,
        contextlib.ExitStack() as stack,
    ):
        authority = _Authority(Path(directory), now, "Throw-away CA")
        partners = _Authority(Path(directory), now, "Partners CA")
        ports = [stack.enter_context(_running(authority, partners, server)) for server in SERVERS]
        stream.write("Two APIs on loopback that require a client certificate. We have none.\n\n")
        stream.write("1. What an ordinary client gets (Python's ssl, which most monitors use):\n\n")
        for server, port in zip(SERVERS, ports, strict=True):
            stream.write(f"   {server.name} ({server.version.name}): ")
            stream.write(f"{_ordinary_client(authority, server, port)}\n")
        stream.write(
            "\n2. What Halfshake reads from the same two, also without a client certificate:\n\n"
        )
        stream.flush()
        return event_loop.run(_read_all(authority, ports, stream))


async def _read_all(authority: _Authority, ports: list[int], stream: TextIO) -> int:
    page = Page(console_for(stream))
    store = load_trust_store([str(authority.certificate_file)])
    complete = True
    for server, port in zip(SERVERS, ports, strict=True):
        stream.write(f"$ halfshake check --ca-file ca.pem --server-name {server.name} ")
        stream.write(f"127.0.0.1:{port}\n")
        result = await probe(parse_target(f"127.0.0.1:{port}", server_name=server.name))
        if not isinstance(result, Observation):
            page.failure(result, Status.unknown)
            complete = False
            continue
        verdict = judge(result, store, Policy(), datetime.now(UTC))
        page.reading(result, verdict)
        days = verdict.days_left or 0.0
        complete &= bool(verdict.trusted) and abs(days - server.days_left) < 0.1
    stream.write(
        "Both were read and judged, without a client certificate: there is none to renew, "
        "to\nguard or to lose. Now try your own API: halfshake check your-api.example.com\n"
    )
    return 0 if complete else 1


def _ordinary_client(authority: _Authority, server: _Server, port: int) -> str:
    context = ssl.create_default_context(cafile=str(authority.certificate_file))
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
            context.wrap_socket(connection, server_hostname=server.name) as client,
        ):
            client.recv(1)  # in TLS 1.3 the refusal comes after the client's own Finished
    except (ssl.SSLError, ConnectionError) as error:
        return f"{error}: no certificate, no date"
    return "the server let us in"


@contextlib.contextmanager
def _running(authority: _Authority, partners: _Authority, server: _Server) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = server.version
    context.load_cert_chain(authority.issue(server))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(partners.certificate_file)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.settimeout(5)
        with contextlib.suppress(OSError), connection:
            context.wrap_socket(connection, server_side=True).close()


class _Authority:
    """A CA that exists as long as its directory."""

    def __init__(self, directory: Path, now: datetime, common_name: str) -> None:
        self._directory = directory
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name.from_rfc4514_string(f"CN={common_name},O=Halfshake demo")
        builder = (
            self._builder(self._name, self._key, days=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_CA_KEY_USAGE, critical=True)
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        self.certificate_file = directory / f"{common_name}.pem"
        self.certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, server: _Server) -> Path:
        """Write a key and its certificate into one PEM file."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name.from_rfc4514_string(f"CN={server.name}")
        builder = (
            self._builder(name, key, days=server.days_left)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(server.name)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([_SERVER_AUTH]), critical=False)
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self._directory / f"{server.name}.pem"
        path.touch(mode=0o600)
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: float
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(days=60))
            .not_valid_after(self._now + timedelta(days=days))
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )


_SERVER_AUTH = x509.oid.ExtendedKeyUsageOID.SERVER_AUTH
_CA_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


SERVERS = (
    _Server("payments.demo.test", ssl.TLSVersion.TLSv1_2, days_left=5),
    _Server("orders.demo.test", ssl.TLSVersion.TLSv1_3, days_left=200),
)
