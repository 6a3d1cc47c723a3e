"""From a Markdown page to its blocks: files, sessions at a prompt, Python, and plain text.

The word behind the fence says what a block is, and the words behind it how it is used:

    ```console                     commands behind "$ ", and what they print: run, and compared
    ```console background          the same, but the last command runs on until the page ends
    ```console not-run="why"       not run; the reason is counted, and printed
    ```python                      run, in the page's directory
    ```yaml file=watch.yaml        written to this file, for the blocks below
    ```yaml                        read; an Agent's configuration is checked (also json, toml, ini)
    ```text                        nothing to run: a log, a picture
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Step(NamedTuple):
    """One command of a session, and the lines that it prints."""

    command: str
    output: tuple[str, ...]


class Block(NamedTuple):
    """A fenced block: its first line in the page, its language, its marks, and what is in it."""

    line: int
    language: str
    marks: dict[str, str]
    content: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """The commands of a session. A line that ends in a backslash goes on in the next."""
        steps: list[tuple[list[str], list[str]]] = []
        for line in self.content.splitlines():
            if line.startswith("$ "):
                steps.append(([line[2:]], []))
            elif not steps:
                raise ValueError(f"line {self.line}: a session begins with a command: {line!r}")
            elif steps[-1][0][-1].endswith("\\") and not steps[-1][1]:
                steps[-1][0].append(line)
            else:
                steps[-1][1].append(line)
        return tuple(Step("\n".join(command), tuple(output)) for command, output in steps)


class Page(NamedTuple):
    """One page: its blocks, and the numbers of the lines on which an indented block begins."""

    path: Path
    blocks: tuple[Block, ...]
    indented: tuple[int, ...]

    @property
    def not_run(self) -> list[str]:
        """Why blocks of this page are not run: a sentence for each of their commands."""
        return [
            block.marks["not-run"]
            for block in self.blocks
            if "not-run" in block.marks
            for _ in (block.steps if block.language == "console" else (None,))
        ]

    def with_outputs(self, came: Mapping[tuple[int, int], Sequence[str]]) -> str:
        """The page's text with what really came, where the page does not leave lines out."""
        lines = self.path.read_text("utf-8").splitlines()
        for block in reversed(self.blocks):
            if block.language != "console" or "not-run" in block.marks:
                continue
            written = []
            for number, step in enumerate(block.steps, 1):
                abridged = any(line.endswith("...") for line in step.output)
                written += [f"$ {step.command}"]
                written += step.output if abridged else came[block.line, number]
            lines[block.line : block.line + len(block.content.splitlines())] = written
        return "\n".join(lines) + "\n"


def read_page(path: Path) -> Page:
    """Read a page. Raises ValueError for a block with marks that mean nothing."""
    blocks, indented = [], []
    for token in MarkdownIt().parse(path.read_text("utf-8")):
        first = token.map[0] + 1 if token.map else 0
        if token.type == "code_block":
            indented.append(first)
        elif token.type == "fence" and not token.info.startswith("{"):  # not for Sphinx alone
            language, marks = _marks(token.info, first)
            blocks.append(Block(first, language, marks, token.content))
    return Page(path, tuple(blocks), tuple(indented))


def _marks(info: str, line: int) -> tuple[str, dict[str, str]]:
    language, *words = shlex.split(info) or [""]
    if language not in LANGUAGES:
        raise ValueError(f"line {line}: {language!r} is none of {', '.join(sorted(LANGUAGES))}")
    marks = {}
    for word in words:
        match = re.fullmatch(r"(file|not-run)=(.+)|background", word)
        if match is None:
            raise ValueError(f"line {line}: {word!r} means nothing here")
        marks[match[1] or word] = match[2] or ""
    return language, marks


LANGUAGES = frozenset({"console", "ini", "json", "python", "text", "toml", "yaml"})
