"""No TLS, no host or no answer: a phase, a reason, a sentence, within the deadline, exit 3."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import time

import pytest

from halfshake.cli import main
from halfshake.inputs.target_text import parse_target
from halfshake.observation import ProbeFailure
from halfshake.reading.probe import probe
from servers import free_port
from servers.flights import CERTIFICATE, DONE, HELLO, KEY_EXCHANGE, REQUEST, tls12
from servers.scripted import (
    Connection,
    Script,
    closes,
    drips,
    listening,
    resets,
    says,
    scripted,
    silence,
    without_end,
)

TIMEOUT_SECONDS = 1.0


# A record that never ends.
FRAGMENT = b"\x16\x03\x03\x40\x00" + bytes(200)

SCRIPTS: dict[str, tuple[Script, str]] = {
    "http": (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not-tls"),
    "ssh": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "not-tls"),
    "smtp": (says(b"220 mail.example.com ESMTP\r\n"), "not-tls"),
    "silence": (silence, "deadline-exceeded"),
    "drips": (drips(FRAGMENT, 0.05), "deadline-exceeded"),
    "empty records without end": (without_end(b"\x16\x03\x03\x00\x00"), "limit-exceeded"),
    "closes": (closes, "connection-closed"),
    "resets": (resets, "connection-reset"),
    "fatal alert": (says(b"\x15\x03\x03\x00\x02\x02\x70"), "alert-received"),
    "16 MB message": (says(b"\x16\x03\x03\x00\x04\x0b\xff\xff\xff"), "limit-exceeded"),
    "huge record": (says(b"\x16\x03\x03\xff\xff"), "limit-exceeded"),
}


def check(target: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Check one target that fails: exit 3, a line of JSON, nothing on stderr."""
    started = time.monotonic()
    code = main(["check", "--json", "--timeout", str(TIMEOUT_SECONDS), target])
    assert time.monotonic() - started < TIMEOUT_SECONDS + 2
    assert code == 3
    captured = capsys.readouterr()
    assert captured.err == ""
    document = json.loads(captured.out)
    assert document["outcome"] == "failed"
    assert document["verdict"] == {"status": "unknown", "findings": []}
    failure: dict[str, object] = document["failure"]
    return failure


@pytest.mark.parametrize("name", list(SCRIPTS))
def test_what_answers_is_no_certificate(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each has its reason, and a sentence without a traceback."""
    script, reason = SCRIPTS[name]
    with scripted(script) as port:
        failure = check(f"127.0.0.1:{port}", capsys)
    assert failure["phase"] == "handshake"
    assert failure["reason"] == reason
    assert "Traceback" not in str(failure["detail"])
    if name == "fatal alert":
        assert failure["alert"] == {"number": 112, "name": "unrecognized_name"}


def test_a_closed_port(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing listens: the connect phase, refused."""
    failure = check(f"127.0.0.1:{free_port()}", capsys)
    assert (failure["phase"], failure["reason"]) == ("connect", "connection-refused")


async def test_no_descriptor_left() -> None:
    """A limit of this machine prevents the connection: the reason says so; it is not our bug."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
    try:
        failure = await probe(parse_target("127.0.0.1:443"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert isinstance(failure, ProbeFailure)
    assert (failure.phase, failure.reason) == ("connect", "connect-failed")
    assert failure.detail == "127.0.0.1:443 could not be connected to: Too many open files"


async def test_a_reset_before_we_look() -> None:
    """A busy client finds its new connection reset: the server did that, not the network."""

    async def resets_at_once(connection: Connection) -> None:
        await connection.reset()

    with scripted(resets_at_once) as port:
        reading = asyncio.create_task(probe(parse_target(f"127.0.0.1:{port}")))
        await asyncio.sleep(0)  # it has begun to connect, and the loop has not looked yet
        time.sleep(0.2)  # noqa: ASYNC251 - busy
        failure = await reading
    assert isinstance(failure, ProbeFailure)
    assert (failure.phase, failure.reason) == ("handshake", "connection-reset")
    assert failure.detail == "the server reset the connection without answering the ClientHello"


async def test_a_mistake_of_ours_in_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own bug after the flight fails this target, says so, and stops no other target."""

    def mistake(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr("halfshake.reading.observing.key_possession", mistake)
    async with listening(tls12(HELLO, CERTIFICATE, KEY_EXCHANGE, REQUEST, DONE)) as served:
        failure = await probe(parse_target(f"127.0.0.1:{served.port}"))
    assert isinstance(failure, ProbeFailure)
    assert failure.reason == "internal-error"
    assert failure.detail == "this is a bug in Halfshake, please report it: KeyError: 'ours'"


def test_an_unknown_host(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that never resolves (RFC 6761 6.4); a resolver that is down says so, or takes long."""
    failure = check("no-such-host.invalid", capsys)
    assert failure["phase"] == "resolve"
    assert failure["reason"] in {"name-not-found", "resolver-failed", "deadline-exceeded"}


def test_one_bad_target_does_not_stop_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    """Every target has its line, and the worst one makes the exit code."""
    with scripted(closes) as port:
        targets = ["http://wrong.example", f"127.0.0.1:{port}", "a b"]
        assert main(["check", "--json", *targets, "--on-failure", "critical"]) == 2
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {document["target"]: document["failure"]["reason"] for document in documents} == dict(
        zip(targets, ["target-invalid", "connection-closed", "target-invalid"], strict=True)
    )


def test_the_page_of_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """For people: the phase, the reason and the sentence; no colour in a pipe."""
    with scripted(says(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        assert main(["check", f"127.0.0.1:{port}"]) == 3
    page = capsys.readouterr().out
    assert "the port does not speak TLS: it answered like SSH" in page
    assert "[not-tls]" in page
    assert "\x1b" not in page
