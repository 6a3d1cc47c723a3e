"""`TargetStream`: the inputs of a scan as one stream of entries, the same again each time.

INPUT         file of targets, of ranges or both; - for standard input; a range
.csv .tsv     a column, by its header or number      .jsonl .ndjson   a key
.json .yaml   groups of Prometheus' file_sd
"""

from __future__ import annotations

import functools
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import UsageError
from halfshake.inputs.target_list import lines_of, open_target_files
from halfshake.scan.sources.columns import csv_entries, json_entries
from halfshake.scan.sources.entries import Entry
from halfshake.scan.sources.input_format import InputFormat
from halfshake.scan.sources.ranges import Ranges, is_range, parse_range
from halfshake.scan.sources.repeated import REMEMBERED, Repeated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from halfshake.dial.networks import Network
    from halfshake.inputs.file_sd import Group


class _File(NamedTuple):
    name: str
    format: InputFormat
    descriptor: int
    groups: tuple[Group, ...] = ()


class TargetStream:
    """Every target of some inputs. Raises UsageError for one that cannot be read.

    `repeated` counts the entries that came a short while ago and are left out; `withheld` the
    addresses of ranges that nobody named, or that are to be left out.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        *,
        column: str | None = None,
        input_format: InputFormat | None = None,
        left_out: Sequence[Network] = (),
        seed: int = 0,
        standard_input: int = 0,
    ) -> None:
        ranges = [text for text in inputs if is_range(text) and not Path(text).exists()]
        self._ranges = Ranges(map(parse_range, ranges), left_out, seed)
        self._column, self._left_out, self._seed = column, left_out, seed
        self._files = [
            _open(text, column, input_format, standard_input)
            for text in inputs
            if text not in ranges
        ]
        self._from_files = 0
        self.repeated = 0
        self.withheld = self._ranges.withheld
        self.is_repeatable = "-" not in inputs

    async def entries(self, on_wait: Callable[[], None]) -> AsyncIterator[Entry]:
        """Yield each entry once, but one that is repeated after very many others.

        `on_wait` is called before a pipe is waited for.
        """
        for text in self._ranges:  # a range has no target twice
            yield Entry(text)
        latest = Repeated(REMEMBERED)
        for file in self._files:
            async for entry in self._of_file(file, on_wait):
                self._from_files += 1
                if latest.is_new(entry):
                    yield entry
                else:
                    self.repeated += 1

    def estimate(self) -> int | None:
        """How many entries there will be, as far as can be told; None before anything is known."""
        sizes, read = 0, 0
        for file in self._files:
            if file.format is InputFormat.file_sd:
                continue
            status = os.fstat(file.descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            sizes += status.st_size
            read += os.lseek(file.descriptor, 0, os.SEEK_CUR)
        from_files = self._from_files
        if sizes:
            if not read:
                return None
            from_files = round(from_files * sizes / read)
        return self._ranges.total + from_files - self.repeated

    async def _of_file(self, file: _File, on_wait: Callable[[], None]) -> AsyncIterator[Entry]:
        lines = functools.partial(lines_of, file.descriptor, on_wait=on_wait)
        match file.format:
            case InputFormat.lines:
                async for line in lines():
                    for entry in self._of_line(line):
                        yield entry
            case InputFormat.csv:
                delimiter = "\t" if file.name.endswith(".tsv") else ","
                column, records = self._column or "", lines(most_bytes=MOST_RECORD_BYTES)
                async for entry in csv_entries(
                    records, column, name=file.name, delimiter=delimiter
                ):
                    yield entry
            case InputFormat.jsonl:
                records = lines(most_bytes=MOST_RECORD_BYTES)
                async for entry in json_entries(records, self._column or "target", name=file.name):
                    yield entry
            case InputFormat.file_sd:
                for entry in _of_groups(file.groups):
                    yield entry

    def _of_line(self, line: bytes) -> Iterator[Entry]:
        text = line.partition(b"#")[0].strip().decode("utf-8", "replace").removeprefix("\ufeff")
        if not text:
            return
        if not is_range(text):
            yield Entry(text)
            return
        try:
            ranges = Ranges([parse_range(text)], self._left_out, self._seed)
        except UsageError as error:
            yield Entry(text, problem=str(error))
            return
        self.withheld += ranges.withheld
        for target in ranges:
            yield Entry(target)


def _open(
    name: str, column: str | None, input_format: InputFormat | None, standard_input: int
) -> _File:
    suffix = Path(name).suffix.lower()
    if suffix in COMPRESSED:
        raise UsageError(
            f"{name} is compressed: unpack it into standard input, as in {COMPRESSED[suffix]} "
            f"{name} | halfshake scan -"
        )
    known = input_format or _FORMATS.get(suffix)
    if known is None:
        known = InputFormat.lines if column is None else InputFormat.csv
    if known is InputFormat.file_sd:
        from halfshake.inputs.file_sd import read_groups  # noqa: PLC0415 - YAML, for few

        return _File(name, known, -1, tuple(read_groups(Path(name))))
    if known is InputFormat.csv and column is None:
        raise UsageError(f"{name}: say with --column which column has the targets")
    if known is InputFormat.lines and column is not None:
        raise UsageError(f"--column: {name} has lines and no columns; leave it out")
    try:
        (descriptor,) = open_target_files([name], standard_input=standard_input)
    except UsageError as error:
        raise UsageError(
            f"{error}; INPUT is a file of targets, a range such as 10.0.0.0/24:443, or - for "
            "standard input"
        ) from error
    return _File(name, known, descriptor)


def _of_groups(groups: Sequence[Group]) -> Iterator[Entry]:
    for group in groups:
        name = group.options.get("server_name")
        for target in group.targets:
            if isinstance(target, str):
                yield Entry(target, None if name is None else str(name))
            else:
                yield Entry(repr(target), problem="a target of file_sd has to be a text")


_FORMATS = {
    ".csv": InputFormat.csv,
    ".tsv": InputFormat.csv,
    ".jsonl": InputFormat.jsonl,
    ".ndjson": InputFormat.jsonl,
    ".json": InputFormat.file_sd,
    ".yaml": InputFormat.file_sd,
    ".yml": InputFormat.file_sd,
}

COMPRESSED = {".gz": "zcat", ".zst": "zstdcat", ".xz": "xzcat", ".bz2": "bzcat"}
"""What unpacks a file with such a name."""

# A result document with its certificates, for which `--column target` is made.
MOST_RECORD_BYTES = 1 << 20
