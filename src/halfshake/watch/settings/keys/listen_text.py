"""Where the monitor listens, from text: 127.0.0.1:9943, [::1]:9943, :9943."""

from __future__ import annotations

import re


def parse_listen(text: str) -> tuple[str | None, int]:
    """Read host and port; no host stands for every address. Raises ValueError with a sentence."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or int(found["port"]) > MAX_PORT:
        raise ValueError(f"{text!r} is not an address to listen on: write 127.0.0.1:9943 or :9943")
    return (found["v6"] or found["host"] or None), int(found["port"])


MAX_PORT = 65535
_ADDRESS = re.compile(
    r"(?:\[(?P<v6>[0-9a-fA-F:.%a-z]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>\d{1,5})"
)
