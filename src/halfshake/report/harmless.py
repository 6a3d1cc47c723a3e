r"""Texts of certificates and servers, made harmless for chats, mails and pages. Pure.

A name in a certificate is anybody's text. It must not end a line, turn the direction of writing,
call a whole channel, or become a link, a picture or markup in a service that renders what it gets.
Names that are in order, `*.example.com` and `CN=a_b, O=Corp` too, look as before.
"""

from __future__ import annotations

import re


def harmless(text: str, most: int = 400) -> str:
    """The text for a message: one line, at most so many characters."""
    shown = "".join(_escaped(char) for char in text)
    shown = _CALL.sub("(at)", shown.replace("://", ": //")).translate(_MARKUP)
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."


def _escaped(char: str) -> str:
    # Control characters, directions, invisible ones, and spaces that end a line.
    return char if char.isprintable() else f"\\u{{{ord(char):x}}}"


# What makes links, mentions, code, pictures, tags and tables in Markdown, HTML and Slack's own.
_MARKUP = str.maketrans(
    {
        "<": "\u2039",
        ">": "\u203a",
        "[": "(",
        "]": ")",
        "`": "'",
        "|": "/",
    }
)
_CALL = re.compile(r"@(?=[A-Za-z])")
