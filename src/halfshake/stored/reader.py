"""`read_stored()`: a file's certificates as an observation, judged like a presented chain.

    file:/etc/nginx/tls.pem   file:/etc/ssl/*.crt   file:/etc/pki
    kubeconfig:/etc/kubernetes/admin.conf

A glob or a directory stands for each file in it, a kubeconfig for each certificate in it.
"""

from __future__ import annotations

import glob
import time
from pathlib import Path
from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.errors import FailureReason, FileFailed, our_mistake
from halfshake.observation import (
    ClientAuth,
    KeyPossession,
    KeyPossessionEvidence,
    Observation,
    ProbeFailure,
    Purpose,
    Timings,
)
from halfshake.stored.formats import certificates_in, holds_only_a_key
from halfshake.stored.kubeconfig import certificate_of_entry, entries
from halfshake.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def expand(text: str) -> Iterator[str]:
    """Each stored certificate that a target stands for, as a separate target.

    What cannot be opened is yielded as it is: reading it will say why.
    """
    scheme, _, path = text.partition(":")
    if scheme == KUBECONFIG.rstrip(":"):
        try:
            named = entries(_read(Path(path)))
        except FileFailed:
            named = []
        yield from (f"{text}#{entry}" for entry in named)
        if not named:
            yield text
        return
    directory = Path(path)
    if directory.is_dir():
        found = [file for file in _listed(directory) if _PATTERNS & {file.suffix.lower()}]
    elif glob.has_magic(path) and not directory.exists():
        found = [Path(name) for name in sorted(glob.glob(path, recursive=True))]  # noqa: PTH207
    else:
        yield text
        return
    files = [file for file in found if file.is_file() and not _only_a_key(file)]
    yield from (f"{FILE}{file}" for file in files)
    if not files:
        yield text


def read_stored(
    text: str, *, server_name: str | None, password: bytes | None, now: datetime
) -> Observation | ProbeFailure:
    """Read one file, or one certificate of a kubeconfig. No content of a file makes it raise."""
    started = time.perf_counter()
    target = Target(text, "", 0, server_name or "")
    try:
        chain, purpose = _certificates(text, password)
    except Exception as bug_or_failure:  # noqa: BLE001 - our bug is named as ours, and stops no other
        error = _as_failure(bug_or_failure)
        return ProbeFailure(
            target=target,
            observed_at=now,
            phase=error.phase,
            reason=error.reason,
            detail=f"{text}: {error.detail}",
            timings=Timings(total=(time.perf_counter() - started) * 1000),
        )
    return Observation(
        target=target,
        observed_at=now,
        address=text,
        tls_version=None,
        cipher_suite=None,
        named_group=None,
        client_auth=ClientAuth(requested=None),
        key_possession=_NOBODY_ASKED,
        chain=tuple(read_certificate(der) for der in chain),
        timings=Timings(total=(time.perf_counter() - started) * 1000),
        purpose=purpose,
    )


def _as_failure(error: Exception) -> FileFailed:
    if isinstance(error, FileFailed):
        return error
    return FileFailed(
        our_mistake(error),
        reason=FailureReason.internal_error,
    )


def _certificates(text: str, password: bytes | None) -> tuple[tuple[bytes, ...], Purpose]:
    if text.startswith(KUBECONFIG):
        path, _, entry = text.removeprefix(KUBECONFIG).partition("#")
        content = certificate_of_entry(_read(Path(path)), entry, Path(path).parent, _read)
        of_a_user = entry.startswith("user/")
        return certificates_in(content), Purpose.client if of_a_user else Purpose.anchors
    path = text.removeprefix(FILE)
    if Path(path).is_dir():
        raise FileFailed(
            "this directory holds no certificate file (*.pem, *.crt, *.cer, *.der, *.p7b, "
            "*.p7c, *.p12, *.pfx)",
            reason=FailureReason.file_without_certificate,
        )
    if glob.has_magic(path) and not Path(path).exists():
        raise FileFailed(
            "no certificate file matches this pattern",
            reason=FailureReason.file_without_certificate,
        )
    return certificates_in(_read(Path(path)), password), Purpose.server


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # a pipe could block forever
            raise FileFailed("it is not a regular file", reason=FailureReason.file_unreadable)
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise FileFailed(
            f"it cannot be read: {why}", reason=FailureReason.file_unreadable
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise FileFailed(
            f"it is larger than {MAX_FILE_BYTES} bytes", reason=FailureReason.file_broken
        )
    return content


def _listed(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []


def _only_a_key(path: Path) -> bool:
    try:
        return holds_only_a_key(_read(path))
    except FileFailed:
        return False


FILE = "file:"
KUBECONFIG = "kubeconfig:"
MAX_FILE_BYTES = 16 * 1024 * 1024

_PATTERNS = {".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p12", ".pfx"}
_NOBODY_ASKED = KeyPossessionEvidence(
    KeyPossession.unproven, "it was read from a file, which proves nothing about the key"
)
