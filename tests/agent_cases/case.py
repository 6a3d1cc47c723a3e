"""`Case`: one row of the table, and the servers that the rows share."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from agent_cases.certificates import issue
from agent_cases.ground import NAME, OPENSSL, ROOT, STRANGER, serving, web_server
from servers.blocking import banner, drips

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Serve = Callable[["Path"], AbstractContextManager[int]]

GOOD = "OK OK OK OK"
NOT_READ = "OK - UNKNOWN -"
NOT_CONNECTED = "CRITICAL - - -"
HANDSHAKE_FAILURE = (
    "can_connect OK; cert_validation CRITICAL `sslv3 alert handshake failure`; no metrics"
)
BAD_CERTIFICATE = (
    "can_connect OK; cert_validation CRITICAL `sslv3 alert bad certificate`; no metrics"
)


@dataclass(frozen=True)
class Case:
    """A server, what the shipped check says about it, and what ours must say.

    `checks` are can_connect, version, cert_validation and cert_expiration. `facts` are the 0/1
    gauges that differ from those of a good reading; None if it must not be sent.
    """

    title: str
    shipped: str
    serve: Serve
    checks: str = GOOD
    days_left: float | None = 60
    facts: dict[str, float | None] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)
    instance: dict[str, Any] = field(default_factory=dict)

    @property
    def read(self) -> bool:
        """Is the certificate read in this case?"""
        return self.days_left is not None


GOOD_LEAF = ROOT.issue(NAME)
INTERMEDIATE = ROOT.intermediate()
NOT_ASKED: dict[str, float | None] = {"client_auth_requested": 0}
UNTRUSTED: dict[str, float | None] = {"trusted": 0, "chain_complete": None}


def demanding(title: str, serve12: Serve, serve13: Serve, shipped: str) -> list[Case]:
    """Two rows for one server that requires a client certificate."""
    return [
        Case(f"mTLS TLS1.2, {title}", shipped, serve12),
        Case(f"mTLS TLS1.3, {title}", "4xOK, mTLS invisible", serve13),
    ]


def plain(credential: Any, *versions: str) -> Serve:
    """A server that does not ask for a client certificate."""
    return serving(OPENSSL, credential, *versions, client_auth=False)


def mtls12(credential: Any) -> Serve:
    """A server that refuses us inside the handshake."""
    return serving(OPENSSL, credential, "TLSv1.2")


@contextlib.contextmanager
def half_a_chain(directory: Path, *versions: str, client_auth: bool) -> Iterator[int]:
    """Run a server that does not send its intermediate, which its CA publishes."""
    with web_server({"/ca.der": INTERMEDIATE.certificate.public_bytes(Encoding.DER)}) as address:
        leaf = issue(
            INTERMEDIATE, NAME, names=[x509.DNSName(NAME)], issuer_url=f"{address}/ca.der"
        ).without_intermediates()
        with serving(OPENSSL, leaf, *versions, client_auth=client_auth)(directory) as port:
            yield port


@contextlib.contextmanager
def own_root_published(directory: Path) -> Iterator[int]:
    """Run a server whose certificate points to its own root."""
    with web_server({"/root.der": STRANGER.certificate.public_bytes(Encoding.DER)}) as address:
        leaf = issue(STRANGER, NAME, names=[x509.DNSName(NAME)], issuer_url=f"{address}/root.der")
        with plain(leaf)(directory) as port:
            yield port


def one_byte_in_50_ms(connection: Any) -> None:
    """Send a few bytes slowly, then nothing more."""
    drips(connection)
    time.sleep(3)


def speaks_http(connection: Any) -> None:
    """Answer the ClientHello as a web server without TLS does."""
    connection.recv(4096)
    banner(b"HTTP/1.1 400 Bad Request\r\n\r\n")(connection)
