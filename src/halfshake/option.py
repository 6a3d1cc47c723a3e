"""`Option`: one thing that users can set, declared once for all places where it can be set.

Each room declares its own in `options.py`. The command line, the Agent's configuration and the
tables of README and docs/ are all made from these declarations.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(Enum):
    """What a value is: how it is read, and which type it has in a configuration file."""

    flag = "boolean"
    text = "string"
    path = "path"
    number = "number"
    whole_number = "integer"
    constant = "constant"


class Option(NamedTuple):
    """One option.

    `key` is its name in files and in Python, `flags` are its names on the command line: `--key`,
    with hyphens, unless they are given. `placeholder` stands for the value in help texts. `choices`
    are the only values allowed; members of an enum are passed on as such. `least` and `most` bound
    a number. An option that may be given more than once is `several`. Of options with the same
    `alternative` only one can be given. `constant` is what an option without a value stands for;
    `bare` is the value of one whose value may be left out. A `secret` one may hold a password: in a
    configuration file it can stand in a file of its own.

    `help` is a sentence for --help; `doc` is Markdown for the tables of docs/. An option without a
    `doc` shares the row of the option before it.
    """

    key: str
    help: str
    kind: Kind = Kind.text
    flags: tuple[str, ...] = ()
    placeholder: str = ""
    default: object = None
    choices: Sequence[str] = ()
    least: float | None = None
    most: float | None = None
    several: bool = False
    alternative: str = ""
    constant: object = None
    bare: str | None = None
    doc: str = ""
    secret: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What is typed on the command line; the longest name last."""
        return self.flags or (f"--{self.key.replace('_', '-')}",)


class OptionGroup(NamedTuple):
    """Options that belong together; `title` heads them in --help, "" puts them at the top."""

    title: str
    options: tuple[Option, ...]
