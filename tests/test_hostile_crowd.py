"""Every hostile server at once, next to twenty good ones: no failure affects another target."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest

from halfshake.certificate import PresentedCertificate
from halfshake.trust.rules.identity import MAX_COMPARED_IDENTIFIERS, nearest
from pki import Authority
from servers import Settings
from servers.all_hostile import HOSTILE
from servers.catalogue import NGINX
from servers.flights import CREDENTIAL, NAME, ROOT
from servers.scripted import listening

if TYPE_CHECKING:
    from pathlib import Path

    from servers import Server

GOOD_SERVERS = 20
TIMEOUT_SECONDS = 5
# To start Python, and to be held up by whatever else the machine does.
SLACK_SECONDS = 6


def free_ports(count: int) -> list[int]:
    """Different ports that are free now."""
    with contextlib.ExitStack() as listeners:
        found = [
            listeners.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [listener.getsockname()[1] for listener in found]


def listening_on(ports: list[int]) -> Server:
    """An nginx on its own port and on these."""

    def prepare(settings: Settings, directory: Path, port: int) -> list[str]:
        command = NGINX.prepare(settings, directory, port)
        file = directory / "nginx.conf"
        one = f"listen 127.0.0.1:{port} ssl;"
        file.write_text(
            file.read_text().replace(
                one, one + "".join(f"listen 127.0.0.1:{n} ssl;" for n in ports)
            )
        )
        return command

    return dataclasses.replace(NGINX, prepare=prepare)


@pytest.mark.interop
async def test_all_hostile_servers_next_to_twenty_good_ones(tmp_path: Path) -> None:
    """Each good one is read, each hostile one has its own failure, all within one deadline."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    settings = Settings(CREDENTIAL, Authority.root("Client CA").pem)
    async with contextlib.AsyncExitStack() as servers:
        hostile = {
            (await servers.enter_async_context(listening(each.script))).port: each
            for each in HOSTILE
        }
        good = free_ports(GOOD_SERVERS - 1)
        nginx = servers.enter_context(listening_on(good).running(settings, tmp_path / "nginx"))
        good.append(nginx.port)
        ports = [*hostile, *good]
        # Good ones between the hostile ones, as a list of targets would have them.
        ports.sort()
        listed = tmp_path / "targets.txt"
        listed.write_text("".join(f"127.0.0.1:{port}\n" for port in ports))
        options = ["--json", "--targets", str(listed), "--server-name", NAME]
        options += ["--ca-file", str(tmp_path / "ca.pem"), "--concurrency", "1000"]
        options += ["--timeout", str(TIMEOUT_SECONDS)]
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "halfshake", "check", *options),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        took = time.monotonic() - started

    assert errors == b""
    assert process.returncode == 3
    assert took < TIMEOUT_SECONDS + SLACK_SECONDS
    results = {result["port"]: result for result in map(json.loads, output.splitlines())}
    assert sorted(json.loads(line)["port"] for line in output.splitlines()) == ports
    for port in good:
        assert results[port]["outcome"] == "read", results[port]
        assert results[port]["verdict"]["status"] == "ok"
        assert results[port]["client_auth"]["requested"] is True
    for port, each in hostile.items():
        failure = results[port]["failure"]
        assert (failure["phase"], failure["reason"]) == ("handshake", each.reason), each.name
        assert all(said in failure["detail"] for said in each.says), (each.name, failure)
        assert "Traceback" not in failure["detail"]


def test_the_nearest_of_ten_thousand_names() -> None:
    """Only a limited number is compared: they are made similar, which is slow to compare."""
    names = tuple(f"{number:05}.elitsoh.tset" for number in range(10_000))
    certificate = PresentedCertificate(b"", "", dns_names=(*names, NAME))
    assert nearest(certificate, NAME) is None
    close = (*names[: MAX_COMPARED_IDENTIFIERS - 1], "x." + NAME)
    assert nearest(PresentedCertificate(b"", "", dns_names=close), NAME) == "x." + NAME
