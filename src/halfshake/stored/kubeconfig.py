"""The certificates of a kubeconfig: those of its users, and the CAs of its clusters.

Keys are skipped. PyYAML (the extra `kubeconfig`) reads the file.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from halfshake.errors import FailureReason, FileFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def entries(content: bytes) -> list[str]:
    """Name each certificate: "user/admin", "cluster/prod". Raises FileFailed."""
    return [name for name, _ in _fields(content)]


def certificate_of_entry(
    content: bytes, entry: str, directory: Path, read: Callable[[Path], bytes]
) -> bytes:
    """The PEM of one entry; `read` opens a file that the entry names. Raises FileFailed."""
    for name, value in _fields(content):
        if name != entry:
            continue
        if isinstance(value, str):
            return read(directory / value)
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise FileFailed(
                f"the base64 of {entry} does not decode", reason=FailureReason.file_broken
            ) from error
    raise FileFailed(
        f"it has no certificate {entry}" if entry else "no user or cluster has a certificate",
        reason=FailureReason.file_without_certificate,
    )


def _fields(content: bytes) -> Iterator[tuple[str, str | bytes]]:
    """Each certificate: a path as str, base64 as bytes."""
    document = _document(content)
    for section, kind, field in (
        ("users", "user", "client-certificate"),
        ("clusters", "cluster", "certificate-authority"),
    ):
        for item in document.get(section) or ():
            settings = item.get(kind) if isinstance(item, dict) else None
            if not isinstance(settings, dict):
                continue
            name = f"{kind}/{item.get('name')}"
            if isinstance(data := settings.get(f"{field}-data"), str):
                yield name, data.encode()
            elif isinstance(path := settings.get(field), str):
                yield name, path


def _document(content: bytes) -> dict[str, Any]:
    try:
        import yaml  # noqa: PLC0415 - few have a kubeconfig
    except ImportError as error:
        raise FileFailed(
            "reading a kubeconfig needs PyYAML: pip install 'halfshake[kubeconfig]'",
            reason=FailureReason.file_unreadable,
        ) from error
    try:
        document = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FileFailed(
            "it is not valid YAML, so it is not a kubeconfig", reason=FailureReason.file_broken
        ) from error
    if not isinstance(document, dict):
        raise FileFailed("it is not a kubeconfig", reason=FailureReason.file_broken)
    return document
