"""How the faces of one target differ: series, sinks, and what a reload takes away again."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from watch.serving import NAME, mtls_server, watching
from watch.test_monitor import metrics_with
from watch.test_sinks import otlp_listener

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "other.halfshake.test"
HEAD = (
    f"trust: {{ca_files: [ca.pem]}}\ndefaults: {{interval: 300ms, faces_interval: 300ms, "
    f"enforcement_interval: 300ms, server_name: {NAME}}}\n"
)


async def test_a_name_beside_with_another_certificate(tmp_path: Path) -> None:
    """A series for each difference; the comparison is told to sinks; a reload ends it all."""
    async with mtls_server(tmp_path, beside=OTHER) as port:
        target = f"target: '127.0.0.1:{port}', name: t"
        with otlp_listener() as (endpoint, got, _):
            sinks = (
                f"sinks: {{jsonlines: {{path: results.jsonl}}, otlp: {{endpoint: '{endpoint}', "
                "interval: 300s}}\n"
            )
            text = f"{HEAD}{sinks}targets: [{{{target}, sni: {OTHER}, enforcement: true}}]\n"
            async with watching(tmp_path, text, scheduled=True) as served:
                await metrics_with(
                    served,
                    'halfshake_faces_compared{target="t"} 2',
                    'halfshake_faces_differ{target="t",code="sni-differ-certificate",severity="',
                    'halfshake_client_auth_enforced{target="t"} 1',
                    f'halfshake_client_auth_requested{{target="t",sni="{OTHER}"}} 1',
                )
                served.path.write_text(f"listen: 127.0.0.1:0\n{HEAD}targets: [{{{target}}}]\n")
                assert await served.monitor.reload() == ""
                gone = await metrics_with(served, 'halfshake_trusted{target="t"} 1')
                assert "halfshake_faces_" not in gone
                assert "halfshake_client_auth_enforced" not in gone
                assert OTHER not in gone
            # The sinks that the new configuration does not have are closed aside.
            async with asyncio.timeout(20):
                while not got:  # noqa: ASYNC110 - another thread is told
                    await asyncio.sleep(0.05)
        lines = (tmp_path / "results.jsonl").read_text().splitlines()
        documents = [json.loads(line) for line in lines]
        summary = next(each for each in documents if each["outcome"] == "summary")
        codes = {finding["code"] for finding in summary["verdict"]["findings"]}
        assert "sni-differ-certificate" in codes
        names = {
            metric.name
            for request in got
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }
        assert names >= {"halfshake.faces_status", "halfshake.client_auth_enforced"}
