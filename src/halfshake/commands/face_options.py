"""The options of `check` that ask for several faces; light, since each check reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.errors import UsageError

if TYPE_CHECKING:
    import argparse


def add_face_arguments(faces: argparse._ArgumentGroup) -> None:
    """Declare them."""
    faces.add_argument(
        "--all-addresses", action="store_true", help="read every address of the name, A and AAAA"
    )
    faces.add_argument(
        "--all-key-types",
        action="store_true",
        help="ask for an RSA, an ECDSA and an EdDSA certificate apart",
    )
    faces.add_argument(
        "--all-versions", action="store_true", help="read each TLS version, 1.3 down to 1.0"
    )
    faces.add_argument(
        "--sni",
        action="append",
        default=[],
        metavar="NAME,...",
        help="ask for other names too; `none` sends no name, `unknown` one that nobody has",
    )
    faces.add_argument(
        "--per-host",
        type=int,
        default=2,
        metavar="N",
        help="how many connections to one host at once, for its faces (2)",
    )


def several_faces(options: argparse.Namespace) -> bool:
    """Do the options ask for more than one face."""
    every = options.all_addresses or options.all_key_types or options.all_versions
    return bool(every or options.sni or len(protocols(options)) > 1)


def protocols(options: argparse.Namespace) -> tuple[str, ...]:
    """The protocols of --alpn; raises UsageError where one can be none."""
    names = dict.fromkeys(name.strip() for text in options.alpn for name in text.split(","))
    for name in names:
        # RFC 7301 3.1: not empty, and a byte says how long.
        if not name.isascii() or not 0 < len(name) <= MAX_PROTOCOL_BYTES:
            raise UsageError(f"--alpn {name!r} names no protocol: write h2 or http/1.1")
    return tuple(names)


MAX_PROTOCOL_BYTES = 255
