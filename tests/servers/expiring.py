"""nginx that asks for a client certificate, and whose own ends soon; its CA is in `ca.pem`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Running

NAME = "api.halfshake.test"
ROOT = Authority.root()


def write_ca(directory: Path) -> None:
    """Write the trusted CA's certificate to `ca.pem`."""
    (directory / "ca.pem").write_bytes(ROOT.pem)


@contextlib.contextmanager
def expiring_nginx(directory: Path) -> Iterator[Running]:
    """A real server that requires a client certificate; its own has five days left of 35."""
    settings = Settings(ROOT.issue(NAME, days=(-30, 5)), Authority.root("Client CA").pem)
    with NGINX.running(settings, directory / "server") as running:
        yield running
