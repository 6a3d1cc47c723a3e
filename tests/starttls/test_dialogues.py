"""Every dialogue: any bytes in any split lead to TLS, or to one of our reasons."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halfshake.errors import FailureReason, StarttlsFailed
from halfshake.inputs.schemes import STARTTLS_SCHEMES
from halfshake.starttls.conversation import MAX_DIALOGUE_BYTES, Conversation
from halfshake.starttls.dialogues import DIALOGUES, conversation
from halfshake.starttls.sql_server import TdsFraming
from starttls.transcripts import AGREES, ENDLESS, OFFERS_NONE, REFUSES

PROTOCOLS = sorted(DIALOGUES)
AGREED = "agreed"
WAITING = "waiting"


def feed(protocol: str, pieces: list[bytes]) -> tuple[str, bytes]:
    """Play a server that sends these pieces; return the result, and what we sent."""
    dialogue = conversation(protocol, "a.test")
    sent = dialogue.data_to_send()
    for piece in pieces:
        if dialogue.agreed:
            break
        try:
            dialogue.receive_data(piece)
        except StarttlsFailed as error:
            if not error.detail.isprintable():
                pytest.fail(error.detail)
            return error.reason.value, sent
        sent += dialogue.data_to_send()
    return (AGREED if dialogue.agreed else WAITING), sent


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    """Cut bytes into pieces."""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:stop] for start, stop in itertools.pairwise(edges)]


def one_by_one(data: bytes) -> list[bytes]:
    """One byte at a time."""
    return [bytes([byte]) for byte in data]


def test_every_protocol_is_in_every_table() -> None:
    """A new dialogue is tested like the others, and has a scheme."""
    assert set(AGREES) == set(ENDLESS) == set(OFFERS_NONE) == set(DIALOGUES)
    assert set(DIALOGUES) - set(REFUSES) == {"mssql"}  # it closes instead
    assert {scheme.starttls for scheme in STARTTLS_SCHEMES.values()} == set(DIALOGUES)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_way_to_tls(protocol: str) -> None:
    """Whole, byte by byte, and cut in two at every place: the same requests, and agreement."""
    data = AGREES[protocol]
    whole = feed(protocol, [data])
    assert whole[0] == AGREED
    assert feed(protocol, one_by_one(data)) == whole
    for at in range(len(data)):
        assert feed(protocol, [data[:at], data[at:]]) == whole


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "smuggled", [b"x", b"250 ok\r\n", b"\x16\x03\x03\x00\x02\x01\x02", b"\x00"]
)
def test_bytes_behind_the_agreement(protocol: str, smuggled: bytes) -> None:
    """Nothing may follow it, not even TLS records: we have not sent a ClientHello yet."""
    for pieces in (
        [AGREES[protocol] + smuggled],
        [AGREES[protocol][:-1], AGREES[protocol][-1:] + smuggled],
    ):
        assert feed(protocol, pieces)[0] == FailureReason.starttls_injection


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_end_of_the_stream_at_every_byte(protocol: str) -> None:
    """Closed or reset in the middle: its own reason, never a loop."""
    for at in range(len(AGREES[protocol])):
        dialogue = conversation(protocol, "a.test")
        dialogue.receive_data(AGREES[protocol][:at])
        for reset in (False, True):
            assert dialogue.connection_ended(reset=reset).reason is FailureReason.starttls_closed


@pytest.mark.parametrize(
    ("protocol", "reason", "data"),
    [
        (protocol, reason, data)
        for table, reason in (
            (REFUSES, FailureReason.starttls_refused),
            (OFFERS_NONE, FailureReason.starttls_not_offered),
        )
        for protocol, transcripts in table.items()
        for data in transcripts
    ],
)
def test_the_server_says_no(protocol: str, reason: FailureReason, data: bytes) -> None:
    """Refused is not the same as not offered; the quoted words cannot control the terminal."""
    assert feed(protocol, [data])[0] == reason
    assert feed(protocol, one_by_one(data))[0] == reason


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_end(protocol: str) -> None:
    """Endless lines, and an endless line: rejected long before they fill the memory."""
    beginning, more = ENDLESS[protocol]
    stream = beginning + more * (4 * MAX_DIALOGUE_BYTES // len(more))
    for pieces in ([stream], split(stream, list(range(0, len(stream), 1000)))):
        assert feed(protocol, pieces)[0] in ENDS, protocol
    for endless in (b"x", b" ", b"\xff", b"\x00", b"2", b"<"):
        assert feed(protocol, [endless * 2 * MAX_DIALOGUE_BYTES])[0] in ENDS


ENDS = {
    FailureReason.starttls_too_long,
    FailureReason.starttls_wrong_protocol,
    FailureReason.starttls_refused,
    FailureReason.starttls_not_offered,
    FailureReason.starttls_injection,
}

BANNERS = {
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "smtp": b"220 mx.example ESMTP\r\n",
    "nntp": b"200 ready\r\n",
    "pop3": b"+OK ready\r\n",
    "imap": b"* OK ready\r\n",
    "sieve": b'"IMPLEMENTATION" "x"\r\n',
    "mysql": AGREES["mysql"],
    "vnc": b"RFB 003.008\n",
    "nats": AGREES["nats"],
    "xmpp": b"<stream:stream xmlns='jabber:client'>",
    "a TLS alert": b"\x15\x03\x03\x00\x02\x02\x46",
    "a TLS ServerHello": b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(122),
}
# These greet alike: what is wrong comes out a reply later.
ALIKE = {("smtp", "lmtp"), ("smtp", "ftp"), ("xmpp", "xmpp-server")}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("banner", BANNERS)
def test_the_banner_of_another_protocol(protocol: str, banner: str) -> None:
    """Detected from the first bytes, not by the deadline; TLS is named."""
    if banner == protocol or (banner, protocol) in ALIKE:
        return
    dialogue = conversation(protocol, "a.test")
    with pytest.raises(StarttlsFailed) as caught:
        dialogue.receive_data(BANNERS[banner])
    assert caught.value.reason is FailureReason.starttls_wrong_protocol
    assert ("starts with TLS at once" in caught.value.detail) is (banner.startswith("a TLS"))


@given(
    protocol=st.sampled_from(PROTOCOLS),
    data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
    cuts=st.lists(st.integers(0, 300), max_size=10),
)
def test_any_bytes(protocol: str, data: bytes, cuts: list[int]) -> None:
    """The result is always one of our reasons, and splitting never changes it."""
    same_outcome(protocol, data, cuts)


@given(
    protocol=st.sampled_from(PROTOCOLS),
    cuts=st.lists(st.integers(0, 600), max_size=10),
    position=st.integers(0, 600),
    new=st.binary(max_size=3),
    removed=st.integers(0, 3),
)
def test_a_transcript_gone_wrong(
    protocol: str, cuts: list[int], position: int, new: bytes, removed: int
) -> None:
    """The way to TLS with some bytes changed, added or lost."""
    data = AGREES[protocol]
    at = position % len(data)
    same_outcome(protocol, data[:at] + new + data[at + removed :], cuts)


def same_outcome(protocol: str, data: bytes, cuts: list[int]) -> None:
    """Whole or in pieces, the result is the same, if bytes after an agreement have arrived."""
    whole, pieces = feed(protocol, [data])[0], feed(protocol, split(data, cuts))[0]
    assert pieces == whole or (pieces, whole) == (AGREED, FailureReason.starttls_injection)


@given(flight=st.binary(max_size=12_000), cuts=st.lists(st.integers(0, 13_000), max_size=20))
def test_tds_packets(flight: bytes, cuts: list[int]) -> None:
    """TLS bytes come out of their packets unchanged, however the packets are split."""
    packed = TdsFraming().pack(flight)
    receiver = TdsFraming()
    assert b"".join(receiver.unpack(piece) for piece in split(packed, cuts)) == flight


def test_tds_packets_that_are_none() -> None:
    """A packet of another kind, or shorter than its header."""
    for data in (b"\x16\x03\x03\x00\x02aaaa", b"\x12\x01\x00\x07" + bytes(4)):
        with pytest.raises(StarttlsFailed):
            TdsFraming().unpack(data)


def test_a_dialogue_names_the_host() -> None:
    """XMPP's `to`, escaped."""
    assert b"to='a.test'" in conversation("xmpp", "a.test").data_to_send().replace(b'"', b"'")
    assert isinstance(conversation("irc", ""), Conversation)
