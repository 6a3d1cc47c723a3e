"""Protocols for mailboxes: IMAP, POP3 and ManageSieve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halfshake.starttls.conversation import (
    LINE,
    Exactly,
    not_offered,
    refused,
    wrong_protocol,
)

if TYPE_CHECKING:
    from halfshake.starttls.conversation import Dialogue, Steps


def imap(_server_name: str) -> Dialogue:
    """RFC 9051 6.2.1."""
    greeting = (yield LINE).rstrip(b"\r").upper()
    # After PREAUTH it is too late to begin TLS (RFC 9051 6.2.1).
    if greeting.startswith((b"* BYE", b"* PREAUTH")):
        raise refused(greeting)
    if not greeting.startswith(b"* OK"):
        raise wrong_protocol("IMAP")
    listed = re.search(rb"\[CAPABILITY ([^]]*)\]", greeting)
    capabilities = listed[1] if listed else (yield from _imap_capabilities())
    if b"STARTTLS" not in capabilities.split():
        raise not_offered("STARTTLS is not among its IMAP capabilities")
    yield b"h2 STARTTLS\r\n"
    while True:
        line = (yield LINE).rstrip(b"\r")
        upper = line.upper()
        if upper.startswith(b"H2 OK"):
            return None
        if upper.startswith((b"H2 ", b"* BYE")):
            raise refused(line)
        if not upper.startswith(b"* "):
            raise wrong_protocol("IMAP")


def _imap_capabilities() -> Steps[bytes]:
    yield b"h1 CAPABILITY\r\n"
    capabilities = b""
    while True:
        line = (yield LINE).rstrip(b"\r").upper()
        if line.startswith(b"* CAPABILITY "):
            capabilities = line.removeprefix(b"* CAPABILITY ")
        elif line.startswith(b"H1 "):
            return capabilities
        elif line.startswith(b"* BYE"):
            raise refused(line)
        elif not line.startswith(b"* "):
            raise wrong_protocol("IMAP")


def pop3(_server_name: str) -> Dialogue:
    """RFC 2595 4."""
    yield from _pop3_ok()
    yield b"CAPA\r\n"
    # RFC 2449 is optional: a server without CAPA may still know STLS.
    if (yield from _pop3_ok(allow_error=True)):
        capabilities: set[bytes] = set()
        while (line := (yield LINE).rstrip(b"\r").upper()) != b".":
            capabilities.add(line.strip())
        if b"STLS" not in capabilities:
            raise not_offered("STLS is not among its POP3 capabilities")
    yield b"STLS\r\n"
    yield from _pop3_ok()
    return None


def _pop3_ok(*, allow_error: bool = False) -> Steps[bool]:
    line = (yield LINE).rstrip(b"\r")
    if line.upper().startswith(b"+OK"):
        return True
    if not line.upper().startswith(b"-ERR"):
        raise wrong_protocol("POP3")
    if not allow_error:
        raise refused(line)
    return False


def sieve(_server_name: str) -> Dialogue:
    """RFC 5804 2.2."""
    capabilities = yield from _sieve_response()
    if b'"STARTTLS"' not in capabilities:
        raise not_offered("STARTTLS is not among its ManageSieve capabilities")
    yield b"STARTTLS\r\n"
    yield from _sieve_response()
    return None


def _sieve_response() -> Steps[set[bytes]]:
    """Read a response up to its OK; the first word of each line before it, in capitals."""
    words: set[bytes] = set()
    while True:
        line = (yield LINE).rstrip(b"\r")
        # RFC 5804 4: a string may be a literal, {number}, on the lines that follow.
        while literal := re.search(rb"\{([0-9]{1,9})\+?\}$", line):
            yield Exactly(int(literal[1]))
            line = line[: literal.start()] + (yield LINE).rstrip(b"\r")
        word = line.partition(b" ")[0].upper()
        if word == b"OK":
            return words
        if word in {b"NO", b"BYE"}:
            raise refused(line)
        if not word.startswith(b'"'):
            raise wrong_protocol("ManageSieve")
        words.add(word)
