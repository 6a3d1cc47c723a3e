"""The monitor on schedule: what it reads, what it tells, and what a reload changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
from prometheus_client.openmetrics import parser

from watch.serving import NAME, mtls_server, watching

if TYPE_CHECKING:
    from pathlib import Path

    from watch.serving import Served

HEAD = f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{interval: 300ms, server_name: {NAME}}}\n"


async def metrics(served: Served) -> str:
    """Scrape once, as OpenMetrics, in gzip."""
    headers = {"Accept": "application/openmetrics-text", "Accept-Encoding": "gzip"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{served.url}/metrics", headers=headers) as answer,
    ):
        assert answer.headers["Content-Encoding"] == "gzip"
        text = await answer.text()
    parse: Any = parser.text_string_to_metric_families
    list(parse(text))
    return text


async def metrics_with(served: Served, *wanted: str) -> str:
    """Scrape until everything is there."""
    async with asyncio.timeout(20):
        while True:
            text = await metrics(served)
            if all(each in text for each in wanted):
                return text
            await asyncio.sleep(0.05)


async def test_an_mtls_server_on_schedule(tmp_path: Path) -> None:
    """Its dates, the verdict, and what becomes of clients without a certificate."""
    async with mtls_server(tmp_path) as port:
        text = (
            f"{HEAD}targets:\n  - {{target: '127.0.0.1:{port}', expect_client_auth: tls-required, "
            "all_key_types: true, labels: {team: payments}}\n  - 127.0.0.1:1\n"
        )
        async with watching(tmp_path, text, scheduled=True) as served:
            labels = f'target="127.0.0.1:{port}",team="payments"'
            scraped = await metrics_with(
                served,
                f"halfshake_trusted{{{labels}}} 1\n",
                f"halfshake_client_auth_requested{{{labels}}} 1\n",
                f'halfshake_client_auth_enforcement_info{{{labels},enforcement="tls-required"}} 1',
                f'halfshake_probe_success{{{labels},key_type="ecdsa"}} 1\n',
                'halfshake_probe_failure_info{target="127.0.0.1:1",phase="connect",'
                'reason="connection-refused"} 1\n',
                'halfshake_probes_total{kind="enforcement",outcome="read",reason=""}',
            )
    assert 'not_after_timestamp_seconds{target="127.0.0.1:1"}' not in scraped
    assert "halfshake_finding{" not in scraped


async def test_a_reload_takes_what_is_new_and_drops_what_is_gone(tmp_path: Path) -> None:
    """A bad configuration changes nothing, and a metric says so."""
    async with mtls_server(tmp_path) as port:
        text = f"{HEAD}web: {{reload: true}}\ntargets: ['127.0.0.1:{port}', '127.0.0.1:1']\n"
        async with watching(tmp_path, text, scheduled=True) as served:
            await metrics_with(served, f'target="127.0.0.1:{port}"', 'target="127.0.0.1:1"')

            async def reload() -> tuple[int, str]:
                async with (
                    aiohttp.ClientSession() as session,
                    session.post(f"{served.url}/-/reload") as answer,
                ):
                    return answer.status, await answer.text()

            served.path.write_text(f"{HEAD}targets: [a b]\n")
            status, answer = await reload()
            assert status == 500
            assert "targets[0]" in answer
            await metrics_with(
                served, "halfshake_config_last_reload_successful 0", 'target="127.0.0.1:1"'
            )
            served.path.write_text(
                f"{HEAD}targets: [{{target: '127.0.0.1:{port}', name: renamed}}]\n"
            )
            assert (await reload())[0] == 200
            scraped = await metrics_with(
                served,
                'halfshake_probe_success{target="renamed"} 1',
                "halfshake_config_last_reload_successful 1",
            )
            assert "127.0.0.1" not in scraped
            # The new one does not enable it.
            assert (await reload())[0] == 403


async def test_a_ca_file_that_is_renewed(tmp_path: Path) -> None:
    """Counts from the next reload on, which a changed file brings about."""
    from halfshake.watch.changes import stamp

    async with mtls_server(tmp_path) as port:
        good = (tmp_path / "ca.pem").read_bytes()
        (tmp_path / "ca.pem").write_bytes((tmp_path / "clients.pem").read_bytes())
        text = f"{HEAD}targets: ['127.0.0.1:{port}']\n"
        async with watching(tmp_path, text, scheduled=True) as served:
            label = f'{{target="127.0.0.1:{port}"}}'
            await metrics_with(served, f"halfshake_trusted{label} 0")
            before = stamp(served.monitor.plan)
            (tmp_path / "ca.pem").write_bytes(good)
            assert stamp(served.monitor.plan) != before
            assert await served.monitor.reload() == ""
            await metrics_with(served, f"halfshake_trusted{label} 1")


async def test_the_listener_says_that_it_is_there(tmp_path: Path) -> None:
    """Health, readiness, a page for people; reloading by HTTP is off unless it is on."""
    async with watching(tmp_path, "") as served, aiohttp.ClientSession() as session:
        for path in ("/-/healthy", "/-/ready", "/"):
            async with session.get(served.url + path) as answer:
                assert answer.status == 200
        async with session.post(f"{served.url}/-/reload") as answer:
            assert answer.status == 403
