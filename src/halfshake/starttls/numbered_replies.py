"""Protocols whose replies begin with three digits: SMTP, LMTP, FTP and NNTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from halfshake.starttls.conversation import LINE, not_offered, refused, wrong_protocol

if TYPE_CHECKING:
    from halfshake.starttls.conversation import Dialogue, Steps


def smtp(_server_name: str, *, greeting: bytes = b"EHLO", protocol: str = "SMTP") -> Dialogue:
    """RFC 3207, over RFC 5321."""
    ready = yield from _reply(protocol)
    if ready.code != 220:
        raise refused(ready.last_line) if ready.code in {421, 554} else wrong_protocol(protocol)
    yield greeting + b" halfshake.invalid\r\n"
    hello = yield from _reply(protocol)
    if hello.code != 250:
        raise not_offered(f"it does not know {greeting.decode()} (it answers {hello.code})")
    # RFC 3207 2: the keyword has no parameters; keywords are case-insensitive.
    if b"STARTTLS" not in {line.strip().upper() for line in hello.lines[1:]}:
        raise not_offered(f"STARTTLS is not in its answer to {greeting.decode()}")
    yield b"STARTTLS\r\n"
    answer = yield from _reply(protocol)
    if answer.code != 220:
        raise refused(answer.last_line)
    return None


def lmtp(server_name: str) -> Dialogue:
    """RFC 2033: SMTP with another greeting."""
    return smtp(server_name, greeting=b"LHLO", protocol="LMTP")


def ftp(_server_name: str) -> Dialogue:
    """RFC 4217 4."""
    ready = yield from _reply("FTP", free_text=True)
    if ready.code == 120:  # RFC 959 5.4: "service ready in nnn minutes"
        ready = yield from _reply("FTP", free_text=True)
    if ready.code != 220:
        raise refused(ready.last_line) if ready.code == 421 else wrong_protocol("FTP")
    yield b"AUTH TLS\r\n"
    answer = yield from _reply("FTP", free_text=True)
    if answer.code in _UNKNOWN_TO_FTP:
        raise not_offered(f"it answers {answer.code} to AUTH TLS")
    if answer.code != 234:
        raise refused(answer.last_line)
    return None


def nntp(_server_name: str) -> Dialogue:
    """RFC 4642 2.2."""
    ready = yield from _reply("NNTP")
    if ready.code not in {200, 201}:
        raise refused(ready.last_line) if ready.code in {400, 502} else wrong_protocol("NNTP")
    yield b"STARTTLS\r\n"
    answer = yield from _reply("NNTP")
    if answer.code in _UNKNOWN_TO_NNTP:
        raise not_offered(f"it answers {answer.code} to STARTTLS")
    if answer.code != 382:
        raise refused(answer.last_line)
    return None


class _Reply(NamedTuple):
    """One reply: its code, and the text after the code in each line."""

    code: int
    lines: tuple[bytes, ...]
    last_line: bytes


def _reply(protocol: str, *, free_text: bool = False) -> Steps[_Reply]:
    """Read one reply, of any number of lines (RFC 5321 4.2.1).

    With `free_text`, the lines in between need no code (RFC 959 4.2).
    """
    first: bytes | None = None
    texts: list[bytes] = []
    while True:
        line = (yield LINE).rstrip(b"\r")
        match = _CODED.fullmatch(line)
        if match is None or (first is not None and match["code"] != first):
            if first is None or not free_text:
                raise wrong_protocol(protocol)
            texts.append(line)
            continue
        first = match["code"]
        texts.append(match["text"] or b"")
        if match["more"] != b"-":
            return _Reply(int(first), tuple(texts), line)


_CODED = re.compile(rb"(?P<code>[1-5][0-9][0-9])(?:(?P<more>[ -])(?P<text>.*))?", re.DOTALL)

# "Not implemented", or "log in first": what servers without a certificate answer.
_UNKNOWN_TO_FTP = frozenset({500, 501, 502, 503, 504, 530})
_UNKNOWN_TO_NNTP = frozenset({480, 500, 501, 503})
