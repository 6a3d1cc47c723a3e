"""The tables of docs/metrics.md say which labels and how many series there are."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from halfshake.reference.watch import OWN_SERIES, own_metric_names
from halfshake.watch.metrics.families import FAMILIES
from watch.serving import NAME, mtls_server, watching

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "other.halfshake.test"


async def test_every_series_has_the_labels_that_its_family_declares(tmp_path: Path) -> None:
    """A target with a finding, one with a second visit, and one that nobody answers for."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = nobody.getsockname()[1]
        async with mtls_server(tmp_path, days=(-80, 3), beside=OTHER) as port:
            text = f"""
trust: {{ca_files: [ca.pem]}}
defaults: {{server_name: {NAME}, enforcement: true, expect_client_auth: tls-required}}
targets: [{{target: "127.0.0.1:{port}", sni: {OTHER}}}, "127.0.0.1:{closed}"]
"""
            async with watching(tmp_path, text, scheduled=True) as served:
                seen = await _scraped(f"{served.url}/metrics")
    declared = {family.name: set(family.labels) for family in FAMILIES}
    assert {name: labels - {"target"} for name, labels in seen.items() if name in declared} == (
        declared
    )


async def _scraped(url: str) -> dict[str, set[str]]:
    """Scrape until every family has a series; the names of labels of each."""
    seen: dict[str, set[str]] = {}
    for _ in range(100):
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read().decode())
        seen = {
            family.name: set(family.samples[0].labels)
            for family in text_string_to_metric_families(text)
            if family.samples
        }
        if all(family.name in seen for family in FAMILIES):
            break
        await asyncio.sleep(0.1)
    return seen


def test_a_count_is_only_written_by_hand_where_the_metric_exists() -> None:
    """The page maker reads the rest from the registry itself."""
    assert set(OWN_SERIES) <= own_metric_names()
