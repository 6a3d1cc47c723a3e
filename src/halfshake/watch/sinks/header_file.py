"""HTTP headers of a sink: those of the configuration, and those of a file that keeps secrets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr


def all_headers(headers: Mapping[str, SecretStr], headers_file: str | None) -> dict[str, str]:
    """Both together; a line of the file is NAME: VALUE, and goes before the configuration."""
    together = {name: value.get_secret_value() for name, value in headers.items()}
    if headers_file is not None:
        for line in Path(headers_file).read_text("utf-8").splitlines():
            name, colon, value = line.partition(":")
            if colon:
                together[name.strip()] = value.strip()
    return together
