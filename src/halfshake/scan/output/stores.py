"""Where the bytes of an output lie: in one file, or in a directory with a file for each shard."""

from __future__ import annotations

import errno
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

    def prepare(self, manifest: dict[str, Any]) -> None:
        """Bring output and manifest to the disk, beside their places, and note the size."""

    def settle(self) -> None:
        """Rename what is prepared into its place; what is renamed already stays."""

    def is_prepared(self, manifest: dict[str, Any]) -> bool:
        """Is the output whole that has this manifest, renamed or not?"""


def open_store(output: str) -> Store:
    """A name with a slash at its end is a directory."""
    return Directory(Path(output)) if output.endswith("/") else OneFile(Path(output))


class OneFile:
    """Appends to OUT.partial, and renames it to OUT."""

    def __init__(self, path: Path) -> None:
        self._path, self._partial = path, _beside(path)
        self._manifest = path.with_name(f"{path.name}.manifest.json")
        # Parquet is made of the partial file at the end.
        is_parquet = form_of(path.name).kind is Kind.parquet
        self._whole = path.with_name(f"{path.name}.whole") if is_parquet else self._partial
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

    def prepare(self, manifest: dict[str, Any]) -> None:
        """Bring output and manifest to the disk, beside their places, and note the size."""
        assert self._file is not None
        os.fsync(self._file.fileno())
        self._file.close()
        # Until everything is on the disk, the partial file stays as it is: a scan that fails or is
        # killed here goes on, and has nothing to read again.
        if self._whole != self._partial:
            _write_parquet(self._partial, self._whole)
        manifest["bytes"] = self._whole.stat().st_size
        _write_manifest(self._manifest, manifest)

    def settle(self) -> None:
        """Rename what is prepared into its place; what is renamed already stays."""
        _put(self._whole, self._path)
        _put(_beside(self._manifest), self._manifest)
        self._partial.unlink(missing_ok=True)

    def is_prepared(self, manifest: dict[str, Any]) -> bool:
        """Is the output whole that has this manifest, renamed or not?"""
        whole = self._whole if self._whole.exists() else self._path
        if not whole.is_file() or whole.stat().st_size != manifest["bytes"]:
            return False
        return _is_written(self._manifest, manifest)


class Directory:
    """Writes OUT/part-N.jsonl.gz for each shard, renamed into place; N is its first entry."""

    def __init__(self, path: Path) -> None:
        self._path, self._manifest = path, path / "manifest.json"

    def begin(self, head: bytes) -> int:  # noqa: ARG002 - JSON Lines have none
        """Begin anew; the place where the results end."""
        if self._path.exists() and any(self._path.iterdir()):
            raise FileExistsError(errno.EEXIST, "the directory is not empty")
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

    def prepare(self, manifest: dict[str, Any]) -> None:
        """Bring the manifest to the disk, with the number and size of the parts."""
        manifest |= self._sizes()
        _write_manifest(self._manifest, manifest)

    def settle(self) -> None:
        """Rename the manifest into its place; if it is renamed already, it stays."""
        _put(_beside(self._manifest), self._manifest)

    def is_prepared(self, manifest: dict[str, Any]) -> bool:
        """Is every part there that this manifest counts?"""
        return manifest.items() >= self._sizes().items() and _is_written(self._manifest, manifest)

    def _sizes(self) -> dict[str, int]:
        sizes = [part.stat().st_size for part in self._path.glob("part-*.jsonl.gz")]
        return {"bytes": sum(sizes), "parts": len(sizes)}


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


def _beside(path: Path) -> Path:
    """Where a file is written before it is renamed into its place: there is room for it."""
    return path.with_name(f"{path.name}.partial")


def _put(written: Path, place: Path) -> None:
    if written.exists():
        written.replace(place)


def _write_manifest(place: Path, manifest: dict[str, Any]) -> None:
    with _beside(place).open("wb") as file:
        file.write(_manifest_text(manifest))
        file.flush()
        os.fsync(file.fileno())


def _is_written(place: Path, manifest: dict[str, Any]) -> bool:
    text = _manifest_text(manifest)
    return any(path.is_file() and path.read_bytes() == text for path in (_beside(place), place))


def _manifest_text(manifest: dict[str, Any]) -> bytes:
    return f"{json.dumps(manifest, indent=2)}\n".encode()
