"""Reads option values from YAML and annotations into types, and collects every mistake by its key.

Kubernetes annotations give text where files give numbers, so "443" is a number here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.agent.declared.every_option import DECLARED
from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mistake(NamedTuple):
    """What is wrong with one option, in a sentence."""

    key: str
    sentence: str


class OptionsInvalid(UsageError):
    """An instance that cannot be run, with all reasons at once."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("; ".join(f"{mistake.key}: {mistake.sentence}" for mistake in mistakes))
        self.mistakes = mistakes


class OptionReader:
    """Takes options from a mapping; if one is wrong, notes the mistake and returns its default."""

    def __init__(self, values: Mapping[str, Any], prefix: str = "") -> None:
        self._values = values
        self._prefix = prefix
        self.mistakes: list[Mistake] = []

    def given(self, key: str) -> bool:
        """Is there a value, and not null?"""
        return self._values.get(key) is not None

    def note(self, key: str, sentence: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(f"{self._prefix}{key}", sentence))

    def text(self, key: str) -> str | None:
        """Text that is not empty; a number is accepted."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.note(key, f"must be text, not {value!r}")
            return None
        if not str(value).strip():
            self.note(key, "is empty")
            return None
        return str(value).strip()

    def flag(self, key: str) -> bool:
        """True or false; YAML's words for them are accepted."""
        value, default = self._values.get(key), DECLARED[key].default in _YES
        if value is None:
            return default
        word = str(value).strip().lower()
        if word in _YES or word in _NO:
            return word in _YES
        self.note(key, f"must be true or false, not {value!r}")
        return default

    def number(self, key: str) -> float | None:
        """A number within the option's bounds, inclusive; its default if it has one."""
        least, most = DECLARED[key].least, DECLARED[key].most or math.inf
        value = self._values.get(key)
        if value is None:
            return DECLARED[key].default_number
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not least <= number <= most or math.isinf(number):
            upper = "" if math.isinf(most) else f" and at most {most:g}"
            self.note(key, f"must be a number of at least {least:g}{upper}, not {value!r}")
            return None
        return number

    def choice(self, key: str) -> str | None:
        """One of the option's words, in lower case."""
        value, choices = self.text(key), DECLARED[key].choices
        if value is not None and value.lower() not in choices:
            self.note(key, f"must be one of {', '.join(choices)}, not {value!r}")
            return None
        return None if value is None else value.lower()

    def spellings(self, key: str) -> tuple[str, ...]:
        """A list of texts or numbers, each as text; a single one will do, and none is none."""
        value = self._values.get(key)
        listed = list(value) if isinstance(value, list | tuple) else [value]
        given = [item for item in listed if item is not None]
        wrong = [
            item
            for item in given
            if isinstance(item, bool) or not isinstance(item, str | int | float)
        ]
        if wrong:
            self.note(key, f"has to be a list of texts, and holds {', '.join(map(repr, wrong))}")
            return ()
        return tuple(str(item).strip() for item in given)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts, from the option's choices if it has any; a single text is accepted."""
        value, choices = self._values.get(key), DECLARED[key].choices
        if value is None:
            return None
        listed = list(value) if isinstance(value, list | tuple) else [value]
        wrong = [
            item
            for item in listed
            if not isinstance(item, str) or (choices and item not in choices)
        ]
        if wrong or not listed:
            named = ", ".join(repr(item) for item in wrong) or "nothing"
            of = f" of {', '.join(choices)}" if choices else ""
            self.note(key, f"must be a list{of or ' of texts'}, but holds {named}")
            return None
        return tuple(listed)


def says_no(value: object) -> bool:
    """Is this one of the words for false."""
    return str(value).strip().lower() in _NO


_YES = frozenset({"true", "yes", "on", "1", "y"})
_NO = frozenset({"false", "no", "off", "0", "n"})
