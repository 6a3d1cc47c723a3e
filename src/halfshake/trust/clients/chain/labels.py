"""Host names, label by label, as rustls and Java read them. Go has rules of its own."""

from __future__ import annotations

import string


def are_labels(text: str, characters: frozenset[str]) -> bool:
    """Is it labels with dots between them: of these characters, no hyphen at either end?"""
    return all(
        0 < len(label) <= MAX_LABEL
        and label[0] != "-"
        and label[-1] != "-"
        and characters.issuperset(label)
        for label in text.split(".")
    )


# RFC 1035 2.3.4
MAX_LABEL = 63

LETTERS_DIGITS_HYPHEN = frozenset(string.ascii_letters + string.digits + "-")
WITH_UNDERSCORE = LETTERS_DIGITS_HYPHEN | {"_"}
