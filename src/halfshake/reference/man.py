"""The man pages, in mdoc, from the declarations of the command line: one for each command."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING

from halfshake.commands.command_line import COMMANDS, DESCRIPTION
from halfshake.option import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from halfshake.option import Option, OptionGroup


def man_pages() -> dict[str, Callable[[], str]]:
    """Each page's file below the repository's root, and what writes it."""
    pages: dict[str, Callable[[], str]] = {"docs/man/halfshake.1": overview_page}
    for name in COMMANDS:
        pages[f"docs/man/halfshake-{name}.1"] = partial(command_page, name)
    return pages


def overview_page() -> str:
    """halfshake(1): the commands, the exit codes, the environment."""
    commands = [
        line
        for name, command in COMMANDS.items()
        for line in (f".It Xr halfshake-{name} 1", _text(f"{command.summary}."))
    ]
    lines = [
        *_head("halfshake", "read the certificates of servers that demand a client certificate"),
        ".Nm",
        ".Ar command",
        ".Op Ar argument ...",
        ".Nm",
        ".Fl -version",
        ".Sh DESCRIPTION",
        _text(DESCRIPTION),
        _text(
            "It reads the first half of a TLS handshake, up to the server's certificate, hangs up, "
            "and judges what it saw."
        ),
        ".Pp",
        "The commands are:",
        *_list(commands),
        ".Sh ENVIRONMENT",
        *_list(_terms("Ev", _ENVIRONMENT)),
        *_exit_status(),
        ".Sh EXAMPLES",
        "Read a server, and trust the CAs of a file:",
        ".Pp",
        ".Dl $ halfshake check --ca-file corp-ca.pem payments.corp.example",
    ]
    return "\n".join(lines) + "\n"


def command_page(name: str) -> str:
    """halfshake-NAME(1): the command's options by group, as --help has them."""
    command = COMMANDS[name]
    groups = command.groups
    lines = [
        *_head(f"halfshake-{name}", command.summary),
        ".Nm halfshake",
        f".Cm {name}",
        ".Op Ar option ...",
        *(_positional(option) for option in _options(groups) if not _is_named(option)),
        ".Sh DESCRIPTION",
        _text(f"{command.summary[0].upper()}{command.summary[1:]}."),
        *(line for group in groups for line in _group(group)),
        *(_exit_status() if name in _JUDGING else ()),
        ".Sh SEE ALSO",
        ".Xr halfshake 1",
    ]
    return "\n".join(lines) + "\n"


def _head(name: str, summary: str) -> list[str]:
    return [
        '.\\" Made from the code by `make docs`.',
        f".Dd {_DATE}",
        f".Dt {name.upper()} 1",
        ".Os",
        ".Sh NAME",
        f".Nm {name}",
        f".Nd {_escaped(summary)}",
        ".Sh SYNOPSIS",
    ]


def _options(groups: tuple[OptionGroup, ...]) -> Iterator[Option]:
    for group in groups:
        yield from group.options


def _group(group: OptionGroup) -> list[str]:
    heading = [f".Ss {group.title.capitalize()}"] if group.title else []
    items = [line for option in group.options for line in (_item(option), _text(option.help))]
    return [*heading, *_list(items)]


def _item(option: Option) -> str:
    value = option.placeholder or "|".join(option.choices)
    if not _is_named(option):
        return f".It Ar {_escaped(value)}"
    names = " , ".join(f"Fl {_escaped(name[1:])}" for name in option.names)
    if not value or option.kind in {Kind.flag, Kind.constant}:
        return f".It {names}"
    shown = f"Ar {_escaped(value)}"
    return f".It {names} {f'Op {shown}' if option.bare is not None else shown}"


def _positional(option: Option) -> str:
    shown = f"Ar {_escaped(option.placeholder)}{' ...' if option.several else ''}"
    return f".{shown}" if option.least or not option.several else f".Op {shown}"


def _is_named(option: Option) -> bool:
    return option.names[0].startswith("-")


def _terms(macro: str, texts: dict[str, str]) -> list[str]:
    return [line for term, text in texts.items() for line in (f".It {macro} {term}", _text(text))]


def _exit_status() -> list[str]:
    return [".Sh EXIT STATUS", *_list(_terms("Li", _EXIT_CODES))]


def _list(items: list[str]) -> list[str]:
    return [".Bl -tag -width Ds", *items, ".El"] if items else []


def _text(text: str) -> str:
    """Lines of text; none of them begins like a request of roff."""
    lines = textwrap.wrap(text, 78, break_long_words=False, break_on_hyphens=False)
    return "\n".join(_escaped(line) for line in lines)


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\e")
    return f"\\&{text}" if text.startswith((".", "'")) else text


_JUDGING = {"check", "judge", "report"}

_EXIT_CODES = {
    "0": "All is well.",
    "1": "A warning.",
    "2": "Something is critical.",
    "3": "A server could not be read, or the command line is wrong.",
    "130": "It was interrupted; the results so far are printed.",
}

_ENVIRONMENT = {
    "SSL_CERT_FILE , SSL_CERT_DIR": "Which CAs the system trusts, as OpenSSL reads them.",
    "HTTPS_PROXY , ALL_PROXY , NO_PROXY": "The proxy, unless an option names one.",
    "XDG_CONFIG_HOME": "Where halfshake/watch.yaml is looked for.",
}

# A page that is made again must have the same bytes: this is when its fixed words last changed.
_DATE = "November 25, 2026"
