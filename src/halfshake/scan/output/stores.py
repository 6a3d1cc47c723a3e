"""Where the bytes of an output lie: in one file, or in a directory with a file for each shard."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from halfshake.scan.output.form import Kind, form_of

if TYPE_CHECKING:
    from io import RawIOBase


class Store(Protocol):
    """Takes the results of shards. Every method raises OSError."""

    def begin(self, head: bytes) -> int:
        """Begin anew; the place where the results end."""

    def resume(self, end: int, firsts: set[int]) -> None:
        """Go on where the results end; `firsts` are the shards that count."""

    def size(self) -> int:
        """How far the results reach, whole or not."""

    def put(self, first: int, data: bytes, end: int) -> int:
        """Take a shard's results; the place where they end now."""

    def close(self, end: int) -> None:
        """Cut off what is behind the end."""

    def drop(self) -> None:
        """Remove what is there."""

    def finish(self, manifest: dict[str, Any]) -> None:
        """Put the output into its place, beside its manifest."""


def open_store(output: str) -> Store:
    """A name with a slash at its end is a directory."""
    return Directory(Path(output)) if output.endswith("/") else OneFile(Path(output))


class OneFile:
    """Appends to OUT.partial, and renames it to OUT."""

    def __init__(self, path: Path) -> None:
        self._path, self._partial = path, path.with_name(f"{path.name}.partial")
        self._file: RawIOBase | None = None

    def begin(self, head: bytes) -> int:
        """Begin anew; the place where the results end."""
        self._file = self._partial.open("wb", buffering=0)
        write_all(self._file, head)
        return len(head)

    def resume(self, end: int, firsts: set[int]) -> None:  # noqa: ARG002 - others need it
        """Go on where the results end."""
        self._file = self._partial.open("r+b", buffering=0)
        self._file.truncate(end)
        self._file.seek(end)

    def size(self) -> int:
        """How far the results reach, whole or not."""
        return self._partial.stat().st_size if self._partial.exists() else -1

    def put(self, first: int, data: bytes, end: int) -> int:  # noqa: ARG002 - others need it
        """Take a shard's results; the place where they end now."""
        assert self._file is not None
        write_all(self._file, data)
        return end + len(data)

    def close(self, end: int) -> None:
        """Cut off what is behind the end."""
        if self._file is not None and not self._file.closed:
            self._file.truncate(end)
            self._file.close()

    def drop(self) -> None:
        """Remove what is there."""
        self._partial.unlink(missing_ok=True)

    def finish(self, manifest: dict[str, Any]) -> None:
        """Put the output into its place, beside its manifest."""
        assert self._file is not None
        os.fsync(self._file.fileno())
        self._file.close()
        # Until everything is on the disk, the partial file stays as it is: a scan that fails or is
        # killed here goes on, and has nothing to read again.
        whole = self._partial
        if form_of(self._path.name).kind is Kind.parquet:
            whole = self._path.with_name(f"{self._path.name}.whole")
            _write_parquet(self._partial, whole)
        manifest["bytes"] = whole.stat().st_size
        written = _written(self._path.with_name(f"{self._path.name}.manifest.json"), manifest)
        whole.replace(self._path)
        written.replace(written.with_suffix(""))
        self._partial.unlink(missing_ok=True)


class Directory:
    """Writes OUT/part-N.jsonl.gz for each shard, renamed into place; N is its first entry."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, head: bytes) -> int:  # noqa: ARG002 - JSON Lines have none
        """Begin anew; the place where the results end."""
        if self._path.exists() and any(self._path.iterdir()):
            raise FileExistsError(17, "File exists", str(self._path))
        self._path.mkdir(parents=True, exist_ok=True)
        return 0

    def resume(self, end: int, firsts: set[int]) -> None:  # noqa: ARG002 - others need it
        """Remove the files of shards that nobody noted: they are read again."""
        for path in self._path.glob("part-*"):
            if path.name.partition(".")[2] == "partial" or _first(path) not in firsts:
                path.unlink()

    def size(self) -> int:
        """How far the results reach, whole or not."""
        return 1 << 62 if self._path.exists() else -1

    def put(self, first: int, data: bytes, end: int) -> int:
        """Take a shard's results; the place where they end now."""
        place = self._path / f"part-{first:012d}.jsonl.gz"
        partial = self._path / f"part-{first:012d}.partial"
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(place)
        return end + len(data)

    def close(self, end: int) -> None:
        """Nothing is behind the end."""

    def drop(self) -> None:
        """Remove what is there."""
        shutil.rmtree(self._path, ignore_errors=True)

    def finish(self, manifest: dict[str, Any]) -> None:
        """Put the output into its place, beside its manifest."""
        parts = sorted(self._path.glob("part-*.jsonl.gz"))
        manifest["bytes"] = sum(part.stat().st_size for part in parts)
        manifest["parts"] = len(parts)
        written = _written(self._path / "manifest.json", manifest)
        written.replace(written.with_suffix(""))


def _first(part: Path) -> int:
    return int(part.name.removeprefix("part-").partition(".")[0])


def write_all(file: RawIOBase, data: bytes) -> None:
    """Write every byte to a file that may take a part of them."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]


def _write_parquet(rows: Path, path: Path) -> None:
    from halfshake.scan.output.parquet import write_parquet  # noqa: PLC0415 - an extra

    try:
        write_parquet(rows, path)
        with path.open("r+b") as file:  # Windows brings no file to the disk that is only read
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _written(path: Path, manifest: dict[str, Any]) -> Path:
    """The manifest beside its place: there is room for it."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return partial
