"""`Target`: what to dial, and which name to ask for; read from the text that users type.

    host   host:port   192.0.2.7:8443   [2001:db8::7]:443   https://host:port/path

Internationalised names are turned into A-labels (IDNA 2008, UTS 46). A literal address is dialled
but never sent as SNI (RFC 6066 3).
"""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from halfshake.errors import TargetInvalid


@dataclass(frozen=True, slots=True)
class Target:
    """One endpoint to read.

    `text` is what the user typed. `host` is an A-label or a literal address without brackets,
    `server_name` the reference identifier: the name or address the certificate has to be for.
    """

    text: str
    host: str
    port: int
    server_name: str
    starttls: str | None = None

    @property
    def sni(self) -> str | None:
        """The name for the server_name extension; None for a literal address."""
        return None if is_ip_address(self.server_name) else self.server_name


def parse_target(text: str, *, server_name: str | None = None) -> Target:
    """Read a TARGET; `server_name` replaces the host's name in SNI and in the name check.

    Raises TargetInvalid with a sentence that says what to write instead.
    """
    stripped = text.strip()
    default_port = HTTPS_PORT
    authority = stripped
    if "://" in stripped:
        scheme, _, rest = stripped.partition("://")
        if scheme.lower() not in SCHEME_PORTS:
            known = ", ".join(f"{name}://" for name in SCHEME_PORTS)
            raise TargetInvalid(
                f"{text!r}: the scheme {scheme}:// is not known; write host:port, or one of {known}"
            )
        default_port = SCHEME_PORTS[scheme.lower()]
        authority = urlsplit("//" + rest.split("?", 1)[0].split("#", 1)[0]).netloc
        authority = authority.rpartition("@")[2]
    host, port = _split_port(authority, text, default_port)
    host = _host(host, text)
    name = host if server_name is None else _host(server_name.strip("[] "), server_name)
    return Target(text=text, host=host, port=port, server_name=name.partition("%")[0])


@functools.lru_cache(maxsize=4096)
def is_ip_address(text: str) -> bool:
    """Is it a literal IPv4 or IPv6 address, with a zone or without."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _split_port(authority: str, text: str, default_port: int) -> tuple[str, int]:
    if is_ip_address(authority):  # ::1 without brackets has no port
        return authority, default_port
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise TargetInvalid(
            f"{text!r} is no target: write host, host:port, [IPv6]:port or https://host"
        )
    host = match["v6"] or match["host"]
    digits = match["port"]
    if digits is None:
        return host, default_port
    port = int(digits)
    if not 0 < port <= MAX_PORT:
        raise TargetInvalid(f"{text!r}: the port {digits} is not between 1 and {MAX_PORT}")
    return host, port


def _host(host: str, text: str) -> str:
    if is_ip_address(host):
        return host
    name = host.removesuffix(".")
    if not name.isascii():
        import idna  # noqa: PLC0415 - only the few who need it pay for it

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise TargetInvalid(
                f"{text!r}: {host!r} is no internationalised name: {error}"
            ) from error
    name = name.lower()
    # RFC 1035 2.3.4; underscores are no host names, but they are in use.
    labels = name.split(".")
    if len(name) > MAX_NAME_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise TargetInvalid(f"{text!r}: {host!r} is no host name and no address")
    if labels[-1].isdigit():
        raise TargetInvalid(f"{text!r}: {host!r} looks like an IPv4 address, but is none")
    return name


HTTPS_PORT = 443
MAX_PORT = 65535
MAX_NAME_LENGTH = 253

SCHEME_PORTS = {"https": HTTPS_PORT}

_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<host>[^\[\]:/?#@\s]+))(?::(?P<port>[0-9]{1,5}))?"
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
