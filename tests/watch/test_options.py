"""Every key of a target has its effect in the monitor, as the option has in `check`."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.commands.watching import CheckReader
from halfshake.inputs.trust_stores import load_trust_store
from halfshake.observation import Observation
from halfshake.target import Target
from halfshake.watch.reader import VisitKind
from halfshake.watch.settings.keys.option_fields import default_values, watched_options
from servers.flights import NAME, ROOT
from servers.scripted import listening
from test_second_hello import intolerant
from watch.serving import mtls_server, watching
from watch.test_monitor import HEAD, metrics_with

if TYPE_CHECKING:
    from pathlib import Path

OF_THE_SCHEDULE = {"server_name", "timeout"}
"""What the plan reads of a target's keys: the reader is handed a target, and a time for each."""


class Noting(argparse.Namespace):
    """Options that remember who was asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.noted = set[str]()

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name != "noted":
            self.noted.add(name)
        return super().__getattribute__(name)


async def test_the_reader_asks_for_every_option(tmp_path: Path) -> None:
    """A key that is accepted, but that nobody asks for, would be without effect.

    The target is read in the usual way: what is asked for its faces is no effect on that reading.
    """
    async with mtls_server(tmp_path) as port:
        options = Noting(**default_values() | {"ca_file": [str(tmp_path / "ca.pem")]})
        reader = CheckReader(options, load_trust_store)
        assert reader.kinds == (VisitKind.usual,)
        target = Target(NAME, "127.0.0.1", port, NAME)
        (result,) = await reader.read(target, VisitKind.usual, timeout_seconds=5)
        await reader.judge(result, VisitKind.usual)
    assert isinstance(result, Observation), result
    keys = {option.key for option in watched_options()}
    assert keys - options.noted == OF_THE_SCHEDULE


async def told(path: Path) -> dict[str, Any]:
    """The first line of the sink, as soon as it is there."""
    async with asyncio.timeout(20):
        while True:
            lines = _lines(path)
            if lines:
                document: dict[str, Any] = json.loads(lines[0])
                return document
            await asyncio.sleep(0.05)


def _lines(path: Path) -> list[str]:
    """Those that are written to their end."""
    text = path.read_text() if path.exists() else ""
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.parametrize("explain", ["false", "true"])
async def test_what_a_server_cannot_stand(explain: str, tmp_path: Path) -> None:
    """`explain_intolerance` visits it a few times more, and names the extension."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    lines = tmp_path / "lines.jsonl"
    async with listening(intolerant("status_request")) as served:
        text = (
            f"trust: {{ca_files: [ca.pem]}}\nsinks: {{jsonlines: {{path: {lines}}}}}\n"
            f"defaults: {{interval: 1h, server_name: {NAME}, explain_intolerance: {explain}}}\n"
            f"targets: ['127.0.0.1:{served.port}']\n"
        )
        async with watching(tmp_path, text, scheduled=True):
            document = await told(lines)
        visits = len(served.connections)
    assert document["first_hello"]["end"] == "closed"
    assert document["first_hello"].get("at_fault") == (
        ["status_request"] if explain == "true" else None
    )
    assert (visits > 2) is (explain == "true")


@pytest.mark.parametrize("without", ["false", "true"])
async def test_the_signature_may_be_left_unchecked(without: str, tmp_path: Path) -> None:
    """With `no_possession` the target is read and trusted, and nothing is said of its key."""
    lines = tmp_path / "lines.jsonl"
    async with mtls_server(tmp_path) as port:
        text = (
            f"{HEAD}sinks: {{jsonlines: {{path: {lines}}}}}\n"
            f"targets: [{{target: '127.0.0.1:{port}', no_possession: {without}}}]\n"
        )
        async with watching(tmp_path, text, scheduled=True) as served:
            labels = f'{{target="127.0.0.1:{port}"}}'
            scraped = await metrics_with(
                served, f"halfshake_probe_success{labels} 1\n", f"halfshake_trusted{labels} 1\n"
            )
            document = await told(lines)
    proven = without == "false"
    assert (f"halfshake_key_possession_proven{labels} 1\n" in scraped) is proven
    assert ("halfshake_key_possession_proven{" in scraped) is proven
    assert document["key_possession"] == ("proven" if proven else "unproven")
    assert "halfshake_finding{" not in scraped
    codes = {finding["code"] for finding in document["verdict"]["findings"]}
    assert ("key-possession-unproven" in codes) is not proven
