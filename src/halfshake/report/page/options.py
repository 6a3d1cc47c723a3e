"""The options of `halfshake report`."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup

REPORT = OptionGroup(
    "",
    (
        Option(
            "files",
            "files of readings, as `check --json` writes them; - for standard input",
            flags=("files",),
            placeholder="FILE",
            several=True,
        ),
        Option(
            "output",
            "the file to write, HTML; - for standard output",
            Kind.path,
            flags=("-o", "--output"),
            placeholder="FILE",
            default="-",
        ),
        Option(
            "history",
            "take the readings and events of this history of `halfshake watch`, instead of files",
            Kind.path,
            placeholder="FILE",
        ),
        Option(
            "title",
            "the heading of the report",
            placeholder="TEXT",
            default="Certificates",
        ),
        Option(
            "most",
            "how many endpoints to tell of in full, the worst first; of the others only numbers",
            Kind.whole_number,
            placeholder="N",
            default=500,
            least=1,
            most=100_000,
        ),
    ),
)
