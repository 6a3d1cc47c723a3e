"""How real servers treat clients without a certificate: require one, ask for one, or neither.

Each is a server of the catalogue with a changed configuration, and answers HTTP if it lets a client
in.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servers.catalogue import ALL_SERVERS, APACHE, HAPROXY, NGINX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servers import Server, Settings

CADDY, STUNNEL, GNUTLS, OPENSSL, JSSE, GO = (
    next(server for server in ALL_SERVERS if server.name == name)
    for name in ("caddy", "stunnel", "gnutls", "openssl", "jsse", "go")
)


@dataclass(frozen=True)
class Posture:
    """A server with one configuration, the requested path, and the right answer.

    `evidence` is what the refusal shows, in TLS 1.2 and in TLS 1.3: an alert, "fin", an HTTP
    status; None if there is no refusal. `requested` is what the half handshake sees.
    """

    name: str
    server: Server
    enforcement: str
    evidence: tuple[str | int | None, str | int | None] = (None, None)
    path: str = "/"
    requested: bool = True


def reworded(server: Server, file: str, *changes: tuple[str, str]) -> Server:
    """The server with words of its configuration file replaced."""

    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        command = server.prepare(settings, directory, port)
        text = (directory / file).read_text()
        for old, new in changes:
            assert old in text, f"{file} has no {old!r}"
            text = text.replace(old, new)
        (directory / file).write_text(text)
        (directory / "answer.sh").write_text(ANSWER)
        return command

    return dataclasses.replace(server, prepare=prepare)


def with_arguments(server: Server, change: Callable[[list[str]], list[str]]) -> Server:
    """The server with other arguments."""
    prepare = server.prepare

    def changed(settings: Settings, directory: Path, port: int) -> list[str]:
        return change(prepare(settings, directory, port))

    return dataclasses.replace(server, prepare=changed)


def not_asking(server: Server) -> Server:
    """The server as it is without client authentication."""
    prepare = server.prepare

    def changed(settings: Settings, directory: Path, port: int) -> list[str]:
        return prepare(dataclasses.replace(settings, client_auth=False), directory, port)

    return dataclasses.replace(server, prepare=changed)


def nginx(verify: str, rules: str = "location / { return 204; }") -> Server:
    """An nginx with another ssl_verify_client, locations, and the access log it has by default."""
    verifying = ("ssl_verify_client on;", f"ssl_verify_client {verify}; {rules}")
    server = reworded(NGINX, "nginx.conf", verifying, ("access_log off;", "access_log access.log;"))
    return dataclasses.replace(server, log_files=(*server.log_files, "access.log"))


def haproxy(verify: str, rules: str = "") -> Server:
    """An HAProxy with another `verify`, rules before its answer, and the log of Debian's."""
    answer = "http-request return status 200"
    return reworded(
        HAPROXY,
        "haproxy.cfg",
        ("verify required", f"verify {verify}"),
        (answer, f"{rules}\n  {answer}"),
        ("  log global", "  log global\n  option httplog\n  option dontlognull"),
    )


def apache(verify: str) -> Server:
    """An Apache that answers 404 to every client that it lets in, with Debian's logs."""
    logging = f"StartServers 1\n{_COMBINED_LOG}"
    server = reworded(
        APACHE, "apache.conf", ("SSLVerifyClient require", verify), ("StartServers 1", logging)
    )
    return dataclasses.replace(server, log_files=(*server.log_files, "access.log"))


def caddy(mode: str) -> Server:
    """A Caddy with another client authentication mode."""
    return reworded(CADDY, "caddy.json", ("require_and_verify", mode))


def stunnel(require: str) -> Server:
    """A stunnel in front of a program that answers."""
    answer = "exec = /bin/sh\nexecArgs = sh answer.sh"
    changes = (("requireCert = yes\nverifyChain = yes", require), ("connect = 127.0.0.1:9", answer))
    return reworded(STUNNEL, "stunnel.conf", *changes)


def _without(*words: str) -> Callable[[list[str]], list[str]]:
    return lambda command: [word for word in command if word not in words]


_COMBINED_LOG = r"""
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
CustomLog access.log combined
"""

ANSWER = r"""while read -r line && [ "$line" != "$(printf '\r')" ]; do :; done
printf 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'
"""

_SUCCESS_ONLY = (
    "location /private { if ($ssl_client_verify != SUCCESS) { return 403; } return 204; } "
    "location / { return 204; }"
)
_LOCATION = "<Location /private>\nSSLVerifyClient require\n</Location>"
_REQUIRED = ("handshake_failure", "certificate_required")

POSTURES = (
    Posture("nginx on", nginx("on"), "http-enforced", (400, 400)),
    Posture("nginx optional", nginx("optional"), "tls-optional"),
    Posture("nginx optional_no_ca", nginx("optional_no_ca"), "tls-optional"),
    Posture("nginx off", nginx("off"), "open", requested=False),
    Posture("nginx by location", nginx("optional", _SUCCESS_ONLY), "tls-optional"),
    Posture(
        "nginx at the location",
        nginx("optional", _SUCCESS_ONLY),
        "http-enforced",
        (403, 403),
        path="/private",
    ),
    Posture(
        "nginx 403 without asking",
        nginx("off", "return 403;"),
        "open",
        requested=False,
    ),
    Posture("haproxy required", haproxy("required"), "tls-required", _REQUIRED),
    Posture("haproxy optional", haproxy("optional"), "tls-optional"),
    Posture(
        "haproxy optional, denying",
        haproxy("optional", "http-request deny if !{ ssl_c_used }"),
        "http-enforced",
        (403, 403),
    ),
    Posture("haproxy none", haproxy("none"), "open", requested=False),
    Posture("apache require", apache("SSLVerifyClient require"), "tls-required", _REQUIRED),
    Posture("apache optional", apache("SSLVerifyClient optional"), "tls-optional"),
    Posture("apache beside its location", apache(_LOCATION), "open", requested=False),
    Posture(
        "apache at its location",
        apache(_LOCATION),
        "http-enforced",
        _REQUIRED,
        path="/private",
        requested=False,
    ),
    Posture("apache none", not_asking(APACHE), "open", requested=False),
    Posture(
        "caddy require",
        caddy("require_and_verify"),
        "tls-required",
        ("bad_certificate", "bad_certificate"),
    ),
    Posture("caddy request", caddy("request"), "tls-optional"),
    Posture("caddy verify_if_given", caddy("verify_if_given"), "tls-optional"),
    Posture("caddy none", not_asking(CADDY), "open", requested=False),
    Posture(
        "stunnel requireCert",
        stunnel("verifyChain = yes\nrequireCert = yes"),
        "tls-required",
        _REQUIRED,
    ),
    Posture(
        "stunnel no requireCert", stunnel("verifyChain = yes\nrequireCert = no"), "tls-optional"
    ),
    Posture("stunnel none", stunnel(""), "open", requested=False),
    Posture(
        "gnutls-serv require",
        GNUTLS,
        "tls-required",
        ("decode_error", "certificate_required"),
    ),
    Posture(
        "gnutls-serv request",
        with_arguments(GNUTLS, _without("--require-client-cert", "--verify-client-cert")),
        "tls-optional",
    ),
    Posture("gnutls-serv none", not_asking(GNUTLS), "open", requested=False),
    Posture("openssl -Verify", OPENSSL, "tls-required", _REQUIRED),
    Posture(
        "openssl -verify",
        with_arguments(
            OPENSSL, lambda words: ["-verify" if word == "-Verify" else word for word in words]
        ),
        "tls-optional",
    ),
    Posture("openssl none", not_asking(OPENSSL), "open", requested=False),
    Posture("java need", JSSE, "tls-required", ("bad_certificate", "bad_certificate")),
    Posture(
        "java want",
        dataclasses.replace(not_asking(JSSE), environment={"CLIENT_AUTH": "want"}),
        "tls-optional",
    ),
    Posture("java none", not_asking(JSSE), "open", requested=False),
    Posture("go require", GO, "tls-required", _REQUIRED),
    Posture(
        "go request",
        dataclasses.replace(not_asking(GO), environment={"CLIENT_AUTH": "request"}),
        "tls-optional",
    ),
    Posture("go none", not_asking(GO), "open", requested=False),
)
