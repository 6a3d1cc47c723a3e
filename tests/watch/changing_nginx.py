"""A real nginx on two addresses, whose certificates and demands change while it runs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from servers import free_port
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pki import Authority, Credential

ADDRESSES = ("127.0.0.1", "127.0.0.2")


class ChangingNginx:
    """nginx with a server for each address; `serve` changes what it shows."""

    def __init__(self, directory: Path, clients: Authority) -> None:
        NGINX.require()
        self.port = free_port()
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._shown: dict[str, Credential] = {}
        self._asks = True
        directory.mkdir()
        (directory / "clients.pem").write_bytes(clients.pem)

    def serve(self, *credentials: Credential, asks: bool | None = None) -> None:
        """Show one certificate on each address, or the same on all; asking for one or not."""
        if credentials:
            shown = credentials * len(ADDRESSES) if len(credentials) == 1 else credentials
            self._shown = dict(zip(ADDRESSES, shown, strict=True))
        self._asks = self._asks if asks is None else asks
        self._write()
        if self._process is None:
            self.start()
        else:
            self._process.send_signal(signal.SIGHUP)

    def start(self) -> None:
        """Start, and wait until it listens."""
        command = [NGINX.executable or "nginx", "-p", str(self._directory), "-c", "nginx.conf"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection((ADDRESSES[0], self.port)):
                return
            time.sleep(0.05)
        raise AssertionError((self._directory / "error.log").read_text())

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(5)
            self._process = None

    @contextlib.contextmanager
    def running(self) -> Iterator[ChangingNginx]:
        """End it whatever happens."""
        try:
            yield self
        finally:
            self.stop()

    def _write(self) -> None:
        verify = "ssl_verify_client on; ssl_client_certificate clients.pem;" if self._asks else ""
        servers = ""
        for address, credential in self._shown.items():
            chain, key = credential.write(self._directory, f"{address}-{id(credential)}")
            servers += (
                f"server {{ listen {address}:{self.port} ssl; ssl_certificate {chain};"
                f" ssl_certificate_key {key}; {verify} }}\n"
            )
        user = "user root;" if os.geteuid() == 0 else ""
        (self._directory / "nginx.conf").write_text(
            f"{user} daemon off; pid nginx.pid; error_log error.log; worker_processes 1;\n"
            "worker_shutdown_timeout 1s; events {}\n"
            "http { access_log off; client_body_temp_path body; proxy_temp_path proxy;\n"
            f"fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n{servers}}}\n"
        )
