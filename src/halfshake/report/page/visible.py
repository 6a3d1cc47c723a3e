r"""`visible()`: text that somebody else chose, in a form that can only be read.

Markup is escaped by the templates. What remains are characters that a browser obeys or hides:
controls, the marks that turn the direction of writing, and those of no width. They are spelled out,
as in `pay\u202ements`.
"""

from __future__ import annotations

import re


def visible(text: str, most: int = 2_000) -> str:
    """Spell out what cannot be seen, and say how much is left out of a long text."""
    left_out = len(text) - most
    if left_out > 0:
        text = text[:most]
    if not text.isprintable():
        text = _HIDDEN.sub(_spelled_out, text)
    return f"{text}… ({left_out:,} more characters)" if left_out > 0 else text


def _spelled_out(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


_HIDDEN = re.compile(r"[^ -~]")
