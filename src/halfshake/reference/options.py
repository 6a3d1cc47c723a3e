"""The options of the command line as tables: a short one for README, all of them for docs/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.commands import check, config, history, judge, report, watch
from halfshake.option import Kind
from halfshake.scan import options as scan_options

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
    """Every option of the commands: those of `check` and `judge` by group, then the others."""
    judged = {group.title for group in judge.GROUPS}
    parts = [_HEAD]
    for group in _joined(check.GROUPS):
        of_both = group.title in judged and group.title
        commands = "`check`, `judge`" if of_both or group.title == "results" else "`check`"
        parts.append(f"\n## {group.title.capitalize()}\n\nFor {commands}.\n")
        parts += ["| option | default | |", "| --- | --- | --- |"]
        parts += [
            f"| {_shown(option)} | {_default(option)} | {_cell(option.help)} |"
            for option in group.options
            if option.names[0].startswith("-")
        ]
    parts += _of_command("scan", _own(scan_options.GROUPS))
    parts += _of_command("watch", watch.GROUPS) + _of_command("history", history.GROUPS)
    parts += _of_command("config", config.GROUPS) + _of_command("report", report.GROUPS)
    return "\n".join(parts) + "\n"


def _of_command(name: str, groups: Iterable[OptionGroup]) -> list[str]:
    rows = [
        f"| {_shown(option)} | {_default(option)} | {_cell(option.help)} |"
        for group in groups
        for option in group.options
    ]
    title = f"\n## halfshake {name}\n"
    return [title, "| option | default | |", "| --- | --- | --- |", *rows]


def _own(groups: Iterable[OptionGroup]) -> Iterator[OptionGroup]:
    """Leave out the groups that `check` has too: they mean the same there."""
    for group in groups:
        if group not in check.GROUPS:
            yield group


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


_HEAD = """# Options

Made from the code by `make docs`. `halfshake check --help` shows the same."""
