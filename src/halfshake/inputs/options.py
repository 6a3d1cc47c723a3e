"""The options that say which targets to read."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup

TARGET = Option(
    "targets",
    "host, host:port, [IPv6]:port, https://host, smtp://host, unix:/path, file:/path/cert.pem ...",
    flags=("targets",),
    placeholder="TARGET",
    several=True,
)

TARGET_FILES = Option(
    "target_files",
    "read targets from a file, one per line; - for standard input; may be repeated",
    Kind.path,
    flags=("--targets",),
    placeholder="FILE",
    several=True,
    doc="targets from a file, one per line; `-` for standard input",
)

TARGETS = OptionGroup("", (TARGET, TARGET_FILES))

SAVED_READINGS = OptionGroup(
    "",
    (
        Option(
            "files",
            "readings saved by `check --json --with-der`; - for standard input",
            Kind.path,
            flags=("files",),
            placeholder="FILE",
            several=True,
            least=1,
        ),
        Option(
            "server_name",
            "check for this name instead of the saved one",
            placeholder="NAME",
        ),
    ),
)
