"""What is no TLS, no host or no answer: a phase, a reason, a sentence, by the deadline, exit 3."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest

from halfshake.cli import main
from halfshake.observation import ProbeFailure
from halfshake.prober import probe
from halfshake.target import parse_target
from servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT_SECONDS = 1.0


@contextlib.contextmanager
def scripted(script: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does as told with its connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), connection:
                    connection.settimeout(3)
                    script(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def banner(text: bytes) -> Callable[[socket.socket], None]:
    """Send some bytes, then wait for the end."""

    def script(connection: socket.socket) -> None:
        connection.sendall(text)
        while connection.recv(4096):
            pass

    return script


def silence(connection: socket.socket) -> None:
    """Read and never answer."""
    while connection.recv(4096):
        pass


def closes(connection: socket.socket) -> None:
    """Close after the ClientHello."""
    connection.recv(4096)


def resets(connection: socket.socket) -> None:
    """Reset after the ClientHello."""
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drips(connection: socket.socket) -> None:
    """Send a handshake record a byte at a time, for ever."""
    for byte in b"\x16\x03\x03\x40\x00" + bytes(200):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def endless(connection: socket.socket) -> None:
    """Send empty handshake records without end."""
    while True:
        connection.sendall(b"\x16\x03\x03\x00\x00" * 100)


SCRIPTS: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "http": (banner(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not-tls"),
    "ssh": (banner(b"SSH-2.0-OpenSSH_9.2\r\n"), "not-tls"),
    "smtp": (banner(b"220 mail.example.com ESMTP\r\n"), "not-tls"),
    "silence": (silence, "deadline-exceeded"),
    "drips": (drips, "deadline-exceeded"),
    "endless empty records": (endless, "limit-exceeded"),
    "closes": (closes, "connection-closed"),
    "resets": (resets, "connection-reset"),
    "fatal alert": (banner(b"\x15\x03\x03\x00\x02\x02\x70"), "alert-received"),
    "16 MB message": (banner(b"\x16\x03\x03\x00\x04\x0b\xff\xff\xff"), "limit-exceeded"),
    "huge record": (banner(b"\x16\x03\x03\xff\xff"), "limit-exceeded"),
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
    """Our own limit keeps us from connecting: this machine's reason, and no mistake of ours."""
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
    with scripted(banner(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        assert main(["check", f"127.0.0.1:{port}"]) == 3
    page = capsys.readouterr().out
    assert "the port does not speak TLS: it answered like SSH" in page
    assert "[not-tls]" in page
    assert "\x1b" not in page
