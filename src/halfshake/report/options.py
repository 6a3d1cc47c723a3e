"""The options that say who reads the results."""

from __future__ import annotations

from halfshake.option import Kind, Option, OptionGroup
from halfshake.report.people.wanted import Sort

OUTPUT = OptionGroup(
    "",
    (
        Option(
            "json",
            "print a line of JSON for each target",
            Kind.flag,
            alternative="output",
            doc="one line of JSON per target: [the result "
            "document](docs/result-document.md), a stable format",
        ),
        Option(
            "nagios",
            "print one status line with performance data",
            Kind.flag,
            alternative="output",
            doc="one status line with performance data, for Nagios, Icinga, Checkmk",
        ),
        Option(
            "dogstatsd",
            "also send metrics to Datadog's agent: udp://127.0.0.1:8125 or unix:///PATH; "
            "without ADDRESS, to DD_DOGSTATSD_URL or DD_AGENT_HOST",
            placeholder="ADDRESS",
            bare="",
            doc="also send metrics [to Datadog](docs/datadog.md): `udp://127.0.0.1:8125`, "
            "`unix:///PATH`",
        ),
        Option(
            "with_der",
            "with --json: include the certificates, for `halfshake judge`",
            Kind.flag,
            doc="with `--json`: include the certificates, so that `halfshake judge` can "
            "judge the reading again",
        ),
    ),
)

FOR_PEOPLE = OptionGroup(
    "several targets, one per line",
    (
        Option(
            "sort",
            "their order: worst and soonest last, by days, by target; none: as they come",
            choices=list(Sort),
            default=Sort.worst,
            doc="the order of several targets, one per line: `worst` and soonest last (default), "
            "by `days` left, by `target`; `none` prints them as they come",
        ),
        Option(
            "only_problems",
            "leave out what is ok",
            Kind.flag,
            doc="leave out what is ok",
        ),
        Option(
            "verbose",
            "show what is not ok in full",
            Kind.constant,
            flags=("-v", "--verbose"),
            constant=1,
            doc="of several targets, show what is not ok in full, with `-vv` everything",
        ),
        Option(
            "verbose",
            "show everything in full",
            Kind.constant,
            flags=("-vv",),
            constant=2,
        ),
    ),
)
