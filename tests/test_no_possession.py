"""`--no-possession`: the server's signature is not checked, and everything else is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.observation import KeyPossession, Observation
from halfshake.reading import observing
from halfshake.reading.faces import Wanted, read_faces
from halfshake.reading.probe import probe
from halfshake.target import Target
from halfshake.trust.rules.possession import key_possession
from servers.flights import LEAF, NAME, ROOT, tls12_flight, tls13_flight
from servers.scripted import Connection, Script, listening, scripted
from trust.observations import judged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOT_ASKED_FOR = "the check of its signature was not asked for (--no-possession)"


def answering(make: Callable[[bytes], bytes]) -> Script:
    """A server that sends its first flight."""

    async def script(connection: Connection) -> None:
        await connection.send(make(await connection.client_hello()))
        await connection.until_the_client_leaves()

    return script


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each check of a signature."""
    seen: list[object] = []

    def counted(*arguments: object) -> object:
        seen.append(arguments)
        return key_possession(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(observing, "key_possession", counted)
    return seen


@pytest.mark.parametrize("make", [tls12_flight, tls13_flight])
async def test_the_signature_is_not_checked(
    make: Callable[[bytes], bytes], checks: list[object]
) -> None:
    """Only the possession of the key is missing, and the verdict does not warn of that."""
    async with listening(answering(make)) as served:
        target = Target(NAME, "127.0.0.1", served.port, NAME)
        usual = await probe(target)
        assert len(checks) == 1
        result = await probe(target, check_possession=False)
    assert len(checks) == 1
    assert isinstance(usual, Observation), usual
    assert isinstance(result, Observation), result
    assert usual.key_possession.status is KeyPossession.proven
    assert result.key_possession == (KeyPossession.unproven, NOT_ASKED_FOR)
    assert result.chain == usual.chain
    assert result.end_entity.der == LEAF
    first, second = judged(usual, ROOT), judged(result, ROOT)
    assert first.status is second.status
    more = [finding for finding in second.findings if finding not in first.findings]
    assert [(finding.code, finding.severity.name) for finding in more] == [
        ("key-possession-unproven", "info")
    ]


async def test_no_face_is_checked(checks: list[object]) -> None:
    """With several faces the option counts for each."""
    async with listening(answering(tls13_flight)) as served:
        target = Target(NAME, "127.0.0.1", served.port, NAME)

        async def take(_: object) -> None:
            """Nothing: they are looked at together."""

        wanted = Wanted(sni=("other.test",), check_possession=False)
        faces = await read_faces(target, wanted, take)
    assert len(faces.read) == 2
    assert {face.key_possession.reason for face in faces.read} == {NOT_ASKED_FOR}
    assert not checks


@pytest.mark.parametrize(
    ("fields", "checked"),
    [("target,leaf.not_after", 0), ("target,key_possession", 1), ("target,verdict.status", 1)],
)
def test_a_scan_checks_what_its_fields_ask_for(
    fields: str, checked: int, tmp_path: Path, checks: list[object]
) -> None:
    """Without a field that depends on the signature, nobody would see the result of the check."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    with scripted(answering(tls13_flight)) as port:
        arguments = ["--ca-file", str(tmp_path / "ca.pem"), "--server-name", NAME, "-q"]
        arguments += ["-o", str(tmp_path / "out.jsonl"), "--fields", fields]
        main(["scan", f"127.0.0.1/32:{port}", *arguments])
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1
    assert len(checks) == checked


@pytest.mark.parametrize("option", [[], ["--no-possession"]])
def test_on_the_command_line(
    option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` says that the key is unproven, and why."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    with scripted(answering(tls13_flight)) as port:
        ca_file = str(tmp_path / "ca.pem")
        target = f"127.0.0.1:{port}"
        main(["check", "--ca-file", ca_file, "--server-name", NAME, "--json", *option, target])
    document = json.loads(capsys.readouterr().out)
    assert document["key_possession"] == ("unproven" if option else "proven")
    assert document.get("key_possession_reason") == (NOT_ASKED_FOR if option else None)
