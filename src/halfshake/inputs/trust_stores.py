"""Builds a `TrustStore` from CA files, directories and the system."""

from __future__ import annotations

import io
import os
import re
import ssl
from typing import TYPE_CHECKING

from halfshake.errors import TrustStoreInvalid
from halfshake.trust.store import TrustStore, trust_store_from_pem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def load_trust_store(
    ca_files: Sequence[str] = (), ca_paths: Sequence[str] = (), *, system: bool | None = None
) -> TrustStore:
    """Load CA files and directories; the system's store if none is named, or with `system`.

    Raises TrustStoreInvalid with a sentence that names the file.
    """
    if not ca_files and not ca_paths and system is not False:
        return _system_store()
    stores = [_from_file(path) for path in ca_files]
    stores += [_from_directory(path, hashed_names_only=False) for path in ca_paths]
    if system:
        stores.append(_system_store())
    return TrustStore.joined(stores)


def _system_store() -> TrustStore:
    # It looks at SSL_CERT_FILE and SSL_CERT_DIR first, as every OpenSSL client does.
    paths = ssl.get_default_verify_paths()
    stores: list[TrustStore] = []
    if paths.cafile:
        path, pem = paths.cafile, file_content(paths.cafile)
        if paths.openssl_cafile_env not in os.environ:
            return _LaterStore(lambda: trust_store_from_pem(pem, path).anchors, _SYSTEM)
        stores.append(trust_store_from_pem(pem, path))
    if paths.capath and not stores:
        directories = paths.capath.split(":")
        stores += [_from_directory(path, hashed_names_only=True) for path in directories]
    if not stores:
        raise TrustStoreInvalid(
            "this system has no trust store (is ca-certificates installed?): name one with "
            "--ca-file"
        )
    joined = TrustStore.joined(stores)
    return TrustStore(joined.anchors, _SYSTEM)


class _LaterStore(TrustStore):
    """A file that the system's maintainers wrote, taken apart when somebody asks for its anchors.

    There are over a hundred of them, and where nobody listens they are not needed. A user's file is
    read at once instead: what is wrong with it has to be said before anything is read.
    """

    _read: Callable[[], tuple[bytes, ...]]

    def __init__(self, read: Callable[[], tuple[bytes, ...]], sources: tuple[str, ...]) -> None:
        # Without `anchors`: they are read when somebody asks.
        self._read = read
        self.sources = sources

    def __getattr__(self, name: str) -> tuple[bytes, ...]:
        if name != "anchors":
            raise AttributeError(name)
        anchors: tuple[bytes, ...] = self._read()
        self.anchors = anchors
        return anchors


def _from_file(path: str) -> TrustStore:
    return trust_store_from_pem(file_content(path), path)


def _from_directory(path: str, *, hashed_names_only: bool) -> TrustStore:
    # OpenSSL finds only names like 4042bcee.0 in its directories; a --ca-path may be any directory.
    try:
        files = files_in(path)
    except OSError as error:
        raise TrustStoreInvalid(f"{path} cannot be read: {error.strerror}") from error
    wanted = _HASHED_NAME if hashed_names_only else _CERTIFICATE_NAME
    stores = [_from_file(file.path) for file in files if wanted.fullmatch(file.name)]
    if not stores:
        raise TrustStoreInvalid(f"{path} holds no certificate file (*.pem, *.crt, *.cer)")
    return TrustStore(TrustStore.joined(stores).anchors, (path,))


def files_in(directory: str) -> list[os.DirEntry[str]]:
    """Its files, by name. Raises OSError."""
    with os.scandir(directory) as entries:
        return sorted((entry for entry in entries if entry.is_file()), key=lambda file: file.name)


def file_content(path: str) -> bytes:
    """Read a file. Raises TrustStoreInvalid with a sentence that names it."""
    # Every check reads a store: `pathlib` would be imported for this alone.
    try:
        with io.FileIO(path) as file:
            return file.readall()
    except OSError as error:
        raise TrustStoreInvalid(f"{path} cannot be read: {error.strerror}") from error


_SYSTEM = ("the system's trust store",)
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.\d+")
_CERTIFICATE_NAME = re.compile(r".*\.(?:pem|crt|cer)|[0-9a-f]{8}\.\d+")
