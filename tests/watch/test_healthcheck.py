"""`--healthcheck` answers for every kind of listener, and knows one that stands still."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.watch.healthcheck import problem_at
from pki import Authority
from watch.serving import watching

if TYPE_CHECKING:
    from pathlib import Path

ROOT = Authority.root()
TLS = "tls_server_config: {cert_file: web.pem, key_file: web.key"
CLIENTS = "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem"
PASSWORD = "basic_auth_users: {me: $2b$10$" + "." * 53 + "}\n"


@pytest.mark.parametrize(
    "web",
    [
        "{}",
        PASSWORD,
        f"{TLS}}}\n{PASSWORD}",
        f"{TLS}, {CLIENTS}}}\n",
        f"{TLS}, {CLIENTS}, max_version: TLS12}}\n",
    ],
)
async def test_a_listener_that_answers(tmp_path: Path, web: str) -> None:
    """In the clear, with a password, with TLS, with client certificates."""
    ROOT.issue("localhost").write(tmp_path, "web")
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    (tmp_path / "web.yaml").write_text(web)
    async with watching(tmp_path, "web: {config_file: web.yaml}\n") as served:
        port = served.url.rpartition(":")[2]
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        assert await asyncio.to_thread(problem_at, f"127.0.0.1:{port}") == ""
        assert await asyncio.to_thread(problem_at, f"0.0.0.0:{port}") == ""


def test_a_listener_that_stands_still(capsys: pytest.CaptureFixture[str]) -> None:
    """The kernel accepts the connection, and nobody says anything."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        listen = f"127.0.0.1:{silent.getsockname()[1]}"
        assert "timed out" in problem_at(listen, timeout_seconds=0.4)
    assert main(["watch", "--healthcheck", "--listen", listen]) == 1
    assert capsys.readouterr().err == (
        f"halfshake: nothing answers at {listen}: Connection refused\n"
    )
    assert main(["watch", "--healthcheck", "--listen", "127.0.0.1:0"]) == 3
