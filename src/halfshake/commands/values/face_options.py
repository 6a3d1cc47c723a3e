"""What the options for several faces ask for; small, because every check imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.errors import UsageError

if TYPE_CHECKING:
    import argparse


def several_faces(options: argparse.Namespace) -> bool:
    """Do the options ask for more than one face?"""
    every = options.all_addresses or options.all_key_types or options.all_versions
    return bool(every or options.sni or len(protocols(options)) > 1)


def protocols(options: argparse.Namespace) -> tuple[str, ...]:
    """The protocols of --alpn; raises UsageError if one is not valid."""
    names = dict.fromkeys(name.strip() for text in options.alpn for name in text.split(","))
    for name in names:
        # RFC 7301 3.1: not empty, and its length fits in a byte.
        if not name.isascii() or not 0 < len(name) <= MAX_PROTOCOL_BYTES:
            raise UsageError(f"--alpn {name!r} is not a protocol: write h2 or http/1.1")
    return tuple(names)


MAX_PROTOCOL_BYTES = 255
