"""The options of `halfshake scan`: what goes in, what comes out, how fast, and by whom."""

from __future__ import annotations

from halfshake.dial.options import WAY_IN
from halfshake.option import Kind, Option, OptionGroup
from halfshake.reading.options import CONCURRENCY, HELLO, TIMEOUT
from halfshake.scan.sources.input_format import InputFormat
from halfshake.trust.options import JUDGING

SCAN_INPUT = OptionGroup(
    "",
    (
        Option(
            "inputs",
            "a file of targets or ranges, one per line; - for standard input; CSV, JSON Lines or "
            "Prometheus' file_sd by its name; or a range: 10.0.0.0/16:443,8443",
            Kind.path,
            flags=("inputs",),
            placeholder="INPUT",
            several=True,
            least=1,
        ),
        Option(
            "output",
            "where the results go: .jsonl, .csv or .parquet, the first two with .gz or .zst; a "
            "name with a slash at its end is a directory of parts",
            Kind.path,
            flags=("-o", "--output"),
            placeholder="OUT",
        ),
        Option(
            "column",
            "the column of CSV (its name, or its number from 1) or the key of JSON Lines that has "
            "the targets",
            placeholder="NAME",
        ),
        Option(
            "input_format",
            "how the inputs are written, if their names do not say it",
            choices=tuple(InputFormat),
        ),
        Option(
            "fields",
            "only these fields of the result document, such as "
            "target,leaf.not_after,client_auth.requested; what is not asked for is not computed",
            placeholder="FIELD,...",
        ),
        Option(
            "resume",
            "go on with a scan that was interrupted; begin if there is none",
            Kind.flag,
        ),
    ),
)

SCAN_SUMMARY = OptionGroup(
    "summary",
    (
        Option(
            "summary_html",
            "also write the summary as a page",
            Kind.path,
            placeholder="FILE",
        ),
        Option(
            "earlier",
            "results of an earlier scan, JSON Lines: name the targets that stopped asking for a "
            "client certificate since then",
            Kind.path,
            placeholder="OLD",
        ),
        Option("quiet", "no progress and no summary", Kind.flag, flags=("-q", "--quiet")),
    ),
)

SCAN_COURTESY = OptionGroup(
    "courtesy",
    (
        Option(
            "rate",
            "at most so many readings begin in a second; by default as many as there is room for",
            Kind.number,
            placeholder="N",
            least=0,
        ),
        Option(
            "rate_per_network",
            "at most so many readings a second in one network, a /24 or a /64",
            Kind.number,
            placeholder="N",
            least=0,
        ),
        Option(
            "network_bits",
            "what a network is for --rate-per-network (24,64)",
            placeholder="V4,V6",
            default="24,64",
        ),
        Option(
            "exclude",
            "leave out a name and all names below it, an address or a network; may be repeated",
            placeholder="WHAT",
            several=True,
        ),
        Option(
            "exclude_file",
            "leave out what this file names, one per line; may be repeated",
            Kind.path,
            placeholder="FILE",
            several=True,
        ),
        Option(
            "allow",
            "names may lead into this private network; ranges and addresses that are written in "
            "the input need no permission; may be repeated",
            placeholder="NETWORK",
            several=True,
        ),
        Option(
            "seed",
            "the order in which ranges are read; by default another one each time",
            Kind.whole_number,
            placeholder="N",
        ),
    ),
)

SCAN_LIMITS = OptionGroup(
    "limits",
    (
        TIMEOUT,
        CONCURRENCY._replace(
            help="how many targets each process reads at the same time (1000)",
            # A third of them may be silent until the deadline: the others must find room.
            default=1000,
        ),
        Option(
            "resolver",
            "who looks up names: system (the default); dns, the servers of /etc/resolv.conf, which "
            "are asked directly; or the address of a DNS server, which may be repeated",
            placeholder="WHO",
            several=True,
        ),
    ),
)

WORKERS = Option(
    "workers",
    "how many processes read, on this machine or in the cluster (1)",
    Kind.whole_number,
    placeholder="N",
    default=1,
    least=1,
    most=10_000,
)

SHARD_SIZE = Option(
    "shard_size",
    "how many targets a process gets at once (256; with ray 4096)",
    Kind.whole_number,
    placeholder="N",
    least=1,
    most=1_000_000,
)

SCAN_ENGINE = OptionGroup(
    "who reads",
    (
        WORKERS,
        Option(
            "engine",
            "local: processes of this machine; ray: a cluster",
            choices=("local", "ray"),
            default="local",
        ),
        Option(
            "ray_address",
            "the cluster: auto, or HOST:6379; by default one of this machine's own",
            placeholder="ADDR",
        ),
        SHARD_SIZE,
    ),
)

GROUPS = (
    SCAN_INPUT,
    SCAN_SUMMARY,
    *JUDGING,
    SCAN_LIMITS,
    SCAN_COURTESY,
    WAY_IN,
    HELLO,
    SCAN_ENGINE,
)
"""All that `scan` takes: its own options, and those of `check` that ask, trust and expect."""
