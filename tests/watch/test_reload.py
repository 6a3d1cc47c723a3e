"""A reload opens a new listener and new sinks before the old ones close, or changes nothing."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest

from halfshake.errors import UsageError
from halfshake.watch.web.listener import open_listener
from watch.serving import NAME, mtls_server, watching

if TYPE_CHECKING:
    from pathlib import Path

    from watch.serving import Served

HEAD = f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{interval: 200ms, server_name: {NAME}}}\n"


async def answer(url: str, page: str = "/-/healthy", method: str = "GET") -> tuple[int, str]:
    """One request on a connection of its own."""
    async with aiohttp.ClientSession() as session, session.request(method, url + page) as response:
        return response.status, await response.text()


def write(served: Served, listen: str, text: str = "") -> None:
    """A new configuration."""
    served.path.write_text(f"listen: {listen}\nweb: {{reload: true}}\n{text}")


def port_of(url: str) -> int:
    """Where it listens."""
    return int(url.rpartition(":")[2])


async def test_a_new_listener(tmp_path: Path) -> None:
    """It answers, the old one is closed, and the request that asked for it is answered too."""
    async with watching(tmp_path, "web: {reload: true}\n") as served:
        old = served.url
        write(served, "'[::1]:0'")
        assert await answer(old, "/-/reload", "POST") == (200, "the configuration was read again\n")
        assert served.url.startswith("http://[::1]:")
        assert (await answer(served.url))[0] == 200
        with pytest.raises(aiohttp.ClientConnectorError):
            await answer(old)
        again = served.url
        write(served, "'[::1]:0'", "concurrency: 10\n")
        assert await served.monitor.reload() == ""
        assert served.url == again


@pytest.mark.parametrize("listen", ["0.0.0.0:{}", "'[::]:{}'", "':{}'"])
async def test_a_new_listener_on_the_same_port(tmp_path: Path, listen: str) -> None:
    """Every address instead of one: the kernel calls that port taken, and yet nothing is lost."""
    async with watching(tmp_path, "") as served:
        port = port_of(served.url)
        write(served, listen.format(port))
        assert await served.monitor.reload() == ""
        host = "[::1]" if "[" in listen else "127.0.0.1"
        assert (await answer(f"http://{host}:{port}"))[0] == 200
        # A second monitor does not get the port.
        with pytest.raises(UsageError, match="in use"):
            open_listener(listen.format(port).strip("'"))
        write(served, f"127.0.0.1:{port}")
        assert await served.monitor.reload() == ""
        assert (await answer(f"http://127.0.0.1:{port}"))[0] == 200


async def test_a_listener_that_cannot_be_opened(tmp_path: Path) -> None:
    """The whole new configuration is refused, with its targets and its sinks."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with watching(tmp_path, "web: {reload: true}\n") as served:
            old = served.url
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            sinks = "sinks: {jsonlines: {path: results.jsonl}}\ntargets: ['127.0.0.1:1']\n"
            write(served, address, sinks)
            status, text = await answer(old, "/-/reload", "POST")
            assert status == 500
            assert f"cannot listen on {address}: Address already in use" in text
            assert served.url == old
            metrics = (await answer(old, "/metrics"))[1]
            assert "halfshake_config_last_reload_successful 0.0" in metrics
            assert "halfshake_targets 0.0" in metrics
            assert not served.monitor.sinks
            # Once it is free, the same configuration is taken.
            taken.close()
            assert (await answer(old, "/-/reload", "POST"))[0] == 200
            assert served.url == f"http://{address}"
            assert served.monitor.sinks


async def test_a_sink_that_cannot_be_opened(tmp_path: Path) -> None:
    """Leaves the old listener and the old sinks in force."""
    first = "sinks: {jsonlines: {path: results.jsonl}}\n"
    async with watching(tmp_path, first) as served:
        old = served.url
        write(served, "'[::1]:0'", "sinks: {jsonlines: {path: no/results.jsonl}}\n")
        assert "no/results.jsonl cannot be written" in await served.monitor.reload()
        assert served.url == old
        assert (await answer(old))[0] == 200
        assert served.monitor.sinks


async def test_a_web_config_that_is_new(tmp_path: Path) -> None:
    """Counts from the reload on; one that is wrong is refused with everything else."""
    (tmp_path / "web.yaml").write_text("http_server_config: {headers: {X-Frame-Options: deny}}\n")
    (tmp_path / "wrong.yaml").write_text("tls_server_config: {cert_file: none.pem}\n")
    async with watching(tmp_path, "") as served:
        same = f"127.0.0.1:{port_of(served.url)}"
        served.path.write_text(f"listen: {same}\nweb: {{config_file: wrong.yaml}}\n")
        assert "none.pem cannot be read" in await served.monitor.reload()
        served.path.write_text("listen: 127.0.0.1:0\nweb: {config_file: web.yaml}\n")
        assert await served.monitor.reload() == ""
        async with aiohttp.ClientSession() as session, session.get(served.url) as response:
            assert response.headers["X-Frame-Options"] == "deny"


async def test_sinks_that_change_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Many reloads while targets are read: every reading is one line, in one file or the other."""
    async with mtls_server(tmp_path) as port:
        targets = "".join(
            f"  - {{target: '127.0.0.1:{port}', name: t{number}}}\n" for number in range(20)
        )
        text = f"{HEAD}targets:\n{targets}"
        sinks = "sinks: {{jsonlines: {{path: {0}.jsonl, max_bytes: 0, keep: {1}}}}}\n"
        async with watching(tmp_path, text + sinks.format("a", 1), scheduled=True) as served:
            kept = served.monitor.sinks
            for number in range(8):
                await asyncio.sleep(0.2)
                # The same file with other settings, the same settings, another file.
                name, keep = ("a", "a", "a", "b")[number % 4], (1, 1, 2, 2)[number % 4]
                served.path.write_text(f"listen: 127.0.0.1:0\n{text}{sinks.format(name, keep)}")
                assert await served.monitor.reload() == ""
            assert served.monitor.sinks is kept
            health = served.monitor.health
    lines = [
        line for name in "ab" for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()
    ]
    told = [(each["target"], each["observed_at"]) for each in map(json.loads, lines)]
    sample = health.registry.get_sample_value
    read = sample("halfshake_probes_total", {"kind": "usual", "outcome": "read", "reason": ""})
    assert len(told) == read == sample("halfshake_sink_sent_total", {"sink": "jsonlines"})
    assert not sample("halfshake_sink_dropped_total", {"sink": "jsonlines"})


async def test_a_sink_that_did_not_change_goes_on(tmp_path: Path) -> None:
    """It is the same one, with the same queue."""
    first = "sinks: {jsonlines: {path: a.jsonl}}\n"
    async with watching(tmp_path, first) as served:
        sinks = served.monitor.sinks
        assert sinks is not None
        before = sinks.running("jsonlines")
        served.path.write_text(f"listen: 127.0.0.1:0\nconcurrency: 10\n{first}")
        assert await served.monitor.reload() == ""
        assert sinks.running("jsonlines") is before
        served.path.write_text("listen: 127.0.0.1:0\n")
        assert await served.monitor.reload() == ""
        assert not sinks
