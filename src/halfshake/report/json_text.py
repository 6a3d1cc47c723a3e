"""JSON as the result document has it: one line, no spaces, unknown values left out."""

from __future__ import annotations

import base64
import json
import math
import re
from datetime import UTC
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from halfshake.report.handshake_fields import known

if TYPE_CHECKING:
    from datetime import datetime


def base64_text(data: bytes | None) -> str | None:
    """Encode bytes; None stays None."""
    return None if data is None else base64.b64encode(data).decode("ascii")


def time_text(moment: datetime | None) -> str | None:
    """Write a time as every document has it: RFC 3339, UTC."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def members(document: dict[str, Any]) -> str:
    """The members of an object, without its braces; empty if none is known.

    The same text as `json_line` writes. To write texts and numbers one by one takes half as long as
    an encoder, which is made anew each time, and most members of a line are such.
    """
    texts = []
    for key, value in document.items():
        kind = type(value)
        if kind is str:
            texts.append(f'"{key}":{encode_basestring(value)}')
        elif kind is int or (kind is float and math.isfinite(value)):
            texts.append(f'"{key}":{value!r}')
        elif kind is bool:
            texts.append(f'"{key}":true' if value else f'"{key}":false')
        elif value is not None:
            texts.append(f'"{key}":{_ENCODER.encode(value)}')
    return _unbreakable(",".join(texts))


def json_line(document: dict[str, Any]) -> str:
    """Write a document as one line that no text in it can break."""
    return _unbreakable(_ENCODER.encode(known(document)))


def _unbreakable(line: str) -> str:
    # JSON escapes controls below U+0020. Other controls, separators and lone surrogates in a name
    # that the server chose could still break the line, control the terminal or fail to be written.
    if line.isprintable():
        return line
    return NOT_ASCII.sub(lambda found: found[0] if found[0].isprintable() else escaped(found), line)


def escaped(found: re.Match[str]) -> str:
    """Escape one character."""
    return json.dumps(found[0])[1:-1]


NOT_ASCII = re.compile(r"[^ -~]")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
