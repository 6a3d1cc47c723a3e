"""`halfshake scan`: many targets once, streamed into a file; by workers, or by a cluster."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halfshake import event_loop
from halfshake.commands.scanning import opening
from halfshake.commands.values.second_visit import decide_on_second_visit
from halfshake.errors import HalfshakeError, UsageError
from halfshake.reading.options import CONCURRENCY, TIMEOUT
from halfshake.report.chosen_fields import USUAL_COLUMNS, csv_row
from halfshake.scan.courtesy.rules import read_excluded
from halfshake.scan.options import SHARD_SIZE, WORKERS
from halfshake.scan.output.form import Kind, form_of, pack
from halfshake.scan.output.ledger import Ledger
from halfshake.scan.reader import Job
from halfshake.scan.run import STOPPING, Scan, ended_before
from halfshake.scan.sources.stream import TargetStream

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import TextIO

    from halfshake.scan.engines.engine import Engine
    from halfshake.scan.run import Ended
    from halfshake.scan.shards import ShardDone


def run_scan(options: argparse.Namespace, output: TextIO) -> int:
    """Scan; 0 if every target is in the output, 130 if interrupted. Raises UsageError."""
    _refuse_nonsense(options)
    _settle(options)
    plan = _plan(options)
    # Wrong options are found before the output is touched, and in this process.
    opening({**vars(options), "earlier_index": None}, 1)
    anew = {"seed": int.from_bytes(os.urandom(4))}
    ledger = Ledger(options.output, plan, _head(options), resume=options.resume, anew=anew)
    before = ended_before(ledger)
    if before is not None:
        _earlier_index(options).unlink(missing_ok=True)
        _tell(options, before, output)
        _say(options, f"{options.output} was complete: the scan was killed at its very end")
        return 0
    try:
        stream = TargetStream(
            options.inputs,
            column=options.column,
            input_format=options.input_format,
            left_out=read_excluded(options.exclude, options.exclude_file).networks,
            seed=ledger.begun.plan["seed"],
        )
        _index_earlier(options)
    except BaseException:  # Ctrl-C too
        ledger.close()
        raise
    if options.resume and ledger.begun.done and not stream.is_repeatable:
        _say(options, "--resume reads standard input again from its begin")
    scan = Scan(
        stream,
        ledger,
        shard_size=options.shard_size,
        progress=None if options.quiet else sys.stderr,
    )
    try:
        # While there is half a loop, nobody can hear them: they wait until the scan listens.
        with event_loop.held_back(STOPPING):
            ended = event_loop.run(scan.run(_engine(options)))
    except HalfshakeError as error:
        raise UsageError(str(error)) from error
    finally:
        if options.earlier_index:
            Path(options.earlier_index).unlink(missing_ok=True)
    _tell(options, ended, output)
    return 0 if ended.complete else INTERRUPTED


def _engine(
    options: argparse.Namespace,
) -> Callable[[Callable[[ShardDone], None]], Engine]:
    settings = vars(options)
    if options.engine == "ray":
        from halfshake.scan.engines.ray_cluster import RayCluster

        of_ray = Job(opening, settings, options.concurrency, options.workers)
        return lambda take: RayCluster(of_ray, options.ray_address, options.workers, take)
    if options.workers > 1:
        from halfshake.scan.engines.workers import Workers

        job = Job(opening, settings, options.concurrency, options.workers)
        return lambda take: Workers(job, options.workers, take)
    from halfshake.scan.engines.here import Here

    alone = Job(opening, settings, options.concurrency)
    return lambda take: Here(alone, take)


def _refuse_nonsense(options: argparse.Namespace) -> None:
    if not options.output:
        raise UsageError("say with -o where the results go: -o results.jsonl")
    if options.output == "-":
        raise UsageError(
            "-o - is no file: a scan can go on only with one; `halfshake check --json` prints "
            "results to standard output"
        )
    _refuse_places(options)
    for option, most in (("timeout", TIMEOUT.most), ("concurrency", CONCURRENCY.most)):
        if not 0 < getattr(options, option) <= (most or 0):
            raise UsageError(f"--{option} must be more than 0 and at most {most}")
    _refuse_workers(options)
    if options.shard_size is not None and not 0 < options.shard_size <= (SHARD_SIZE.most or 0):
        raise UsageError(f"--shard-size must be a number from 1 to {SHARD_SIZE.most}")
    if options.ray_address and options.engine != "ray":
        raise UsageError("--ray-address only works together with --engine ray")
    if len(options.alpn) > 1 or any("," in each for each in options.alpn):
        raise UsageError("a scan offers one protocol: give one --alpn")
    if options.inputs.count("-") > 1:
        raise UsageError("standard input can be read only once: write - once")


def _refuse_places(options: argparse.Namespace) -> None:
    """What a scan of hours would find out at its end, or write over."""
    with contextlib.suppress(OSError):  # a name that is too long is told when it is opened
        _refuse_output(options)
    if options.summary_html and not Path(options.summary_html).absolute().parent.is_dir():
        raise UsageError(f"--summary-html {options.summary_html}: there is no such directory")


def _refuse_output(options: argparse.Namespace) -> None:
    output = Path(options.output)
    if options.output.endswith("/") or not output.exists():
        return
    if output.is_dir():
        raise UsageError(
            f"-o {output} is a directory: write -o {output}/results.jsonl, or -o {output}/ for a "
            "directory of parts"
        )
    if not output.is_file():
        raise UsageError(f"-o {output} is no file: a scan would put its results in its place")
    if any(Path(each).exists() and output.samefile(each) for each in options.inputs):
        raise UsageError(f"-o {output} is what is read: write the results somewhere else")


def _refuse_workers(options: argparse.Namespace) -> None:
    if not 0 < options.workers <= (WORKERS.most or 0):
        raise UsageError(f"--workers must be a number from 1 to {WORKERS.most}")
    if options.workers > 1 and options.engine != "ray" and sys.platform == "win32":
        raise UsageError("--workers needs another system: Windows cannot wait for their pipes")


def _settle(options: argparse.Namespace) -> None:
    """What follows from other options, as in `check`."""
    decide_on_second_visit(options)
    chosen = options.fields.split(",") if options.fields else []
    # The parts of a directory are compressed: there is a reason to have so many results.
    is_directory = options.output.endswith("/")
    options.output_form = f"{options.output}part.jsonl.gz" if is_directory else options.output
    kind = form_of(options.output_form).kind
    options.columns = chosen or ([] if kind is Kind.jsonl else list(USUAL_COLUMNS))
    options.earlier_index = None
    if options.shard_size is None:
        usual = USUAL_RAY_SHARD_SIZE if options.engine == "ray" else USUAL_SHARD_SIZE
        options.shard_size = usual


def _plan(options: argparse.Namespace) -> dict[str, Any]:
    """What has to be the same when the scan goes on."""
    plan = {
        key: value
        for key, value in vars(options).items()
        if key not in FREE and value not in (None, [], False)
    }
    if options.seed is not None:
        plan["seed"] = options.seed
    return json.loads(json.dumps(plan, default=str))  # type: ignore[no-any-return]


def _head(options: argparse.Namespace) -> bytes:
    form = form_of(options.output_form)
    if form.kind is Kind.csv:
        return pack(csv_row(options.columns).encode(), form.packing)
    if form.kind is Kind.parquet:
        return json.dumps(options.columns).encode() + b"\n"
    return b""


def _index_earlier(options: argparse.Namespace) -> None:
    if options.earlier is None:
        return
    from halfshake.scan.summary.earlier import write_index

    index = _earlier_index(options)
    try:
        write_index(options.earlier, index)
    except BaseException:  # Ctrl-C too
        index.unlink(missing_ok=True)
        raise
    options.earlier_index = str(index.absolute())


def _earlier_index(options: argparse.Namespace) -> Path:
    return Path(f"{options.output.rstrip('/')}.earlier")


def _tell(options: argparse.Namespace, ended: Ended, output: TextIO) -> None:
    from halfshake.report.scan_summary.text import summary_text
    from halfshake.scan.summary.facts import summary_of

    facts = summary_of(ended, options.output)
    if options.summary_html:
        from halfshake.report.scan_summary.page import summary_page

        try:
            Path(options.summary_html).write_text(summary_page(facts), "utf-8")
        except OSError as error:
            raise UsageError(
                f"--summary-html {options.summary_html} cannot be written: {error.strerror}"
            ) from error
    if not options.quiet:
        print(summary_text(facts), file=output, end="")
    if not ended.complete:
        print(
            f"halfshake: interrupted; what is read so far is in {facts.where}, and --resume goes "
            "on",
            file=sys.stderr,
        )


def _say(options: argparse.Namespace, sentence: str) -> None:
    if not options.quiet:
        print(f"halfshake: {sentence}", file=sys.stderr)


FREE = {
    "command",
    "resume",
    "quiet",
    "workers",
    "engine",
    "ray_address",
    "shard_size",
    "concurrency",
    "rate",
    "rate_per_network",
    "network_bits",
    "summary_html",
    "output",
    "output_form",
    "columns",
    "earlier_index",
    "seed",
}
"""Options that may change when a scan goes on: they do not change what a result says."""

# Enough that a shard costs nothing; few enough that a killed worker has little to read again.
USUAL_SHARD_SIZE = 256
# A task of Ray waits for its slowest target: a larger shard has more to do meanwhile.
USUAL_RAY_SHARD_SIZE = 4096
INTERRUPTED = 130
