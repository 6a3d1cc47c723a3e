"""A real mTLS server, and the programs of the monitors with our command on their PATH."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator


class Api(NamedTuple):
    """A server with a certificate of 5 days, and the CA that issued it."""

    target: str
    ca_file: Path


@pytest.fixture(scope="package")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Nginx, which requires a client certificate."""
    directory = tmp_path_factory.mktemp("api")
    root = Authority.root("Corp Root CA")
    ca_file = directory / "corp-ca.pem"
    ca_file.write_bytes(root.pem)
    settings = Settings(root.issue("127.0.0.1", days=(-30, 5.01)), root.pem)
    with NGINX.running(settings, directory / "nginx") as running:
        yield Api(f"127.0.0.1:{running.port}", ca_file)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Where `halfshake` is found as by a monitor."""
    place = Path(sys.executable).parent
    assert (place / "halfshake").exists()
    return {"PATH": f"{place}:{os.environ['PATH']}:/usr/sbin", "LANG": "C.UTF-8"}
