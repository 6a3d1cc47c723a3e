"""The versions of TLS that an owner allows, in every spelling that the `tls` check takes, and more.

`1.2`, `v1.2`, `TLS1.2`, `tlsv1.2` and the number 1.2 all mean TLSv1.2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def allowed_versions(values: Iterable[str]) -> tuple[str, ...]:
    """Spell each version as a handshake names it; one that does not exist stays as it was written.

    The `tls` check takes such a one too: no server ever chooses it.
    """
    return tuple(dict.fromkeys(_spelled(value) for value in values))


def _spelled(text: str) -> str:
    match = _SPELLING.fullmatch(text)
    if match is None:
        return text
    name, major, minor = (match["name"] or "TLS").upper(), match["major"], match["minor"] or "0"
    version = f"{name}v{major}" + (f".{minor}" if minor != "0" else "")
    return version if version in VERSIONS else text


VERSIONS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")

_SPELLING = re.compile(
    r"(?P<name>SSL|TLS)?[ _-]?v?(?P<major>\d)(?:\.(?P<minor>\d))?", re.IGNORECASE
)
