"""`--fetch`: what a chain points to is fetched only when asked for, and within limits."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from halfshake.cli import main
from halfshake.dial.fetch import FetchFailed, FetchLimits, fetch
from pki import Authority, Credential
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "api.halfshake.test"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
NOW = datetime.now(UTC)


class Repository:
    """A CA's http server; `asked` has the requested paths."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []

    def url(self, path: str) -> str:
        """The URL of a file."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def repository() -> Iterator[Repository]:
    """Serve files on loopback."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", served.url("/ca.crt"))
                self.end_headers()
            elif self.path == "/endless":
                self.send_response(200)
                self.end_headers()
                while True:
                    try:
                        self.wfile.write(bytes(65536))
                    except OSError:
                        return
            elif self.path in served.files:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(served.files[self.path])
            else:
                self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    served = Repository(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def credential(served: Repository) -> tuple[Authority, Credential]:
    """A leaf that points to its issuer and its CRL, sent without the intermediate."""
    root = Authority.root()
    intermediate = root.intermediate()
    uri = x509.UniformResourceIdentifier
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, uri(served.url("/ca.crt"))
            )
        ]
    )
    points = x509.CRLDistributionPoints(
        [x509.DistributionPoint([uri(served.url("/ca.crl"))], None, None, None)]
    )
    leaf = intermediate.issue(NAME, extensions=(access, points))
    served.files["/ca.crt"] = intermediate.certificate.public_bytes(Encoding.DER)
    crl = intermediate.revocation_list(
        leaf.chain[0].serial_number, last=NOW - timedelta(days=1), until=NOW + timedelta(days=1)
    )
    served.files["/ca.crl"] = crl.public_bytes(Encoding.DER)
    return root, leaf


def checked(
    capsys: pytest.CaptureFixture[str], directory: Path, served: Repository, *options: str
) -> list[str]:
    """Check a real server that does not send its intermediate; return the findings' codes."""
    root, leaf = credential(served)
    (directory / "ca.pem").write_bytes(root.pem)
    settings = Settings(leaf.without_intermediates(), Authority.root("Client CA").pem)
    with NGINX.running(settings, directory / "nginx") as running:
        main(
            ["check", "--json", "--ca-file", str(directory / "ca.pem"), "--server-name", NAME,
             f"127.0.0.1:{running.port}", *options]
        )  # fmt: skip
    verdict = json.loads(capsys.readouterr().out)["verdict"]
    assert verdict["trusted"] is False, "what is fetched makes no chain trusted"
    return [finding["code"] for finding in verdict["findings"]]


def test_nothing_is_fetched_unasked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The URLs are not fetched."""
    with repository() as served:
        assert checked(capsys, tmp_path, served) == ["missing-intermediate"]
        assert served.asked == []


def test_only_public_addresses_by_itself(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A certificate must not send us to loopback or into the internal network."""
    with repository() as served:
        found = checked(capsys, tmp_path, served, "--fetch")
        assert found == ["missing-intermediate", "not-fetched", "not-fetched"]
        assert served.asked == []


def test_what_the_server_leaves_out_is_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """If the user allows it: the intermediate that would complete the chain."""
    with repository() as served:
        found = checked(capsys, tmp_path, served, "--fetch", "--fetch-from", "127.0.0.0/8")
        assert found == ["missing-intermediate", "completed-by-fetching"]
        assert served.asked == ["/ca.crt", "/ca.crl"]


def test_a_fetched_crl_is_looked_up(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A correct chain, revoked by the CRL at its URL."""
    with repository() as served:
        root, leaf = credential(served)
        (tmp_path / "ca.pem").write_bytes(root.pem)
        settings = Settings(leaf, Authority.root("Client CA").pem)
        with NGINX.running(settings, tmp_path / "nginx") as running:
            code = main(
                ["check", "--json", "--ca-file", str(tmp_path / "ca.pem"), "--server-name", NAME,
                 f"127.0.0.1:{running.port}", "--fetch", "--fetch-from", "127.0.0.1"]
            )  # fmt: skip
    findings = json.loads(capsys.readouterr().out)["verdict"]["findings"]
    assert [finding["code"] for finding in findings] == ["revoked"]
    assert code == 2


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/nothing", "HTTP status 404"),
        ("/moved", "HTTP status 302"),
        ("/endless", "larger than 4096 bytes"),
    ],
)
def test_answers_that_are_none(path: str, says: str) -> None:
    """Redirects are not followed, and everything is limited."""
    with repository() as served, pytest.raises(FetchFailed, match=says):
        asyncio.run(fetch(served.url(path), FetchLimits(5, LOOPBACK, max_bytes=4096)))


@pytest.mark.parametrize(
    "url",
    [
        "https://ca.example/ca.crt",
        "ldap://ca.example/cn=ca",
        "file:///etc/passwd",
        "http://user@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/a b\r\nX-Evil: 1",
        "http:///nowhere",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://10.0.0.1/ca.crt",
    ],
)
def test_urls_that_are_not_followed(url: str) -> None:
    """Neither other schemes nor addresses that are not public."""
    with pytest.raises(FetchFailed):
        asyncio.run(fetch(url, FetchLimits(5)))


def test_a_server_that_drips_ends_at_the_deadline() -> None:
    """One deadline over all of it."""

    async def run() -> None:
        gone = asyncio.Event()

        async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while not writer.transport.is_closing():
                writer.write(b"H")
                await asyncio.sleep(0.05)
            gone.set()

        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            await fetch(f"http://127.0.0.1:{port}/", FetchLimits(0.3, LOOPBACK))
        finally:
            await gone.wait()
            server.close()

    with pytest.raises(FetchFailed, match="took longer"):
        asyncio.run(run())


def test_a_bundle_of_issuers() -> None:
    """PKCS #7, as CAs publish cross-signed issuers; also PEM; garbage is rejected."""
    from halfshake.trust.rules.pointers import certificates_from

    authorities = [Authority.root("One").certificate, Authority.root("Two").certificate]
    bundle = pkcs7.serialize_certificates(authorities, Encoding.DER)
    assert len(certificates_from(bundle)) == 2
    assert len(certificates_from(authorities[0].public_bytes(Encoding.PEM))) == 1
    with pytest.raises(ValueError, match=r"parse|Unable|error"):
        certificates_from(b"\x30\x03garbage")


def test_contradictions(capsys: pytest.CaptureFixture[str]) -> None:
    """--fetch-from alone makes no sense, and accepts only networks."""
    assert main(["check", "127.0.0.1:1", "--fetch-from", "10.0.0.0/8"]) == 3
    assert "only works together with --fetch" in capsys.readouterr().err
    assert main(["check", "127.0.0.1:1", "--fetch", "--fetch-from", "ca.example"]) == 3
    assert "must be a network" in capsys.readouterr().err
