"""Trust stores for a process that runs for months: loaded once, and again when a file changes."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from halfshake.errors import TrustStoreInvalid
from halfshake.inputs.trust_stores import load_trust_store

if TYPE_CHECKING:
    from halfshake.trust.store import TrustStore

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


class TrustStores:
    """Keeps each trust store by its path; None is the system's."""

    def __init__(self) -> None:
        self._kept: dict[str | None, tuple[Stamp, TrustStore]] = {}

    def get(self, ca_path: str | None) -> TrustStore:
        """Return the store as its files are now. Raises TrustStoreInvalid."""
        stamp = _stamp(ca_path)
        kept = self._kept.get(ca_path)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        store = _load(ca_path)
        self._kept[ca_path] = (stamp, store)
        return store

    def last(self, ca_path: str | None) -> TrustStore | None:
        """Return the store as it was last loaded, in case a file is just being renewed."""
        kept = self._kept.get(ca_path)
        return kept[1] if kept else None


def _load(ca_path: str | None) -> TrustStore:
    if ca_path is not None:
        if Path(ca_path).is_dir():
            return load_trust_store(ca_paths=[ca_path])
        return load_trust_store([ca_path])
    try:
        return load_trust_store()
    except TrustStoreInvalid:
        # The Agent's Python may not find the system's CAs; it includes certifi's.
        try:
            import certifi  # noqa: PLC0415 - only where the system has none
        except ImportError:
            raise TrustStoreInvalid(
                "this system has no trust store (is ca-certificates installed?)"
            ) from None
        return load_trust_store([certifi.where()])


def _stamp(ca_path: str | None) -> Stamp:
    if ca_path is None:
        system = ssl.get_default_verify_paths()
        paths = [path for path in (system.cafile or system.capath,) if path]
    else:
        paths = [ca_path]
    stamps: list[tuple[str, int, int]] = []
    for path in map(Path, paths):
        try:
            files = [path, *sorted(path.iterdir())] if path.is_dir() else [path]
            for file in files:
                status = file.stat()
                stamps.append((str(file), status.st_mtime_ns, status.st_size))
        except OSError:
            stamps.append((str(path), 0, 0))
    return tuple(stamps)
