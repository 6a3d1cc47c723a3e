"""The options of the command line as tables: a short one for README, all of them for docs/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from halfshake.commands import check, judge
from halfshake.commands.command_line import COMMANDS
from halfshake.option import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from halfshake.option import Option, OptionGroup


def readme_table() -> str:
    """One row for each option with a `doc`; options without one share the row before."""
    rows = [
        f"| {', '.join(_shown(option) for option in row)} | {_cell(row[0].doc)} |"
        for row in _rows(option for group in check.GROUPS for option in group.options)
    ]
    return "\n".join(["| option | what for |", "| --- | --- |", *rows])


def options_page() -> str:
    """Every command with its options: those of `check` and `judge` by group, then the others."""
    judged = {group.title for group in judge.GROUPS}
    parts = [_HEAD, *_commands()]
    for group in _joined(check.GROUPS):
        of_both = group.title in judged and group.title
        commands = "`check`, `judge`" if of_both or group.title == "results" else "`check`"
        parts.append(f"\n## {group.title.capitalize()}\n\nFor {commands}.\n")
        parts += _table(group.options)
    for name, command in COMMANDS.items():
        if name != "check":
            parts += [
                f"\n## halfshake {name}\n",
                f"{command.summary[0].upper()}{command.summary[1:]}.\n",
            ]
            parts += _of_command(command.groups)
    return "\n".join(parts).rstrip() + "\n"


def _commands() -> list[str]:
    """What there is, and where on this page."""
    rows = [
        f"| [`halfshake {name}`](#{'targets' if name == 'check' else f'halfshake-{name}'}) "
        f"| {_cell(command.summary)} |"
        for name, command in COMMANDS.items()
    ]
    return ["\n## Commands\n", "| command | |", "| --- | --- |", *rows]


def _of_command(groups: tuple[OptionGroup, ...]) -> list[str]:
    """The options that only this command has, and which groups of `check` it takes too."""
    own = [option for group in groups if group not in check.GROUPS for option in group.options]
    of_check = zip(check.GROUPS, _joined(check.GROUPS), strict=True)
    shared = [
        f"[{titled.title}](#{_anchor(titled.title)})"
        for group, titled in of_check
        if group in groups
    ]
    parts = _table(own) if own else []
    if shared:
        parts.append(f"\nAnd those of `check`: {', '.join(shared)}.")
    return parts or ["It has no options."]


def _anchor(title: str) -> str:
    """What the heading is called in a link."""
    return re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-")


def _table(options: Iterable[Option]) -> list[str]:
    rows = [
        f"| {_shown(option)} | {_default(option)} | {_cell(option.help)} |" for option in options
    ]
    return ["| option | default | |", "| --- | --- | --- |", *rows]


def _joined(groups: Iterable[OptionGroup]) -> Iterator[OptionGroup]:
    """Give a title to the groups that have none in --help."""
    titles = iter(("targets", "results"))
    for group in groups:
        yield group if group.title else group._replace(title=next(titles))


def _rows(options: Iterable[Option]) -> list[list[Option]]:
    rows: list[list[Option]] = []
    for option in options:
        if not option.names[0].startswith("-"):
            continue
        if option.doc or not rows:
            rows.append([])
        rows[-1].append(option)
    return rows


def _shown(option: Option) -> str:
    names = ", ".join(option.names)
    if not names.startswith("-"):  # a positional argument
        names = ""
    value = option.placeholder or "|".join(option.choices)
    if option.bare is not None:
        value = f"[{value}]"
    return f"`{names} {value}`".replace(" `", "`").replace("` ", "`").replace("|", "\\|")


def _default(option: Option) -> str:
    if option.default is None or option.kind is Kind.flag:
        return ""
    return f"`{option.default:g}`" if isinstance(option.default, float) else f"`{option.default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


_HEAD = """# Commands and options

Made from the code by `make docs`. `halfshake COMMAND --help` shows the same, and so does
`man halfshake-COMMAND`.

The exit code is 0 for ok, 1 for warning, 2 for critical, 3 for a target that was not read and for
wrong usage, 130 after Ctrl-C. Of several targets the worst counts, in this order: 2, 3, 1, 0."""
