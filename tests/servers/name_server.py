"""A real DNS server, dnsmasq: it knows what a test tells it, and asks nobody else."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from servers import Server, Settings, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _no_settings(_: Settings, _directory: Path, _port: int) -> list[str]:
    raise NotImplementedError  # it speaks no TLS: `name_server` below starts it


DNSMASQ = Server("dnsmasq", "dnsmasq", _no_settings)


@contextlib.contextmanager
def name_server(*records: str) -> Iterator[int]:
    """Run it on a free port of loopback; `records` are options such as --address=/name/192.0.2.1.

    A name of halfshake.test that is in none of them does not exist; others are refused.
    """
    DNSMASQ.require()
    port = free_port()
    process = subprocess.Popen(
        [
            DNSMASQ.executable or "dnsmasq",
            *("--keep-in-foreground", f"--port={port}", "--listen-address=127.0.0.1"),
            *("--bind-interfaces", "--no-resolv", "--no-hosts", "--pid-file=", "--conf-file="),
            *("--user=", "--local=/halfshake.test/", *records),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_for_answer(port, process)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _wait_for_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    question = b"\0\1\1\0\0\1\0\0\0\0\0\0\x09halfshake\x04test\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.1)
        client.connect(("127.0.0.1", port))
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            assert process.poll() is None, "dnsmasq ended"
            with contextlib.suppress(OSError):
                client.send(question)
                if client.recv(512):
                    return
    raise AssertionError("dnsmasq does not answer")
