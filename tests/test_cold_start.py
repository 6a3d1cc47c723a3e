"""What a check imports, and when: Nagios starts one every minute, for each service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from pki import Authority
from servers import Settings
from servers.catalogue import NGINX

if TYPE_CHECKING:
    from pathlib import Path


def imported_by(*arguments: str) -> tuple[dict[str, object], set[str]]:
    """The result of `halfshake check --json`, and the modules that are there at its end."""
    program = "import sys; from halfshake.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, "check", "--json", *arguments],
        capture_output=True,
        text=True,
        check=True,
        # A store that is named by the environment is a user's, and read at once.
        env={key: value for key, value in os.environ.items() if not key.startswith("SSL_CERT_")},
    )
    line, modules = done.stdout.splitlines()
    return json.loads(line), set(modules.split())


def below(modules: set[str], *rooms: str) -> set[str]:
    """The modules that are one of these, or stand in one."""
    return {name for name in modules if name.startswith(tuple(f"{room}." for room in rooms))} | (
        modules & set(rooms)
    )


def test_where_nobody_listens() -> None:
    """Neither the protocol nor what judges is imported, nor the X.509 library."""
    result, modules = imported_by("127.0.0.1:1")
    assert result["outcome"] == "failed"
    assert below(modules, "cryptography") == set()
    assert below(modules, "halfshake.tls") == {"halfshake.tls", "halfshake.tls.key_type"}
    assert below(modules, "halfshake.trust") == {
        "halfshake.trust",
        "halfshake.trust.clients",
        "halfshake.trust.clients.families",
        "halfshake.trust.findings",
        "halfshake.trust.options",
        "halfshake.trust.policy",
        "halfshake.trust.status",
        "halfshake.trust.store",
    }
    assert below(modules, "halfshake.certificate", "halfshake.openssl") == set()
    assert below(modules, *ONLY_WHERE_ASKED_FOR) == set()


def test_a_whole_reading(tmp_path: Path) -> None:
    """Of a server that is read and trusted, what only some readings need stays away."""
    root = Authority.root()
    (tmp_path / "ca.pem").write_bytes(root.pem)
    settings = Settings(root.issue("api.example.com"), root.pem)
    with NGINX.running(settings, tmp_path) as server:
        result, modules = imported_by(
            "--server-name", "api.example.com", "--ca-file", str(tmp_path / "ca.pem"),
            f"127.0.0.1:{server.port}",
        )  # fmt: skip
    assert result["verdict"]["status"] == "ok"  # type: ignore[index]
    assert "halfshake.trust.verdict" in modules
    assert below(modules, *ONLY_WHERE_ASKED_FOR, *ONLY_WITH_A_FINDING) == set()


ONLY_WHERE_ASKED_FOR = (
    "halfshake.starttls",
    "halfshake.inputs.schemes",
    "halfshake.inputs.proxy_settings",
    "halfshake.dial.proxy",
    "halfshake.dial.starttls",
    "halfshake.dial.full_handshake",
    "halfshake.reading.second_visit",
    "halfshake.stored.reader",
    "python_socks",
    "yaml",
)

ONLY_WITH_A_FINDING = (
    "halfshake.trust.guides",
    "halfshake.trust.openssl.explainer",
    "halfshake.reading.retry",
)
