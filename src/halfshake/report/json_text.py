"""JSON as the result document has it: one line, no spaces, unknown values left out."""

from __future__ import annotations

import base64
import functools
import json
import math
import re
from datetime import UTC
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from halfshake.report.handshake_fields import known

if TYPE_CHECKING:
    from collections.abc import Iterable
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
    at = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    # isoformat, and a text with these fields in it, take half as long again.
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % at  # noqa: UP031


date_text = functools.lru_cache(maxsize=1024)(time_text)
"""The same for the dates of certificates, which stand in a line several times."""


def decimal(value: float, places: int) -> str:
    """Write a rounded number: the same text as of `round(value, places)`, in half the time.

    That is so where the number has no more digits than a float tells apart, and none so small that
    it has an exponent.
    """
    if not _SMALLEST <= value < _LARGEST:
        return value_text(round(value, places))
    text = format(value, _PLACES[places]).rstrip("0")
    return text + "0" if text[-1] == "." else text


def members(document: dict[str, Any]) -> str:
    """The members of an object, without its braces; empty if none is known.

    The same text as `json_line` writes.
    """
    texts = [f'"{key}":{value_text(value)}' for key, value in document.items() if value is not None]
    return unbreakable(",".join(texts))


def value_text(value: Any) -> str:
    """Write a value as the encoder does; in a line it may still have to be made `unbreakable`.

    To write texts and numbers one by one takes half as long as an encoder, which is made anew each
    time, and most of a line is such.
    """
    kind = type(value)
    if kind is str:
        return quoted(value)
    if kind is list:
        return f"[{','.join([value_text(each) for each in value])}]"
    if kind is dict:
        texts = [f"{quoted(key)}:{value_text(each)}" for key, each in value.items()]
        return f"{{{','.join(texts)}}}"
    if kind is int or (kind is float and math.isfinite(value)):
        return repr(value)
    if kind is bool:
        return "true" if value else "false"
    return _ENCODER.encode(value)


def json_line(document: dict[str, Any]) -> str:
    """Write a document as one line that no text in it can break."""
    return unbreakable(_ENCODER.encode(known(document)))


def unbreakable(line: str) -> str:
    """Escape what JSON does not: it escapes controls below U+0020, and no others.

    Other controls, separators and lone surrogates in a name that the server chose could still break
    the line, control the terminal or fail to be written.
    """
    # Most lines have only ASCII, and it takes a moment to see that.
    if (line.isascii() and _DELETE not in line) or line.isprintable():
        return line
    return NOT_ASCII.sub(lambda found: found[0] if found[0].isprintable() else escaped(found), line)


def escaped(found: re.Match[str]) -> str:
    """Escape one character."""
    return json.dumps(found[0])[1:-1]


def texts_listed(texts: Iterable[str]) -> str:
    """Write texts as an array."""
    return f"[{','.join(map(quoted, texts))}]"


quoted = encode_basestring
"""Writes one text; `unbreakable` has still to see it."""

NOT_ASCII = re.compile(r"[^ -~]")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_DELETE = "\x7f"

# Fifteen digits can be told apart by a float: nine before the point, and six behind it.
_SMALLEST, _LARGEST = 1e-4, 1e9
_PLACES = {3: ".3f", 4: ".4f", 6: ".6f"}
