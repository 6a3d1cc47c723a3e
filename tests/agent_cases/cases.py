"""The table: what Datadog's `tls` check was measured to say of a server, and what ours has to say.

Left of each row stands the measurement, right of it what is asserted, name by name.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from agent_cases.certificates import issue
from agent_cases.ground import (
    GO,
    JAVA,
    NAME,
    NGINX_OPTIONAL,
    NGINX_STREAM,
    NGINX_STRICT,
    OPENSSL,
    ROOT,
    STRANGER,
    no_such_name,
    nothing,
    old_openssl,
    playing,
    python_serving,
    serving,
    web_server,
)
from pki import self_signed
from servers.catalogue import HAPROXY, NGINX
from test_failures import banner, closes, drips, resets, silence

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
    """A server, what the shipped check says of it, and what ours has to.

    `checks` are can_connect, version, cert_validation and cert_expiration. `facts` are the 0/1
    gauges that differ from a good reading's; None for one that must not be sent.
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
        """Is the certificate read in this case."""
        return self.days_left is not None


GOOD_LEAF = ROOT.issue(NAME)
INTERMEDIATE = ROOT.intermediate()
NOT_ASKED: dict[str, float | None] = {"client_auth_requested": 0}
UNTRUSTED: dict[str, float | None] = {"trusted": 0, "chain_complete": None}


def demanding(title: str, serve12: Serve, serve13: Serve, shipped: str) -> list[Case]:
    """Two rows of one server that demands a client certificate."""
    return [
        Case(f"mTLS TLS1.2, {title}", shipped, serve12),
        Case(f"mTLS TLS1.3, {title}", "4xOK, mTLS invisible", serve13),
    ]


def plain(credential: Any, *versions: str) -> Serve:
    """A server that asks nobody for a certificate."""
    return serving(OPENSSL, credential, *versions, client_auth=False)


def mtls12(credential: Any) -> Serve:
    """A server that refuses us inside the handshake."""
    return serving(OPENSSL, credential, "TLSv1.2")


@contextlib.contextmanager
def _half_a_chain(directory: Path, *versions: str, client_auth: bool) -> Iterator[int]:
    with web_server({"/ca.der": INTERMEDIATE.certificate.public_bytes(Encoding.DER)}) as address:
        leaf = issue(
            INTERMEDIATE, NAME, names=[x509.DNSName(NAME)], issuer_url=f"{address}/ca.der"
        ).without_intermediates()
        with serving(OPENSSL, leaf, *versions, client_auth=client_auth)(directory) as port:
            yield port


@contextlib.contextmanager
def _own_root_published(directory: Path) -> Iterator[int]:
    with web_server({"/root.der": STRANGER.certificate.public_bytes(Encoding.DER)}) as address:
        leaf = issue(STRANGER, NAME, names=[x509.DNSName(NAME)], issuer_url=f"{address}/root.der")
        with plain(leaf)(directory) as port:
            yield port


def _one_byte_in_50_ms(connection: Any) -> None:
    drips(connection)
    time.sleep(3)


def _speaks_http(connection: Any) -> None:
    connection.recv(4096)
    banner(b"HTTP/1.1 400 Bad Request\r\n\r\n")(connection)


EXPIRED = ROOT.issue(NAME, days=(-33, -3))
EXPIRED_FACTS: dict[str, float | None] = {**UNTRUSTED, "dates_valid": 0}
EXPIRED_SAYS = {"cert_validation": "expired 3.0 days ago", "cert_expiration": "[expired]"}
SELF_SIGNED = self_signed(NAME)
WRONG_HOST = ROOT.issue("other.halfshake.test")

CASES = [
    *demanding(
        "`openssl s_server -Verify 1`",
        mtls12(GOOD_LEAF),
        serving(OPENSSL, GOOD_LEAF, "TLSv1.3"),
        HANDSHAKE_FAILURE,
    ),
    *demanding(
        "HAProxy `verify required`",
        serving(HAPROXY, GOOD_LEAF, "TLSv1.2"),
        serving(HAPROXY, GOOD_LEAF, "TLSv1.3"),
        HANDSHAKE_FAILURE,
    ),
    *demanding(
        "Go RequireAndVerifyClientCert",
        serving(GO, GOOD_LEAF, "TLSv1.2"),
        serving(GO, GOOD_LEAF, "TLSv1.3"),
        BAD_CERTIFICATE,
    ),
    *demanding(
        "Java needClientAuth",
        serving(JAVA, GOOD_LEAF, "TLSv1.2"),
        serving(JAVA, GOOD_LEAF, "TLSv1.3"),
        HANDSHAKE_FAILURE,
    ),
    *demanding(
        "Python CERT_REQUIRED",
        python_serving(GOOD_LEAF, ssl.TLSVersion.TLSv1_2),
        python_serving(GOOD_LEAF, ssl.TLSVersion.TLSv1_3),
        HANDSHAKE_FAILURE,
    ),
    *demanding(
        "nginx http `ssl_verify_client on`",
        serving(NGINX, GOOD_LEAF, "TLSv1.2"),
        serving(NGINX, GOOD_LEAF, "TLSv1.3"),
        "4xOK (nginx refuses after the handshake)",
    ),
    *demanding(
        "nginx stream `ssl_verify_client on`",
        serving(NGINX_STREAM, GOOD_LEAF, "TLSv1.2"),
        serving(NGINX_STREAM, GOOD_LEAF, "TLSv1.3"),
        "4xOK (nginx refuses after the handshake)",
    ),
    Case("mTLS TLS1.2, nginx `optional`", "4xOK", serving(NGINX_OPTIONAL, GOOD_LEAF, "TLSv1.2")),
    Case(
        "mTLS TLS1.2, `tls_verify: false`",
        HANDSHAKE_FAILURE,
        mtls12(GOOD_LEAF),
        facts={"trusted": None},
        instance={"tls_verify": False},
    ),
    Case(
        "mTLS TLS1.2, server's certificate expired",
        "cert_validation and cert_expiration CRITICAL; no metrics",
        mtls12(EXPIRED),
        "OK OK CRITICAL CRITICAL",
        -3,
        EXPIRED_FACTS,
        EXPIRED_SAYS,
    ),
    Case(
        "the same, `tls_verify: false`",
        "only the handshake failure; expiry lost",
        mtls12(EXPIRED),
        "OK OK CRITICAL CRITICAL",
        -3,
        {**EXPIRED_FACTS, "trusted": None},
        EXPIRED_SAYS,
        {"tls_verify": False},
    ),
    Case(
        "mTLS TLS1.2, self-signed",
        "cert_validation CRITICAL `self-signed certificate`; no metrics",
        mtls12(SELF_SIGNED),
        "OK OK CRITICAL OK",
        facts=UNTRUSTED,
        says={"cert_validation": "the certificate is self-signed and is not in"},
    ),
    Case(
        "mTLS TLS1.2, wrong host",
        "cert_validation CRITICAL `Hostname mismatch`; no metrics",
        mtls12(WRONG_HOST),
        "OK OK CRITICAL OK",
        facts={"name_matches": 0},
        says={"cert_validation": f"not for {NAME}, but for other.halfshake.test"},
    ),
    Case(
        "mTLS TLS1.2, missing intermediate, fetch on",
        "CRITICAL `unable to get local issuer certificate`; no metrics (fetching fails, too)",
        lambda directory: _half_a_chain(directory, "TLSv1.2", client_auth=True),
        facts={"chain_complete": 0},
        instance={"fetch_intermediate_certs": True},
    ),
    Case(
        "mTLS TLS1.3, missing intermediate, fetch on",
        "4xOK",
        lambda directory: _half_a_chain(directory, "TLSv1.3", client_auth=True),
        facts={"chain_complete": 0},
        instance={"fetch_intermediate_certs": True},
    ),
    Case(
        "RST after the ClientHello",
        "cert_validation CRITICAL `[Errno 104]`",
        playing(resets),
        NOT_READ,
        None,
        says={"cert_validation": "[connection-reset]"},
    ),
    Case("valid", "4xOK", plain(GOOD_LEAF), facts=NOT_ASKED),
    Case(
        "10 days left",
        "cert_expiration WARNING; metrics",
        plain(ROOT.issue(NAME, days=(-30, 10))),
        "OK OK OK WARNING",
        10,
        NOT_ASKED,
        {"cert_expiration": "the certificate expires in 10.0 days [expires-soon]"},
    ),
    Case(
        "3 days left",
        "cert_expiration CRITICAL `will expire in only 2.99 days`; metrics",
        plain(ROOT.issue(NAME, days=(-30, 3))),
        "OK OK OK CRITICAL",
        3,
        NOT_ASKED,
        {"cert_expiration": "the certificate expires in 3.0 days [expires-soon]"},
    ),
    Case(
        "expired",
        "cert_validation and cert_expiration CRITICAL; no metrics, no version",
        plain(EXPIRED),
        "OK OK CRITICAL CRITICAL",
        -3,
        {**EXPIRED_FACTS, **NOT_ASKED},
        EXPIRED_SAYS,
    ),
    Case(
        "expired, `tls_verify: false`",
        "cert_validation OK; cert_expiration CRITICAL; days_left -3",
        plain(EXPIRED),
        "OK OK CRITICAL CRITICAL",
        -3,
        {**EXPIRED_FACTS, **NOT_ASKED, "trusted": None},
        EXPIRED_SAYS,
        {"tls_verify": False},
    ),
    Case(
        "not yet valid",
        "CRITICAL `certificate is not yet valid`; with `tls_verify: false` 4xOK",
        plain(ROOT.issue(NAME, days=(2, 60))),
        "OK OK CRITICAL OK",
        60,
        {**EXPIRED_FACTS, **NOT_ASKED},
        {"cert_validation": "[not-yet-valid]"},
    ),
    Case(
        "not yet valid, `tls_verify: false`",
        "4xOK",
        plain(ROOT.issue(NAME, days=(2, 60))),
        "OK OK CRITICAL OK",
        60,
        {**EXPIRED_FACTS, **NOT_ASKED, "trusted": None},
        {"cert_validation": "[not-yet-valid]"},
        {"tls_verify": False},
    ),
    Case(
        "self-signed",
        "CRITICAL `self-signed certificate`; no metrics",
        plain(SELF_SIGNED),
        "OK OK CRITICAL OK",
        facts={**UNTRUSTED, **NOT_ASKED},
        says={"cert_validation": "[self-signed]"},
    ),
    Case(
        "private CA that is not configured",
        "CRITICAL `unable to get local issuer certificate`; no metrics",
        plain(STRANGER.issue(NAME)),
        "OK OK CRITICAL OK",
        facts={**UNTRUSTED, **NOT_ASKED},
        says={"cert_validation": "its issuer CN=Stranger is not in"},
    ),
    Case(
        "wrong host name",
        "CRITICAL `Hostname mismatch`; no metrics",
        plain(WRONG_HOST),
        "OK OK CRITICAL OK",
        facts={"name_matches": 0, **NOT_ASKED},
        says={"cert_validation": "[name-mismatch]"},
    ),
    Case(
        "wrong host name, `tls_validate_hostname: false`",
        "4xOK",
        plain(WRONG_HOST),
        facts={"name_matches": None, **NOT_ASKED},
        instance={"tls_validate_hostname": False},
    ),
    Case(
        "missing intermediate",
        "CRITICAL `unable to get local issuer certificate`; no metrics",
        plain(INTERMEDIATE.issue(NAME).without_intermediates()),
        "OK OK CRITICAL OK",
        facts={**UNTRUSTED, **NOT_ASKED},
        says={"cert_validation": "[missing-intermediate]"},
    ),
    Case(
        "missing intermediate, fetch on",
        "4xOK",
        lambda directory: _half_a_chain(directory, client_auth=False),
        facts={"chain_complete": 0, **NOT_ASKED},
        instance={"fetch_intermediate_certs": True},
    ),
    Case(
        "unknown CA whose certificate points to its own root, fetch on",
        "**4xOK**: the server chooses whom to trust",
        _own_root_published,
        "OK OK CRITICAL OK",
        facts={**UNTRUSTED, **NOT_ASKED},
        says={"cert_validation": "CN=Stranger"},
        instance={"fetch_intermediate_certs": True},
    ),
    Case(
        "expired intermediate",
        "cert_validation and cert_expiration CRITICAL `Certificate has expired` (of the leaf)",
        plain(ROOT.intermediate("Old CA", days=(-300, -1)).issue(NAME)),
        "OK OK CRITICAL OK",
        facts={**UNTRUSTED, **NOT_ASKED},
        says={"cert_validation": "CN=Old CA above the server's (depth 1) has expired"},
    ),
    *(
        Case(
            f"TLS{version[4:]} server",
            "CRITICAL `tlsv1 alert protocol version`; allowed_versions has no effect",
            serving(old_openssl(option), ROOT.issue(NAME, key_type="rsa"), client_auth=False),
            "OK CRITICAL OK OK",
            facts={"version_allowed": 0, **NOT_ASKED},
            says={"version": f"Disallowed protocol version: {version} (allowed"},
        )
        for version, option in (("TLSv1", "-tls1"), ("TLSv1.1", "-tls1_1"))
    ),
    Case(
        "TLS1.2 server, only 1.3 allowed",
        "version CRITICAL `Disallowed protocol version: TLSv1.2`, rest OK",
        plain(GOOD_LEAF, "TLSv1.2"),
        "OK CRITICAL OK OK",
        facts={"version_allowed": 0, **NOT_ASKED},
        says={"version": "Disallowed protocol version: TLSv1.2 (allowed: TLSv1.3)"},
        instance={"allowed_versions": ["TLSv1.3"]},
    ),
    Case(
        "accepts, never answers",
        "cert_validation CRITICAL `The handshake operation timed out`",
        playing(silence),
        NOT_READ,
        None,
        says={"cert_validation": "took longer than 2 s [deadline-exceeded]"},
    ),
    Case(
        "one byte in 50 ms",
        "cert_validation CRITICAL, timed out",
        playing(_one_byte_in_50_ms),
        NOT_READ,
        None,
        says={"cert_validation": "[deadline-exceeded]"},
    ),
    Case(
        "accepts and closes",
        "cert_validation CRITICAL `UNEXPECTED_EOF_WHILE_READING`",
        playing(closes),
        NOT_READ,
        None,
        says={"cert_validation": "[connection-closed]"},
    ),
    Case(
        "plain HTTP",
        "cert_validation CRITICAL `WRONG_VERSION_NUMBER`",
        playing(_speaks_http),
        NOT_READ,
        None,
        says={"cert_validation": "[not-tls]"},
    ),
    Case(
        "closed port",
        "can_connect CRITICAL `Connection refused`; nothing else",
        nothing,
        NOT_CONNECTED,
        None,
        says={"can_connect": "nothing listens there [connection-refused]"},
    ),
    Case(
        "NXDOMAIN",
        "can_connect CRITICAL `Unable to resolve host`; nothing else",
        no_such_name,
        NOT_CONNECTED,
        None,
        says={"can_connect": "has no address"},
        instance={"server": "no-such-host.invalid"},
    ),
    Case(
        "strict SNI, unknown name",
        "cert_validation CRITICAL `tlsv1 unrecognized name`",
        serving(NGINX_STRICT, GOOD_LEAF),
        NOT_READ,
        None,
        says={"cert_validation": "unrecognized_name (112)"},
    ),
    Case(
        "SAN with an `arn:` URI",
        "check ERROR `too many values to unpack`, no metrics",
        plain(
            issue(
                ROOT,
                NAME,
                names=[
                    x509.UniformResourceIdentifier("arn:aws:acm:eu-west-1:1:certificate/1"),
                    x509.DNSName(NAME),
                ],
            )
        ),
        facts=NOT_ASKED,
    ),
    Case(
        "common name only",
        "cert_validation CRITICAL `does not contain any subjectAltName`; metrics",
        plain(issue(ROOT, NAME)),
        "OK OK CRITICAL OK",
        facts={"name_matches": 0, **NOT_ASKED},
        says={"cert_validation": "[common-name-only]"},
    ),
]
