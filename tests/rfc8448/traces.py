"""The handshakes of RFC 8448 as bytes: `load("simple_1rtt")["server_hello_record"]`.

Each trace is one text file beside this one; README.md lists the names and says where they are from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TRACE_NAMES = (
    "simple_1rtt",
    "hello_retry_request",
    "client_authentication",
    "compatibility_mode",
)
"""Sections 3, 5, 6 and 7. The file `server_rsa_key` (section 2) holds a key, not a handshake."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The values of one file, by name, in the order of the RFC."""

    name: str
    values: Mapping[str, bytes]

    def __getitem__(self, value_name: str) -> bytes:
        return self.values[value_name]

    def __contains__(self, value_name: str) -> bool:
        return value_name in self.values


def load(name: str) -> Trace:
    """Read `<name>.txt`; a name given twice in one file is an error."""
    path = Path(__file__).with_name(f"{name}.txt")
    digits: dict[str, list[str]] = {}
    value_name = ""
    for line in path.read_text(encoding="ascii").splitlines():
        if not line or line.startswith("#"):
            continue
        name_before, equals, hex_digits = line.rpartition("=")
        if equals:
            value_name = name_before.rstrip()
            if value_name in digits:
                raise ValueError(f"{path.name} gives {value_name} twice")
            digits[value_name] = []
        digits[value_name].append(hex_digits)
    return Trace(name, {key: bytes.fromhex(" ".join(lines)) for key, lines in digits.items()})
