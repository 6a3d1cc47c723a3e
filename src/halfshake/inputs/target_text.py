"""Turns the text that users type into a `Target`.

    host   host:port   192.0.2.7:8443   [2001:db8::7]:443   https://host:port/path
    smtp://host   postgres://host   unix:/run/server.sock

Internationalised names are turned into A-labels (IDNA 2008, UTS 46).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from halfshake.errors import TargetInvalid
from halfshake.target import HTTPS_PORT, MAX_PORT, Target, is_ip_address

if TYPE_CHECKING:
    from halfshake.inputs.schemes import Scheme


def parse_target(
    text: str, *, server_name: str | None = None, starttls: str | None = None
) -> Target:
    """Read a TARGET; `server_name` replaces the host's name in SNI and in the name check.

    `starttls` is the protocol before TLS, if no scheme gives it. Raises TargetInvalid with a
    sentence that says what to write instead.
    """
    authority = text.strip()
    default_port, dialogue = HTTPS_PORT, None
    alpn: tuple[str, ...] = ()
    if starttls is not None:
        default_port, dialogue, alpn = _starttls_scheme(starttls)
    name = None if server_name is None else _host(server_name.strip("[] "), server_name)
    if authority.startswith(UNIX):
        path = authority.removeprefix(UNIX)
        return Target(text, "", 0, name or "", starttls=dialogue, unix_path=_unix_path(path, text))
    if "://" in authority:
        scheme, _, rest = authority.partition("://")
        default_port, implied, alpn = _scheme(scheme, text)
        if dialogue not in {None, implied}:
            raise TargetInvalid(
                f"{text!r}: the scheme {scheme}:// cannot be combined with --starttls"
            )
        dialogue = implied
        authority = urlsplit("//" + rest.split("?", 1)[0].split("#", 1)[0]).netloc
        user, at, authority = authority.rpartition("@")
        if ":" in user:  # a password must not appear in a log
            text = text.replace(user + at, user.partition(":")[0] + ":***@", 1)
    host, port = _split_port(authority, text, default_port)
    host = _host(host, text)
    return Target(
        text=text,
        host=host,
        port=port,
        server_name=(host if name is None else name).partition("%")[0],
        starttls=dialogue,
        alpn=alpn,
    )


def _scheme(scheme: str, text: str) -> Scheme:
    from halfshake.inputs.schemes import SCHEMES  # noqa: PLC0415 - only who writes a scheme pays for it

    found = SCHEMES.get(scheme.lower())
    if found is None:
        if scheme.lower() == "http":
            raise TargetInvalid(
                f"{text!r}: http:// has no TLS and no certificate; write https://, or host:port"
            )
        known = ", ".join(SCHEMES)
        raise TargetInvalid(
            f"{text!r}: the scheme {scheme}:// is not known; write host:port, or one of {known}"
        )
    return found


def _starttls_scheme(protocol: str) -> Scheme:
    from halfshake.inputs.schemes import STARTTLS_SCHEMES  # noqa: PLC0415

    found = STARTTLS_SCHEMES.get(protocol.lower())
    if found is None:
        known = ", ".join(STARTTLS_SCHEMES)
        raise TargetInvalid(f"--starttls {protocol} is not known; use one of {known}")
    return found


def _unix_path(path: str, text: str) -> str:
    if not path or "\0" in path or len(os.fsencode(path)) > MAX_UNIX_PATH_BYTES:
        raise TargetInvalid(
            f"{text!r}: write unix:/path, with a path of at most {MAX_UNIX_PATH_BYTES} bytes "
            "(sun_path)"
        )
    return path


def _split_port(authority: str, text: str, default_port: int) -> tuple[str, int]:
    if is_ip_address(authority):  # ::1 without brackets has no port
        return authority, default_port
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise TargetInvalid(
            f"{text!r} is not a valid target: write host, host:port, [IPv6]:port, https://host "
            "or unix:/path"
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
                f"{text!r}: {host!r} is not a valid internationalised name: {error}"
            ) from error
    name = name.lower()
    # RFC 1035 2.3.4; underscores are not valid in host names, but they are in use.
    if len(name) > MAX_NAME_LENGTH or _LABELS.fullmatch(name) is None:
        raise TargetInvalid(f"{text!r}: {host!r} is neither a host name nor an address")
    if name.rpartition(".")[2].isdigit():
        raise TargetInvalid(
            f"{text!r}: {host!r} looks like an IPv4 address, but is not a valid one"
        )
    return name


MAX_NAME_LENGTH = 253

UNIX = "unix:"
MAX_UNIX_PATH_BYTES = 107  # unix(7)

_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<host>[^\[\]:/?#@\s]+))(?::(?P<port>[0-9]{1,5}))?"
)
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_LABELS = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
