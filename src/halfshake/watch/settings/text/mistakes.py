"""Mistakes in a configuration: each with its file, line and key; all of them in one error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Mistake(NamedTuple):
    """One thing that has to be put right. `line` is None where it cannot be told."""

    file: str
    line: int | None
    key: str
    sentence: str

    def __str__(self) -> str:
        """Name the place as compilers do, so that editors can jump there."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.sentence}" if self.key else f"{place}: {self.sentence}"


class ConfigurationInvalid(UsageError):
    """A configuration that cannot be taken; its text has a line for each mistake."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        # A file with a million lines of another kind has a million mistakes.
        shown = [str(mistake) for mistake in mistakes[:MAX_SHOWN]]
        if len(mistakes) > MAX_SHOWN:
            shown.append(f"and {len(mistakes) - MAX_SHOWN} more")
        if len(mistakes) > 1:
            shown.insert(0, f"the configuration has {len(mistakes)} mistakes:")
        super().__init__("\n  ".join(shown))
        self.mistakes = tuple(mistakes)


def key_text(path: Sequence[str | int]) -> str:
    """Write a path as people do: targets[1].interval."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


MAX_SHOWN = 50
