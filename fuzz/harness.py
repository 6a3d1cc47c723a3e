"""What must hold for every input of the fuzzers; `run.py` drives it, a test replays the corpus.

There are two entry points. `fuzz_records` takes bytes as they would come from the network.
`fuzz_messages` takes handshake messages and puts them inside the encryption of a TLS 1.3 peer, or
after a ServerHello of TLS 1.2 or 1.0, so that the bytes reach every state.

The promise: whatever the bytes are, the result is a ServerFlight or our ReadingFailed; how they are
split on the network changes nothing; and every flight can be judged and reported. Nothing here is
random, and a warning counts as an error.
"""

from __future__ import annotations

import base64
import functools
import io
import itertools
import json
import random
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from halfshake.errors import FailureReason, HandshakeFailed, TrustStoreInvalid
from halfshake.reading.breaking_off import broken_off
from halfshake.reading.observing import chain_of, observed
from halfshake.reading.progress import Progress
from halfshake.report.jsonlines import failure_line, reading_line
from halfshake.report.nagios import Nagios
from halfshake.report.people.console import Page, console_for
from halfshake.target import Target
from halfshake.tls.registries.cipher_suites import CipherSuite
from halfshake.tls.registries.codepoints import (
    ContentType,
    ExtensionType,
    HandshakeType,
    NamedGroup,
)
from halfshake.tls.server_flight import ServerFlight
from halfshake.trust.policy import Policy
from halfshake.trust.status import Status
from halfshake.trust.store import TrustStore, trust_store_from_pem
from halfshake.trust.verdict import judge
from rfc8448.traces import load
from tls_peer import (
    certificate_tls12,
    certificate_tls13,
    extension,
    half_handshake,
    message,
    record,
    server_hello,
)
from wire import Tls13Peer, certificate_request_tls13, hello_retry_request

if TYPE_CHECKING:
    from halfshake.errors import ReadingFailed
    from halfshake.observation import BrokenOff
    from halfshake.tls.server_flight import PartialFlight


def fuzz_records(data: bytes) -> ServerFlight | ReadingFailed:
    """The first byte says how to split the rest, which is what a server sends."""
    return read_and_judge(data[1:], split=data[0] if data else 0)


def fuzz_messages(data: bytes) -> ServerFlight | ReadingFailed:
    """Two bytes say how to split and which opening to use; `Part`s follow."""
    split, chosen = data[0:1] or b"\0", data[1:2] or b"\0"
    opening = OPENINGS[chosen[0] % len(OPENINGS)]
    return read_and_judge(opening.flight(parts(data[2:])), split=split[0])


def read_and_judge(wire: bytes, *, split: int) -> ServerFlight | ReadingFailed:
    """Read what a server sends, whole and in pieces; judge and report the result."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole, seen = _read(wire, [])
        cuts = random.Random(split)
        places = [cuts.randint(0, len(wire)) for _ in range(split % 32)]
        pieces, seen_in_pieces = _read(wire, sorted(places))
        assert seen_in_pieces == seen
        if isinstance(whole, ServerFlight):
            assert pieces == whole
            _judge(whole)
        else:
            assert type(pieces) is type(whole)
            assert isinstance(pieces, HandshakeFailed)
            assert (pieces.reason, pieces.detail) == (whole.reason, whole.detail)
            ended = None if seen is None else broken_off(whole, seen)
            if seen is not None and ended is not None:
                _judge(seen, ended)
            else:
                _report(whole, seen)
    return whole


def _read(
    wire: bytes, cuts: list[int]
) -> tuple[ServerFlight | HandshakeFailed, PartialFlight | None]:
    half = half_handshake()
    try:
        for start, stop in itertools.pairwise([0, *cuts, len(wire)]):
            half.receive_data(wire[start:stop])
            if half.server_flight is not None:
                return half.server_flight, None
    except HandshakeFailed as error:
        return error, half.seen()
    return half.connection_ended(reset=False), half.seen()


def _progress() -> Progress:
    progress = Progress(NOW)
    progress.address = "192.0.2.7:443"
    return progress


def _judge(flight: ServerFlight | PartialFlight, ended: BrokenOff | None = None) -> None:
    progress = _progress()
    observation = observed(TARGET, progress, flight, None, broken_off=ended)
    for store in (_trusting(observation.chain[-1].der), STORE):
        verdict = judge(observation, store, Policy(), NOW)
        assert verdict.status is not Status.unknown
    for certificate in observation.chain:
        unread = certificate.not_after is None or certificate.subject is None
        assert certificate.problems or not unread, certificate
    line = reading_line(observation, verdict)
    assert json.loads(line)["outcome"] == "read"
    _check_text(line)
    page, nagios = io.StringIO(), io.StringIO()
    Page(console_for(page)).reading(observation, verdict)
    _check_text(page.getvalue())
    report = Nagios(nagios)
    report.reading(observation, verdict)
    report.finish(interrupted=False)
    _check_text(nagios.getvalue())


def _trusting(der: bytes) -> TrustStore:
    """Trust the last presented certificate, if a CA file may hold it."""
    block = base64.b64encode(der)
    pem = b"-----BEGIN CERTIFICATE-----\n" + block + b"\n-----END CERTIFICATE-----\n"
    try:
        return trust_store_from_pem(pem, "presented")
    except TrustStoreInvalid:
        return STORE


def _report(error: HandshakeFailed, seen: PartialFlight | None) -> None:
    assert error.reason is not FailureReason.internal_error
    assert error.detail.isprintable(), error.detail
    progress = _progress()
    failure = progress.failure(TARGET, error, None)
    if seen is not None:
        failure = failure._replace(chain=chain_of(seen))
    _check_text(failure_line(failure, Status.unknown))
    page, nagios = io.StringIO(), io.StringIO()
    Page(console_for(page)).failure(failure, Status.unknown)
    _check_text(page.getvalue())
    report = Nagios(nagios)
    report.failure(failure, Status.unknown)
    report.finish(interrupted=False)
    _check_text(nagios.getvalue())


def _check_text(text: str) -> None:
    # What a server sends must neither control the terminal nor break a line, and must be writable.
    text.encode()
    strange = [char for char in text if not char.isprintable() and char != "\n"]
    assert not strange, (strange, text)


@dataclass(frozen=True)
class Part:
    """A piece of a flight: a HandshakeType with its body, or one of the kinds below."""

    kind: int
    body: bytes

    def encoded(self) -> bytes:
        """In the form of the fuzzer's input."""
        return bytes([self.kind]) + len(self.body).to_bytes(2, "big") + self.body


class Kind(IntEnum):
    """Kinds that are not a HandshakeType: correctly wrapped, whatever is inside."""

    ONE_CERTIFICATE = 0xF0  # the DER of a certificate
    AUTHORITY = 0xF1  # the DER of a name, in a CertificateRequest
    RECORD = 0xF2  # a content type, and the content of a record of this type
    BYTES = 0xF3  # bytes of the handshake stream, without a message around them


def parts(data: bytes) -> list[Part]:
    """Read parts; a length that is too large takes all that is there."""
    found = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 3], "big")
        found.append(Part(data[at], data[at + 3 : at + 3 + size]))
        at += 3 + size
    return found


@dataclass(frozen=True)
class Opening:
    """How a flight starts, which decides how the rest is wrapped.

    TLS 1.3 if there is a `group`, with a HelloRetryRequest for it if `retried`.
    """

    suite: CipherSuite
    version: int = 0x0303
    group: NamedGroup | None = None
    retried: bool = False

    def flight(self, following: list[Part]) -> bytes:
        """The records of a flight."""
        if self.group is None:
            staples = extension(ExtensionType.status_request, b"")
            start = server_hello(staples, suite=self.suite, version=self.version, session_id=b"")
            return start + b"".join(
                record(body, content_type) for content_type, body in _contents(following, False)
            )
        start, peer = _peer(self)
        peer.begin()
        return start + b"".join(
            peer.seal(body, content_type) for content_type, body in _contents(following, True)
        )


def _contents(following: list[Part], tls13: bool) -> list[tuple[int, bytes]]:
    contents: list[tuple[int, bytes]] = []
    for part in following:
        body = part.body
        match part.kind:
            case Kind.ONE_CERTIFICATE:
                made = certificate_tls13(body) if tls13 else certificate_tls12(body)
            case Kind.AUTHORITY:
                made = (
                    certificate_request_tls13(body)
                    if tls13
                    else message(
                        HandshakeType.certificate_request,
                        b"\x01\x40\x00\x02\x04\x03"
                        + (len(body) + 2).to_bytes(2, "big")
                        + len(body).to_bytes(2, "big")
                        + body,
                    )
                )
            case Kind.RECORD:
                contents.append((body[0] if body else 0, body[1 : 1 + LARGEST_FRAGMENT]))
                continue
            case Kind.BYTES:
                made = body
            case _:
                made = message(part.kind, body)
        contents.extend(
            (ContentType.handshake, made[at : at + LARGEST_FRAGMENT])
            for at in range(0, len(made) or 1, LARGEST_FRAGMENT)
        )
    return contents


@functools.cache
def _peer(opening: Opening) -> tuple[bytes, Tls13Peer]:
    assert opening.group is not None
    half = half_handshake()
    client_hello = half.data_to_send()[5:]
    if not opening.retried:
        peer = Tls13Peer(client_hello, suite=opening.suite, group=opening.group)
        return record(peer.server_hello), peer
    request = hello_retry_request(opening.group, suite=opening.suite)
    half.receive_data(record(request))
    # A ChangeCipherSpec goes before the second ClientHello (RFC 9846 E.4).
    second = half.data_to_send()[6 + 5 :]
    peer = Tls13Peer.after_retry(client_hello, request, second, opening.group)
    return record(request) + record(peer.server_hello), peer


OPENINGS = (
    Opening(CipherSuite.TLS_AES_128_GCM_SHA256, group=NamedGroup.x25519),
    Opening(CipherSuite.TLS_AES_256_GCM_SHA384, group=NamedGroup.secp256r1),
    Opening(CipherSuite.TLS_CHACHA20_POLY1305_SHA256, group=NamedGroup.x25519),
    Opening(CipherSuite.TLS_AES_128_CCM_SHA256, group=NamedGroup.x25519),
    Opening(CipherSuite.TLS_AES_128_CCM_8_SHA256, group=NamedGroup.x25519),
    Opening(CipherSuite.TLS_AES_256_GCM_SHA384, group=NamedGroup.secp384r1, retried=True),
    Opening(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    Opening(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    Opening(CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256),
    Opening(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256),
    Opening(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, version=0x0301),
)

LARGEST_FRAGMENT = 1 << 14

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TARGET = Target("a.test", "a.test", 443, "a.test")
# The self-signed certificate of RFC 8448 2: the same in every run.
STORE = TrustStore((load("simple_1rtt")["certificate"][11:-2],), ("RFC 8448",))

MODES = {"records": fuzz_records, "messages": fuzz_messages}
