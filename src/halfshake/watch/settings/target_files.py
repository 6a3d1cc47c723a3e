"""`target_files`: which files a glob stands for."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfshake.watch.settings.text.mistakes import Mistake
    from halfshake.watch.settings.text.text_file import TextFile


def expand(pattern: str) -> list[Path]:
    """The files that match, in order; none for a glob that matches nothing yet."""
    return [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207


def no_target_file(pattern: str, source: TextFile, number: int) -> list[Mistake]:
    """A file that is named has to be there; a glob may match nothing yet."""
    if glob.has_magic(pattern):
        return []
    return [source.mistake(("target_files", number), f"{pattern} does not exist")]
