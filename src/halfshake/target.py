"""`Target`: what to dial, and which name to ask for.

A literal address is dialled but never sent as SNI (RFC 6066 3).
"""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import NamedTuple


class Target(NamedTuple):
    """One endpoint to read.

    `text` is what the user typed, without a password. `host` is an A-label or a literal address
    without brackets. `server_name` is the reference identifier: the name or address that the
    certificate must be for, "" if there is none to check. `sni_sent`, if it is not None, is sent
    instead; "" sends no name. `starttls` is the protocol before TLS. A unix socket has a
    `unix_path` and no host.
    """

    text: str
    host: str
    port: int
    server_name: str
    starttls: str | None = None
    alpn: tuple[str, ...] = ()
    unix_path: str | None = None
    sni_sent: str | None = None

    @property
    def sni(self) -> str | None:
        """The name for the server_name extension; None for a literal address, or without a name."""
        if self.sni_sent is not None:
            return self.sni_sent or None
        name = self.server_name
        return None if not name or is_ip_address(name) else name


def is_ip_address(text: str) -> bool:
    """Is it a literal IPv4 or IPv6 address, with a zone or without."""
    # Most are names; to find out by the library takes as long as reading a target's text.
    return _LETTERS_OF_ADDRESS.fullmatch(text) is not None and _is_ip_address(text)


@functools.lru_cache(maxsize=4096)
def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


_LETTERS_OF_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+(?:%.*)?", re.DOTALL)

HTTPS_PORT = 443
MAX_PORT = 65535
