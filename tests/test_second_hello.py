"""The second hello: who gets it, which it is, what is told of it, and how often anyone is visited.

With real servers: lighttpd's mod_wolfssl in `tests/interop/test_every_server.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.observation import Ending, Observation, ProbeFailure
from halfshake.reading.faces import Wanted, read_faces
from halfshake.reading.intolerance import MAX_VISITS
from halfshake.reading.probe import probe
from halfshake.stored.saved_readings import saved_readings
from halfshake.target import Target
from halfshake.tls.codec import Reader
from halfshake.tls.keys.key_exchange import post_quantum_groups
from halfshake.tls.registries.codepoints import ExtensionType, NamedGroup
from rfc8448.published import client_hello_extensions
from servers.flights import (
    CERTIFICATE,
    HELLO,
    LEAF,
    NAME,
    ROOT,
    tls12_flight,
    tls13_flight,
)
from servers.scripted import Connection, Listening, Script, listening, scripted
from tls_peer import record
from trust.observations import codes, judged
from wire import session_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

ALERTS = {name: record(bytes([2, number]), 21) for name, number in (("decode_error", 50),)}
HANDSHAKE_FAILURE = record(b"\x02\x28", 21)

LEFT_OUT = (
    "status_request",
    "signed_certificate_timestamp",
    "legacy_session_id",
    "supported_groups",
    "signature_algorithms",
    "cipher_suites",
    "supported_versions",
)


def numbers(hello: bytes, extension: ExtensionType) -> tuple[int, ...]:
    """A list of two-byte numbers in a ClientHello."""
    return Reader(client_hello_extensions(hello)[extension], "list").uint16_list()


def suites(hello: bytes) -> tuple[int, ...]:
    """The cipher suites of a ClientHello."""
    reader = Reader(hello, "ClientHello")
    reader.take(4 + 2 + 32)
    reader.vector8()
    return reader.uint16_list()


CANNOT_STAND: dict[str, Callable[[bytes], bool]] = {
    "status_request": lambda hello: ExtensionType.status_request in client_hello_extensions(hello),
    "signed_certificate_timestamp": lambda hello: (
        ExtensionType.signed_certificate_timestamp in client_hello_extensions(hello)
    ),
    "legacy_session_id": lambda hello: bool(session_id(hello)),
    "supported_groups": lambda hello: len(numbers(hello, ExtensionType.supported_groups)) > 5,
    "signature_algorithms": lambda hello: (
        len(numbers(hello, ExtensionType.signature_algorithms)) > 10
    ),
    "cipher_suites": lambda hello: len(suites(hello)) > 20,
    "supported_versions": lambda hello: (
        b"\x03\x01" in client_hello_extensions(hello)[ExtensionType.supported_versions]
    ),
}


async def _closes(connection: Connection) -> None:
    connection.finish()
    await connection.until_the_client_leaves()


async def _resets(connection: Connection) -> None:
    await connection.reset()


async def _says_decode_error(connection: Connection) -> None:
    await connection.send(ALERTS["decode_error"])
    await connection.until_the_client_leaves()


def intolerant(
    *fields: str,
    refuse: Callable[[Connection], Awaitable[None]] = _closes,
    make: Callable[[bytes], bytes] = tls13_flight,
) -> Script:
    """Turn away a hello with one of these in it; answer every other one."""

    async def script(connection: Connection) -> None:
        hello = await connection.client_hello()
        if any(CANNOT_STAND[field](hello) for field in fields):
            await refuse(connection)
            return
        await connection.send(make(hello))
        await connection.until_the_client_leaves()

    return script


async def read(
    script: Script, *, timeout_seconds: float = 10, explain: bool = False
) -> tuple[Observation | ProbeFailure, Listening]:
    """One reading, and the server with its connections."""
    async with listening(script) as served:
        target = Target(NAME, "127.0.0.1", served.port, NAME)
        result = await probe(target, timeout_seconds=timeout_seconds, explain_intolerance=explain)
    return result, served


@pytest.mark.parametrize("make", [tls12_flight, tls13_flight])
@pytest.mark.parametrize(
    ("refuse", "end"),
    [
        (_closes, Ending.closed),
        (_resets, Ending.reset),
        (_says_decode_error, Ending.alert),
    ],
)
async def test_an_intolerant_server_is_read_by_the_second_hello(
    refuse: Callable[[Connection], Awaitable[None]],
    end: Ending,
    make: Callable[[bytes], bytes],
) -> None:
    """In two connections, and what the first one met is a finding."""
    result, served = await read(intolerant("status_request", refuse=refuse, make=make))
    assert isinstance(result, Observation), result
    assert len(served.connections) == 2
    assert result.end_entity.der == LEAF
    assert result.key_possession.status == "proven"
    assert not result.oddities
    assert result.first_hello is not None
    assert result.first_hello.end is end
    assert result.first_hello.left_out == LEFT_OUT
    assert result.first_hello.at_fault == ()
    assert "intolerant-server" in codes(judged(result, ROOT))


@pytest.mark.parametrize("field", LEFT_OUT)
async def test_each_field_that_a_server_may_not_stand(field: str) -> None:
    """The plain hello has none of them; halving finds which it is, in eight visits at the most."""
    result, served = await read(intolerant(field), explain=True)
    assert isinstance(result, Observation), result
    assert result.first_hello is not None
    assert result.first_hello.at_fault == (field,)
    assert len(served.connections) <= 2 + MAX_VISITS


@pytest.mark.parametrize("field", LEFT_OUT[1:])
async def test_two_fields_that_a_server_may_not_stand(field: str) -> None:
    """Both are found; and the reading is that of the second hello."""
    result, served = await read(intolerant("status_request", field), explain=True)
    assert isinstance(result, Observation), result
    assert result.first_hello is not None
    assert set(result.first_hello.at_fault) == {"status_request", field}
    assert len(served.connections) <= 2 + MAX_VISITS


async def test_more_than_can_be_told_in_eight_visits() -> None:
    """Then what was left out is all there is to say."""
    result, served = await read(intolerant(*LEFT_OUT), explain=True)
    assert isinstance(result, Observation), result
    assert result.first_hello is not None
    assert result.first_hello.at_fault == ()
    assert len(served.connections) == 2 + MAX_VISITS


async def test_an_explanation_keeps_to_the_deadline() -> None:
    """A server that falls silent is told of without it."""
    count = [0]
    turn_away = intolerant("status_request")

    async def script(connection: Connection) -> None:
        count[0] += 1
        if count[0] > 2:
            await connection.until_the_client_leaves()
        await turn_away(connection)

    result, served = await read(script, explain=True, timeout_seconds=0.5)
    assert isinstance(result, Observation), result
    assert result.first_hello is not None
    assert result.first_hello.at_fault == ()
    assert len(served.connections) == 3


@pytest.mark.skipif(not post_quantum_groups(), reason="the installed cryptography has no ML-KEM")
async def test_want_of_common_ground_calls_for_the_hybrids() -> None:
    """One hello more, with them, and none after it."""
    hellos: list[bytes] = []

    async def script(connection: Connection) -> None:
        hellos.append(await connection.client_hello())
        await connection.send(HANDSHAKE_FAILURE)
        await connection.until_the_client_leaves()

    result, _ = await read(script)
    assert isinstance(result, ProbeFailure)
    assert result.alert == (40, "handshake_failure")
    named = [
        NamedGroup.X25519MLKEM768 in numbers(hello, ExtensionType.supported_groups)
        for hello in hellos
    ]
    assert named == [False, True]


async def test_the_first_refusal_counts_where_the_second_hello_is_not_answered() -> None:
    """Turned away, then left waiting: it is the alert that is told, by the deadline."""
    count = [0]

    async def script(connection: Connection) -> None:
        await connection.client_hello()
        count[0] += 1
        if count[0] == 1:
            await connection.send(ALERTS["decode_error"])
        await connection.until_the_client_leaves()

    result, served = await read(script, timeout_seconds=0.4)
    assert isinstance(result, ProbeFailure)
    assert result.alert == (50, "decode_error")
    assert len(served.connections) == 2


async def test_a_certificate_behind_the_second_hello_is_never_lost() -> None:
    """The first was turned away, the second answered with half a flight."""
    turn_away = intolerant(
        "status_request", make=lambda _: record(HELLO) + record(CERTIFICATE) + HANDSHAKE_FAILURE
    )
    result, served = await read(turn_away)
    assert isinstance(result, Observation), result
    assert len(served.connections) == 2
    assert {"flight-broken-off", "intolerant-server"} <= set(codes(judged(result, ROOT)))


async def test_no_second_hello_behind_a_server_hello() -> None:
    """Who has answered has understood."""

    async def script(connection: Connection) -> None:
        await connection.client_hello()
        await connection.send(record(HELLO))

    result, served = await read(script)
    assert isinstance(result, ProbeFailure)
    assert result.reason == "connection-closed"
    assert len(served.connections) == 1


async def test_the_faces_of_an_intolerant_server() -> None:
    """Once it is known, every face is asked with the plain hello, and each says so."""
    async with listening(intolerant("status_request")) as served:
        taken: list[Observation | ProbeFailure] = []

        async def take(result: Observation | ProbeFailure) -> None:
            taken.append(result)

        target = Target(NAME, "127.0.0.1", served.port, NAME)
        faces = await read_faces(target, Wanted(sni=("none",)), take)
    assert len(faces.read) == len(taken) == 2
    assert all(reading.first_hello is not None for reading in faces.read)
    assert len(served.connections) == 3


def test_every_report_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, the finding with its evidence; saved, and judged again, it is the same."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    with scripted(intolerant("status_request")) as port:
        arguments = ["check", "--ca-file", str(tmp_path / "ca.pem"), "--server-name", NAME]
        target = f"127.0.0.1:{port}"
        assert main([*arguments, "--json", "--with-der", "--explain-intolerance", target]) == 1
        line = capsys.readouterr().out
        assert main([*arguments, "--all-versions", "--explain-intolerance", target]) == 3
        assert "--explain-intolerance reads one face" in capsys.readouterr().err
    document = json.loads(line)
    assert document["first_hello"] == {
        "end": "closed",
        "left_out": list(LEFT_OUT),
        "at_fault": ["status_request"],
    }
    finding = document["verdict"]["findings"][0]
    assert finding["code"] == "intolerant-server"
    assert finding["at_fault"] == "status_request"
    (again,) = saved_readings([line], "saved", pytest.fail)
    assert isinstance(again, Observation)
    assert judged(again, ROOT).findings[0].message == finding["message"]
