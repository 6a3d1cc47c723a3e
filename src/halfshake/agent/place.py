"""What to read: server, port, server_hostname, start_tls and local_cert_path become one target."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from halfshake.errors import TargetInvalid
from halfshake.inputs.target_text import parse_target
from halfshake.report.datadog import target_tags
from halfshake.target import Target, is_ip_address

if TYPE_CHECKING:
    from halfshake.agent.option_reader import OptionReader


def place_tags(target: Target, reader: OptionReader, *, as_shipped: bool) -> tuple[str, ...]:
    """Name the target as the `tls` check does; a file by the given names, or by its path."""
    local = reader.text("local_cert_path")
    if as_shipped:
        return _tags_as_written(target, reader, local=local is not None)
    if local is None:
        return target_tags(target)
    named = {key: reader.text(key) for key in ("server_hostname", "server")}
    tags = tuple(f"{key}:{value}" for key, value in named.items() if value is not None)
    return tags or (f"local_cert_path:{local}",)


def _tags_as_written(target: Target, reader: OptionReader, *, local: bool) -> tuple[str, ...]:
    """Build the `tls` check's tags: its monitors know names as the configuration spells them."""
    host = _split(reader.text("server") or "")[1]
    named = reader.text("server_hostname") or host
    if local:
        return (f"server_hostname:{named}",) if target.server_name else ()
    return (f"server_hostname:{named}", f"server:{host}", f"port:{target.port}")


def read_place(reader: OptionReader, *, as_shipped: bool) -> Target | None:
    """Read which target it is; None if the reader has noted a mistake."""
    server = reader.text("server")
    if reader.given("local_cert_path"):
        return _file(reader, server)
    if server is None:
        if not reader.given("server"):
            reader.note("server", "is missing: name the host to read, or a list of `targets`")
        return None
    text = _text(reader, server, as_shipped=as_shipped)
    if text is None:
        return None
    name = reader.text("server_hostname")
    if name is not None and not is_name(name):
        if reader.flag("tls_validate_hostname"):
            reader.note("server_hostname", f"must be a host name or an address, not {name!r}")
            return None
        name = None  # nobody checks it: it is only not asked for
    return _parsed(reader, "server", text, name)


def is_name(text: str) -> bool:
    """Tell if this can be asked for (SNI) and found in a certificate."""
    if not _NAME.fullmatch(text):
        return False
    try:
        parse_target("localhost", server_name=text)
    except TargetInvalid:
        return False
    return True


def _file(reader: OptionReader, server: str | None) -> Target | None:
    """Read which file, and the name that it has to have; the file itself is read in each round."""
    path = reader.text("local_cert_path")
    if path is None:
        return None
    name = ""
    if reader.flag("tls_validate_hostname"):
        name = reader.text("server_hostname") or _split(server or "")[1]
        if not name:
            reader.note(
                "server_hostname",
                "is missing beside `local_cert_path`: name the host that the certificate is for, "
                "or set `tls_validate_hostname: false`",
            )
            return None
        named = _parsed(reader, "server_hostname", f"[{name}]" if ":" in name else name, None)
        if named is None:
            return None
        name = named.server_name
    return Target(f"file:{Path(path).expanduser()}", "", 0, name)


def _text(reader: OptionReader, server: str, *, as_shipped: bool) -> str | None:
    """Write server, port and start_tls as one target."""
    port = reader.number("port")
    if port is not None and port != int(port):
        reader.note("port", f"must be a whole number, not {port:g}")
        return None
    scheme, host, in_server = _split(server)
    if not host:
        reader.note("server", f"must be a host, an address or a URL, not {server!r}")
        return None
    starttls = reader.text("start_tls")
    if starttls is not None:
        scheme = starttls.lower()
        if not _is_target(f"{scheme}://localhost"):
            reader.note("start_tls", f"cannot be {starttls!r}: docs/schemes.md lists the protocols")
            return None
    elif as_shipped or not _is_target(f"{scheme}://localhost"):
        scheme = ""  # the tls check uses only host and port
    authority = f"[{host}]" if ":" in host else host
    number = port or in_server
    if number is not None:
        authority = f"{authority}:{int(number)}"
    elif as_shipped or scheme in {"", "https"}:
        authority = f"{authority}:{DEFAULT_PORT}"
    return authority if scheme in {"", "https"} else f"{scheme}://{authority}"


def _split(server: str) -> tuple[str, str, int | None]:
    """Split `server` into scheme, host and port; no host if it is not valid."""
    scheme, _, rest = server.rpartition("://")
    if is_ip_address(rest):
        return scheme.lower(), rest, None
    try:
        parts = urlsplit(f"//{rest}")
        return scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        return scheme.lower(), "", None


def _is_target(text: str) -> bool:
    """Can this release read such a target: does it know the scheme, does it read files?"""
    try:
        parse_target(text)
    except TargetInvalid:
        return False
    return True


def _parsed(reader: OptionReader, key: str, text: str, server_name: str | None) -> Target | None:
    try:
        return parse_target(text, server_name=server_name)
    except TargetInvalid as error:
        reader.note(key, str(error))
        return None


DEFAULT_PORT = 443

_NAME = re.compile(r"[^\s/@?#]+")
