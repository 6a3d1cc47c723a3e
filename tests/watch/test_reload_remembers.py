"""A reload judges nobody again whose settings are the same: their values count, not objects."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from halfshake.commands.watching import opening
from halfshake.trust.standing import CHAIN_JUDGEMENTS
from halfshake.watch.settings.plan import load_plan
from halfshake.watch.settings.what_stays import with_what_stays
from watch.serving import CLIENTS, NAME, ROOT, mtls_server, watching

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from halfshake.watch.settings.plan import Plan
    from watch.serving import Served

LISTEN = "listen: 127.0.0.1:0\n"
HEAD = f"""\
trust: {{ca_files: [ca.pem]}}
defaults: {{interval: 100ms, server_name: {NAME}}}
modules: {{strict: {{warning: 3d, crl_file: [list.pem]}}}}
"""
TARGETS = 12


def revoked(days: int = 8) -> bytes:
    """A CRL in which nothing is, for so long."""
    now = datetime.now(UTC)
    made = ROOT.revocation_list(last=now - timedelta(days=1), until=now + timedelta(days=days))
    return made.public_bytes(Encoding.PEM)


def entries(port: int, *special: str) -> str:
    """Twelve targets at one server; the first ones with more options."""
    lines = [
        f"  - {{target: '127.0.0.1:{port}', name: t{number}, {options}}}\n"
        for number, options in enumerate([*special, *["labels: {a: b}"] * (TARGETS - len(special))])
    ]
    return f"targets:\n{''.join(lines)}"


async def several_readings(served: Served) -> None:
    """Wait until every target was read three times more, as far as their sum can tell."""

    def read() -> float:
        sample = served.monitor.health.registry.get_sample_value
        labels = {"kind": "usual", "outcome": "read", "reason": ""}
        return sample("halfshake_probes_total", labels) or 0.0

    wanted = read() + 3 * TARGETS
    async with asyncio.timeout(30):
        while read() < wanted:  # noqa: ASYNC110 - nobody tells a test
            await asyncio.sleep(0.02)


async def test_who_is_judged_again(tmp_path: Path, judged: Counter[str]) -> None:
    """Nobody after a reload of the same; then those alone whose options or files are others."""
    (tmp_path / "list.pem").write_bytes(revoked())
    async with mtls_server(tmp_path) as port:
        text = HEAD + entries(port, "module: strict")
        async with watching(tmp_path, text, scheduled=True) as served:
            await several_readings(served)
            name = f"127.0.0.1:{port}"
            assert judged[name] == TARGETS

            async def reload(text: str) -> int:
                before = judged[name]
                served.path.write_text(LISTEN + text)
                assert await served.monitor.reload() == ""
                await several_readings(served)
                return judged[name] - before

            assert await reload(text) == 0
            assert await reload(text) == 0
            # How often and for how long to read is nothing that a verdict rests on.
            often = "labels: {a: b}, interval: 120ms"
            assert await reload(HEAD + entries(port, "module: strict", often)) == 0
            assert await reload(HEAD + entries(port, "module: strict", "warning: 5d")) == 1
            (tmp_path / "list.pem").write_bytes(revoked(9))
            assert await reload(HEAD + entries(port, "module: strict", "warning: 5d")) == 1
            (tmp_path / "ca.pem").write_bytes(ROOT.pem + CLIENTS.pem)
            assert await reload(HEAD + entries(port, "module: strict", "warning: 5d")) == TARGETS


def test_the_objects_of_before(tmp_path: Path) -> None:
    """What is equal is the old object, also for a target that is new; what is not, is not."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    (tmp_path / "list.pem").write_bytes(revoked())

    def plan(text: str) -> Plan:
        (tmp_path / "watch.yaml").write_text(HEAD + text)
        return load_plan(tmp_path / "watch.yaml", opening(), {})

    before = plan("targets: [a:1, {target: 'b:1', module: strict}, {target: 'c:1', verify: false}]")
    loaded = plan("targets: [{target: 'b:1', module: strict}, {target: 'c:1'}, 'd:1', 'a:1']")
    after = with_what_stays(loaded, before)
    assert not {id(each) for each in loaded.watched} & {id(each) for each in before.watched}
    (a, b, c), (new_b, new_c, new_d, new_a) = before.watched, after.watched
    assert new_a is a
    assert new_b is b
    assert new_d.settings is a.settings
    assert new_c.settings is a.settings
    assert new_c.settings is not c.settings
    assert new_c.settings.reader is c.settings.reader
    assert after.defaults is before.defaults
    assert after.modules["strict"] is before.modules["strict"]
    assert [each.labels for each in after.watched] == [each.labels for each in loaded.watched]


async def test_a_store_stays_too(tmp_path: Path) -> None:
    """So that a chain which was judged by it is not shown to OpenSSL again for a new threshold."""
    async with mtls_server(tmp_path) as port:
        (tmp_path / "list.pem").write_bytes(revoked())
        text = HEAD + entries(port)
        async with watching(tmp_path, text, scheduled=True) as served:
            await several_readings(served)
            asked = CHAIN_JUDGEMENTS.misses
            other = HEAD.replace("defaults: {", "defaults: {warning: 9d, ")
            served.path.write_text(LISTEN + other + entries(port))
            assert await served.monitor.reload() == ""
            await several_readings(served)
            assert CHAIN_JUDGEMENTS.misses == asked
