"""JSON as the result document has it: one line, no spaces, unknown values left out."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC
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
    """The members of an object, without its braces; empty if none is known."""
    return json_line(document)[1:-1]


def json_line(document: dict[str, Any]) -> str:
    """Write a document as one line that no text in it can break."""
    line = _ENCODER.encode(known(document))
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
