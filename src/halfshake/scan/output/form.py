"""`Form`: how an output is written, by its name: JSON Lines, CSV or Parquet; gzip or zstd.

Results are encoded shard by shard. Members of gzip and frames of zstd may stand behind one another
(RFC 1952 2.2, RFC 8878 3), so shards that were encoded anywhere make one file.
"""

from __future__ import annotations

import gzip
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Kind(StrEnum):
    """What a result looks like."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


class Packing(StrEnum):
    """How the bytes are compressed."""

    none = ""
    gzip = ".gz"
    zstd = ".zst"


class Form(NamedTuple):
    """What one output looks like."""

    kind: Kind
    packing: Packing

    def encode(self, lines: Sequence[str]) -> bytes:
        """Encode results; whatever they hold, they are UTF-8 then."""
        return pack("".join(lines).encode("utf-8", "backslashreplace"), self.packing)


def form_of(path: str) -> Form:
    """The form that a name asks for. Raises UsageError, also where an extra is missing."""
    name = Path(path).name.lower()
    packing = next((each for each in Packing if each and name.endswith(each)), Packing.none)
    suffix = Path(name.removesuffix(packing)).suffix
    kind = _KINDS.get(suffix, Kind.jsonl)
    if kind is Kind.parquet:
        if packing:
            raise UsageError(f"{path}: Parquet is compressed inside; write .parquet alone")
        _need("pyarrow", "Parquet", "parquet")
    if packing is Packing.zstd:
        _need("zstandard", "zstd", "zstd")
    return Form(kind, packing)


def pack(data: bytes, packing: Packing) -> bytes:
    """Compress, if there is anything to compress."""
    if not data or packing is Packing.none:
        return data
    if packing is Packing.gzip:
        return gzip.compress(data, GZIP_LEVEL, mtime=0)
    import zstandard  # noqa: PLC0415 - an extra

    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(data)


def lines_in(path: Path) -> Iterator[bytes]:
    """The lines of a file of results, unpacked by its name. Raises OSError, UsageError."""
    name = path.name.removesuffix(".partial")
    if name.endswith(Packing.gzip):
        with gzip.open(path) as file:
            yield from file
    elif name.endswith(Packing.zstd):
        _need("zstandard", "zstd", "zstd")
        import zstandard  # noqa: PLC0415

        with zstandard.open(path, "rb") as file:
            yield from _split(file)
    else:
        with path.open("rb") as file:
            yield from file


def _split(file: object) -> Iterator[bytes]:
    rest = b""
    while chunk := file.read(1 << 16):  # type: ignore[attr-defined]
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _need(library: str, what: str, extra: str) -> None:
    import importlib.util  # noqa: PLC0415

    if importlib.util.find_spec(library) is None:
        raise UsageError(f"{what} needs {library}: pip install 'halfshake[{extra}]'")


_KINDS = {".csv": Kind.csv, ".parquet": Kind.parquet}

# Result documents repeat their keys: more effort than this saves little.
GZIP_LEVEL = 6
ZSTD_LEVEL = 3
