"""What no RFC allows, from scripted servers: it is read, and a finding says so.

The refusals that stay are in `tests/servers/wrong_*.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.observation import Observation
from halfshake.reading.probe import probe
from halfshake.stored.saved_readings import saved_readings
from halfshake.target import Target
from halfshake.tls.keys.key_exchange import is_valid_public_value
from halfshake.tls.oddities import OddityKind
from halfshake.tls.registries.codepoints import NamedGroup
from halfshake.trust.guides.handshake import HANDSHAKE_GUIDES
from servers.flights import NAME, ROOT, tls12_flight, tls13_flight
from servers.odd import ODD
from servers.scripted import Connection, listening, scripted
from trust.observations import judged

if TYPE_CHECKING:
    from pathlib import Path

    from servers.odd_scripts import Odd


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
async def test_an_odd_server_is_read(odd: Odd) -> None:
    """Its certificate, what proves it, and one oddity of the right kind, which is a finding."""
    async with listening(odd.script) as served:
        target = Target(NAME, "127.0.0.1", served.port, odd.server_name)
        result = await probe(target)
    assert isinstance(result, Observation), result
    assert [oddity.kind for oddity in result.oddities] == [odd.kind]
    seen = result.oddities[0].seen
    assert odd.says in seen
    assert "the server" in seen or "of the certificate" in seen
    assert seen.endswith(")")
    assert result.key_possession.status == odd.possession, result.key_possession
    assert bool(result.key_possession.reason) == (odd.possession != "proven")
    finding = next(found for found in judged(result, ROOT).findings if found.code == odd.kind)
    assert finding.message == seen
    assert finding.severity.name == "warning"


@pytest.mark.parametrize("make", [tls12_flight, tls13_flight])
async def test_nothing_is_odd_about_a_right_flight(make: object) -> None:
    """Neither in TLS 1.2 nor in 1.3."""

    async def script(connection: Connection) -> None:
        await connection.send(make(await connection.client_hello()))  # type: ignore[operator]
        await connection.until_the_client_leaves()

    async with listening(script) as served:
        result = await probe(Target(NAME, "127.0.0.1", served.port, NAME))
    assert isinstance(result, Observation)
    assert result.oddities == ()


def test_every_kind_has_a_server_and_a_guide() -> None:
    """No kind is only thought of."""
    assert {odd.kind for odd in ODD} == set(OddityKind)
    assert {kind.value for kind in OddityKind} <= set(HANDSHAKE_GUIDES)
    assert len({odd.name for odd in ODD}) == len(ODD)


def test_an_oddity_is_saved_and_judged_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The document has it, and the finding comes back."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    odd = next(odd for odd in ODD if odd.kind is OddityKind.session_id_echoed)
    with scripted(odd.script) as port:
        arguments = ["check", "--ca-file", str(tmp_path / "ca.pem"), "--server-name", NAME]
        assert main([*arguments, "--json", "--with-der", f"127.0.0.1:{port}"]) == 1
    line = capsys.readouterr().out
    (oddity,) = json.loads(line)["oddities"]
    assert oddity["code"] == "session-id-echoed"
    (again,) = saved_readings([line], "saved", pytest.fail)
    assert isinstance(again, Observation)
    assert [oddity.seen for oddity in again.oddities] == [oddity["seen"]]


def test_a_group_that_the_library_cannot_compute_in_is_not_judged() -> None:
    """The binary curves: whether their points are any good is not known."""
    assert is_valid_public_value(NamedGroup.sect571r1, b"\x04whatever") is None
    assert is_valid_public_value(0x9999, b"\x04whatever") is None
