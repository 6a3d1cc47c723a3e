"""Certificates in files, watched like servers: what only a server can tell is absent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from halfshake.commands.watching import opening
from halfshake.watch.changes import stamp
from halfshake.watch.reader import VisitKind
from halfshake.watch.settings.plan import load_plan
from pki import Authority
from watch.serving import NAME, watching
from watch.test_configuration import mistakes_of
from watch.test_monitor import metrics_with

if TYPE_CHECKING:
    import pytest

ROOT = Authority.root()
HEAD = "trust: {ca_files: [corp-ca.pem]}\ndefaults: {interval: 200ms, all_addresses: true}\n"


def certificates(directory: Path) -> None:
    """Two certificates with their keys, and the CA."""
    (directory / "corp-ca.pem").write_bytes(ROOT.pem)
    (directory / "certs").mkdir()
    for name in ("a", "b"):
        ROOT.issue(NAME).write(directory / "certs", name)


async def test_series_of_a_file(tmp_path: Path) -> None:
    """Dates and trust are there; TLS, key possession and client authentication are not."""
    certificates(tmp_path)
    text = f"{HEAD}targets:\n  - {{target: 'file:certs/a.pem', name: a, server_name: {NAME}}}\n"
    async with watching(tmp_path, text, scheduled=True) as served:
        scraped = await metrics_with(
            served,
            'halfshake_probe_success{target="a"} 1',
            'halfshake_trusted{target="a"} 1',
            'halfshake_name_matches{target="a"} 1',
            'halfshake_certificate_not_after_timestamp_seconds{target="a"} ',
            'halfshake_status{target="a"} 0',
        )
        for absent in ("tls_info", "key_possession", "client_auth_requested"):
            assert f"halfshake_{absent}" not in [
                line.partition("{")[0] for line in scraped.splitlines() if 'target="a"' in line
            ]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{served.url}/probe", params={"target": "a"}) as answer,
        ):
            told = await answer.text()
        assert "probe_success 1.0" in told
        assert "probe_ssl_earliest_cert_expiry" in told
        assert "probe_tls_client_auth_requested" not in told
        # What is no target is no way to this machine's files.
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{served.url}/probe", params={"target": "file:/etc/hostname"}) as answer,
        ):
            assert answer.status == 400


async def test_a_file_that_is_renewed_and_one_that_is_new(tmp_path: Path) -> None:
    """A renewal is read on schedule; a new file in a directory makes the plan old."""
    certificates(tmp_path)
    async with watching(tmp_path, f"{HEAD}targets: ['file:certs']\n", scheduled=True) as served:
        first = str(served.monitor.plan.watched[0].target.text)
        assert len(served.monitor.plan.watched) == 2
        before = await metrics_with(served, f'halfshake_trusted{{target="{first}"}} 1')
        shown = f'halfshake_certificate_info{{target="{first}"'
        info = next(line for line in before.splitlines() if line.startswith(shown))
        looked = stamp(served.monitor.plan)
        ROOT.issue(NAME).write(tmp_path / "certs", first.rpartition("/")[2].removesuffix(".pem"))
        assert stamp(served.monitor.plan) == looked
        deadline = asyncio.get_running_loop().time() + 20
        while info in await metrics_with(served, first):
            assert asyncio.get_running_loop().time() < deadline
        ROOT.issue(NAME).write(tmp_path / "certs", "c")
        assert stamp(served.monitor.plan) != looked
        assert await served.monitor.reload() == ""
        assert len(served.monitor.plan.watched) == 3


def test_one_visit_alone(tmp_path: Path) -> None:
    """A file has no faces, and no second visit; a file that is missing is a reading that fails."""
    (tmp_path / "corp-ca.pem").write_bytes(ROOT.pem)
    (tmp_path / "watch.yaml").write_text(
        f"{HEAD}targets:\n  - {{target: 'file:none.pem', expect_client_auth: tls-required}}\n"
    )
    (watched,) = load_plan(tmp_path / "watch.yaml", opening(), {}).watched
    assert set(watched.settings.intervals) == {VisitKind.usual}
    assert watched.target.text == f"file:{tmp_path}/none.pem"
    (failure,) = asyncio.run(
        watched.settings.reader.read(watched.target, VisitKind.usual, timeout_seconds=5)
    )
    assert "No such file" in getattr(failure, "detail", "")


def test_a_name_is_for_one_file(tmp_path: Path) -> None:
    """Two series of the same labels would be one."""
    certificates(tmp_path)
    text = "targets:\n  - {target: 'file:certs', name: all}\n"
    assert mistakes_of(tmp_path, text) == [
        "watch.yaml:2: targets[0].name: file:certs stands for 2 files: leave out `name`"
    ]


def test_the_label_is_the_same_wherever_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configuration that is named by a relative path makes the same series."""
    certificates(tmp_path)
    (tmp_path / "watch.yaml").write_text(f"{HEAD}targets: ['file:certs/a.pem']\n")
    monkeypatch.chdir(tmp_path)
    (watched,) = load_plan(Path("watch.yaml"), opening(), {}).watched
    assert watched.labels == f'target="file:{tmp_path}/certs/a.pem"'
