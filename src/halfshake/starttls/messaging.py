"""Chat and messages: IRC, XMPP between clients and servers, NATS."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from halfshake.starttls.conversation import (
    LINE,
    Exactly,
    Until,
    not_offered,
    refused,
    wrong_protocol,
)

if TYPE_CHECKING:
    from halfshake.starttls.conversation import Dialogue, Steps


def irc(_server_name: str) -> Dialogue:
    """The STARTTLS command of IRCv3's tls extension (deprecated, but in use)."""
    yield b"STARTTLS\r\n"
    while True:
        line = (yield LINE).rstrip(b"\r")
        match = _IRC_MESSAGE.fullmatch(line)
        if match is None:
            raise wrong_protocol("IRC")
        match match["numeric"] or match["word"].upper():
            case b"670":
                return None
            case b"691" | b"ERROR":
                raise refused(line)
            case b"421" | b"451" | b"462":
                raise not_offered("it does not know the command STARTTLS")
            case _:  # what servers say while they look up who is calling
                continue


def xmpp(server_name: str, *, namespace: str = "jabber:client") -> Dialogue:
    """RFC 6120 5.4; `server_name` is the domain in `to`."""
    yield (
        f"<?xml version='1.0'?><stream:stream to={quoteattr(server_name)} version='1.0' "
        f"xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams'>"
    ).encode()
    offered = yield from _xmpp_features()
    if not offered:
        raise not_offered("starttls is not among its XMPP stream features")
    yield f"<starttls xmlns='{_XMPP_TLS}'/>".encode()
    tag = yield from _tag()
    if _element(tag) == b"failure":
        raise refused(b"<failure/>")
    if _element(tag) != b"proceed":
        raise wrong_protocol("XMPP")
    if not tag.endswith(b"/") and _element((yield from _tag())) != b"/proceed":
        raise wrong_protocol("XMPP")
    return None


def xmpp_server(server_name: str) -> Dialogue:
    """XMPP between servers."""
    return xmpp(server_name, namespace="jabber:server")


def _xmpp_features() -> Steps[bool]:
    """Read up to the end of the stream's features; return whether starttls is one of them."""
    # One byte first: another protocol's banner may have no tag in it.
    before = yield Exactly(1)
    if before != b"<":
        raise wrong_protocol("XMPP")
    opened = offered = False
    while True:
        tag = yield from _tag(before)
        before = b""
        name = _element(tag)
        if name == b"?xml":
            continue
        if not opened and name != b"stream":
            raise wrong_protocol("XMPP")
        opened = True
        offered |= name == b"starttls" and _XMPP_TLS.encode() in tag
        if name == b"/features" or (name == b"features" and tag.endswith(b"/")):
            return offered
        if name == b"error":
            condition = yield from _tag()
            raise refused(b"stream error: " + condition.strip(b"</> "))


def _tag(before: bytes = b"") -> Steps[bytes]:
    """Read up to the end of a tag; return it without brackets. Text before it is skipped."""
    text, bracket, tag = (before + (yield Until(b">"))).rpartition(b"<")
    if not bracket or b"<" in text:
        raise wrong_protocol("XMPP")
    return tag


def _element(tag: bytes) -> bytes:
    """The name of a tag's element without its prefix; "/name" for an end tag."""
    match = re.match(rb"(/?)(?:[\w.-]+:)?([?\w.-]*)", tag)
    return match[1] + match[2] if match else b""


def nats(_server_name: str) -> Dialogue:
    """NATS: the server sends INFO, and TLS begins if INFO offers it."""
    line = (yield LINE).rstrip(b"\r")
    verb, _, argument = line.partition(b" ")
    if verb.upper() == b"-ERR":
        raise refused(line)
    if verb.upper() != b"INFO":
        raise wrong_protocol("NATS")
    try:
        info = json.loads(argument)
    except (ValueError, RecursionError):
        raise wrong_protocol("NATS") from None
    if not isinstance(info, dict):
        raise wrong_protocol("NATS")
    if info.get("tls_required") is not True and info.get("tls_available") is not True:
        raise not_offered("its INFO says neither tls_required nor tls_available")
    return None


# Numerics come from a server, which names itself; some words come without a name.
_IRC_MESSAGE = re.compile(
    rb"(?::\S+ +(?P<numeric>[0-9]{3})(?: .*)?)|"
    rb"(?:(?::\S+ +)?(?P<word>(?i:NOTICE|PING|ERROR|CAP|AUTHENTICATE))(?: .*)?)",
    re.DOTALL,
)
_XMPP_TLS = "urn:ietf:params:xml:ns:xmpp-tls"
