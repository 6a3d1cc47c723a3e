"""What a server may do, but few do: all of it is read.

With real servers: groups, cipher suites, versions and key exchanges one at a time in
`tests/interop/test_openssl_corners.py`. Sizes and fragments up to TLS 1.2 in `test_hostile.py`.
"""

from __future__ import annotations

import pytest

from halfshake.errors import AlertReceived, FailureReason, PeerIncompatible, PeerMisbehaved
from halfshake.tls.codec import vector8, vector16, vector24
from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.keys.key_exchange import key_share_groups, post_quantum_groups
from halfshake.tls.offers import standard_offer
from halfshake.tls.registries.cipher_suites import TLS13_CIPHER_SUITES, CipherSuite
from halfshake.tls.registries.codepoints import ExtensionType, NamedGroup
from halfshake.tls.server_flight import CertificateEntry, ServerFlight
from rfc8448.published import client_hello_extensions
from tls_peer import (
    CERTIFICATE_REQUEST,
    CERTIFICATE_VERIFY,
    CLIENT_SHARES,
    ENCRYPTED_EXTENSIONS,
    SERVER_HELLO_DONE,
    Tls13Server,
    certificate_tls12,
    certificate_tls13,
    extension,
    half_handshake,
    hello_retry_request,
    message,
    record,
    server_hello,
    server_hello_message,
)

WARNING = record(b"\x01\x70", 0x15)
CHANGE_CIPHER_SPEC = record(b"\x01", 0x14)
STAPLE = message(22, b"\x01" + vector24(b"ocsp"))
ECDHE = message(12, b"\x03\x00\x1d" + vector8(b"p" * 32) + b"\x04\x03" + vector16(b"signature"))
TLS13_MESSAGES = (
    ENCRYPTED_EXTENSIONS + CERTIFICATE_REQUEST + certificate_tls13(b"leaf") + CERTIFICATE_VERIFY
)


def flight_of(half: HalfHandshake) -> ServerFlight:
    """The flight, which must exist."""
    assert half.server_flight is not None
    return half.server_flight


def tls12_flight(*messages: bytes, suite: int = 0xC02F, extensions: bytes = b"") -> ServerFlight:
    """What is read from messages after a TLS 1.2 ServerHello, one per record."""
    half = half_handshake(standard_offer(alpn=("h2",)))
    half.receive_data(server_hello(extensions, suite=suite, session_id=b""))
    for each in messages:
        half.receive_data(record(each))
    return flight_of(half)


def tls13_flight(half: HalfHandshake, server: Tls13Server, messages: bytes) -> ServerFlight:
    """What is read from messages after a TLS 1.3 ServerHello."""
    half.receive_data(server.hello + server.protect_all(messages))
    return flight_of(half)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 100, 2**14])
@pytest.mark.parametrize("padding", [0, 1, 300])
def test_protected_records_of_any_size_and_padding(length: int, padding: int) -> None:
    """RFC 9846 5.1, 5.4: fragmented, coalesced and padded at will."""
    half = half_handshake()
    server = Tls13Server(half)
    half.receive_data(server.hello)
    for at in range(0, len(TLS13_MESSAGES), length):
        half.receive_data(server.protect(TLS13_MESSAGES[at : at + length], padding=padding))
    assert flight_of(half).certificate_list == (CertificateEntry(b"leaf"),)


def test_a_chain_of_thirty_with_one_of_100_kib_in_tls13() -> None:
    """A flight of over 64 KiB, each certificate with its SCTs."""
    ders = [bytes([number + 1]) * 1000 for number in range(29)] + [b"x" * 110_000]
    half = half_handshake()
    chain = certificate_tls13(*ders, extensions=extension(18, b"scts"))
    messages = ENCRYPTED_EXTENSIONS + chain + CERTIFICATE_VERIFY
    flight = tls13_flight(half, Tls13Server(half), messages)
    assert flight.certificate_list == tuple(CertificateEntry(d, None, b"scts", (18,)) for d in ders)
    assert flight.certificate_request is None


def test_warnings_anywhere_in_the_clear() -> None:
    """Before ServerHello, between messages, and between the pieces of one."""
    payload = (
        server_hello_message(suite=0x002F, session_id=b"")
        + certificate_tls12(b"leaf")
        + SERVER_HELLO_DONE
    )
    half = half_handshake()
    half.receive_data(WARNING)
    for at in range(0, len(payload), 5):
        half.receive_data(record(payload[at : at + 5]) + (WARNING if at < 100 else b""))
    assert flight_of(half).certificate_list == (CertificateEntry(b"leaf"),)


def test_change_cipher_spec_between_protected_records() -> None:
    """RFC 9846 E.4 puts it after ServerHello or HelloRetryRequest, section 5 allows it anywhere."""
    half = half_handshake()
    half.receive_data(hello_retry_request(extension(0x33, b"\x00\x18")) + CHANGE_CIPHER_SPEC)
    server = Tls13Server(half, group=NamedGroup.secp384r1)
    half.receive_data(server.hello + CHANGE_CIPHER_SPEC)
    for at in range(0, len(TLS13_MESSAGES), 10):
        half.receive_data(server.protect(TLS13_MESSAGES[at : at + 10]))
        half.receive_data(CHANGE_CIPHER_SPEC if at < 50 else b"")
    assert flight_of(half).hello_retry_requested


def test_a_new_session_ticket_behind_the_flight_is_not_even_looked_at() -> None:
    """Nor is Finished, or anything else after the part that we read."""
    half = half_handshake()
    server = Tls13Server(half)
    ticket = message(4, bytes(8) + vector8(b"n") + vector16(b"ticket") + vector16(b""))
    stream = server.hello + server.protect(TLS13_MESSAGES + message(20, bytes(32)))
    half.receive_data(stream + server.protect(ticket) + record(b"2\x28", 0x15))
    assert flight_of(half).certificate_request is not None


def test_a_staple_between_certificate_and_server_key_exchange() -> None:
    """RFC 6066 8, with an ephemeral key exchange and with static RSA."""
    announced = extension(5, b"")
    chain = certificate_tls12(b"leaf", b"issuer")
    expected = (CertificateEntry(b"leaf", b"ocsp"), CertificateEntry(b"issuer"))
    flight = tls12_flight(chain, STAPLE, ECDHE, SERVER_HELLO_DONE, extensions=announced)
    assert flight.certificate_list == expected
    flight = tls12_flight(chain, STAPLE, SERVER_HELLO_DONE, suite=0x002F, extensions=announced)
    assert flight.certificate_list == expected
    # Announced, and left out: RFC 6066 8 lets a server do that.
    flight = tls12_flight(chain, ECDHE, SERVER_HELLO_DONE, extensions=announced)
    assert flight.certificate_list[0].ocsp_response is None


@pytest.mark.parametrize(
    ("extensions", "messages"),
    [
        pytest.param(b"", (STAPLE,), id="not announced"),
        pytest.param(extension(5, b""), (STAPLE, STAPLE), id="twice"),
        pytest.param(extension(5, b""), (ECDHE, STAPLE), id="too late"),
    ],
)
def test_a_staple_where_none_belongs(extensions: bytes, messages: tuple[bytes, ...]) -> None:
    """Similar messages that are not legal."""
    with pytest.raises(PeerMisbehaved, match="the server sent certificate_status") as caught:
        tls12_flight(certificate_tls12(b"leaf"), *messages, extensions=extensions)
    assert caught.value.reason is FailureReason.unexpected_message


def test_every_answer_to_our_extensions_in_tls12() -> None:
    """Everything that we offer and a TLS 1.2 server may answer, in one ServerHello."""
    answers = b"".join(
        (
            extension(0x0000, b""),
            extension(0x0005, b""),
            extension(0x000B, vector8(b"\x00\x01\x02")),
            extension(0x0010, vector16(vector8(b"h2"))),
            extension(0x0012, b"scts"),
            extension(0x0017, b""),
            extension(0xFF01, b"\x00"),
        )
    )
    chain = certificate_tls12(b"leaf", b"issuer")
    flight = tls12_flight(chain, ECDHE, SERVER_HELLO_DONE, extensions=answers)
    assert flight.alpn_protocol == b"h2"
    assert flight.certificate_list == (
        CertificateEntry(b"leaf", None, b"scts"),
        CertificateEntry(b"issuer"),
    )


def test_every_answer_to_our_extensions_in_tls13() -> None:
    """EncryptedExtensions with everything that is allowed, and unknown requests."""
    half = half_handshake(standard_offer(alpn=("http/1.1", "h2")))
    answers = (
        extension(0, b"")
        + extension(10, vector16(b"\x00\x1d\x63\x99"))
        + extension(16, vector16(vector8(b"h2")))
    )
    request = extension(13, b"\x00\x02\x99\x99") + extension(0x9999, b"grease")
    messages = (
        message(8, vector16(answers))
        + message(13, b"\x00" + vector16(request))
        + certificate_tls13(b"leaf", extensions=extension(0x9999, b"grease"))
        + CERTIFICATE_VERIFY
    )
    flight = tls13_flight(half, Tls13Server(half), messages)
    assert flight.alpn_protocol == b"h2"
    assert flight.certificate_request is not None
    assert flight.certificate_request.signature_schemes == (0x9999,)


def test_a_tls12_server_hello_without_an_extension_block() -> None:
    """RFC 5246 7.4.1.3: it may end after the compression method."""
    hello = message(2, b"\x03\x01" + bytes(32) + b"\x00\x00\x2f\x00")
    half = half_handshake()
    half.receive_data(record(hello + certificate_tls12(b"leaf") + SERVER_HELLO_DONE))
    assert flight_of(half).version.label == "TLSv1"


@pytest.mark.parametrize(
    "group",
    [group for group in key_share_groups() if group not in post_quantum_groups()],
    ids=lambda group: group.name,
)
def test_a_server_with_a_single_group(group: NamedGroup) -> None:
    """At once, or by HelloRetryRequest: brainpool and ffdhe6144 too, which OpenSSL 3.0 has not."""
    half = half_handshake()
    half.data_to_send()
    retried = group not in (NamedGroup.x25519, NamedGroup.secp256r1)
    if retried:
        half.receive_data(hello_retry_request(extension(0x33, group.to_bytes(2, "big"))))
    flight = tls13_flight(half, Tls13Server(half, group=group), TLS13_MESSAGES)
    assert flight.named_group == group
    assert flight.hello_retry_requested == retried


@pytest.mark.parametrize("suite", TLS13_CIPHER_SUITES, ids=lambda suite: suite.name)
def test_a_server_with_a_single_tls13_cipher_suite(suite: CipherSuite) -> None:
    """Each AEAD, and both hashes; a cookie alone asks for the same shares again."""
    half = half_handshake()
    half.receive_data(hello_retry_request(extension(0x2C, vector16(b"c")), suite=suite))
    half.data_to_send()
    flight = tls13_flight(half, Tls13Server(half, suite=suite), TLS13_MESSAGES)
    assert flight.cipher_suite is suite


def test_no_server_name() -> None:
    """An address has none: the extension is left out, and the server still answers."""
    half = HalfHandshake(
        standard_offer(), server_name=None, key_shares=CLIENT_SHARES, random_bytes=bytes
    )
    assert ExtensionType.server_name not in client_hello_extensions(half.data_to_send()[5:])
    assert tls13_flight(half, Tls13Server(half), TLS13_MESSAGES).key_proof is not None


def test_a_server_that_requires_alpn() -> None:
    """RFC 7301 3.2: it refuses clients that offer none of its protocols, and says so."""
    half = half_handshake()
    with pytest.raises(AlertReceived, match=r"no_application_protocol \(120\)"):
        half.receive_data(record(b"\x02\x78", 0x15))


def test_a_server_with_nothing_but_a_pre_shared_key() -> None:
    """We offer none, so most servers refuse; one that continues shows no certificate."""
    half = half_handshake()
    server = Tls13Server(half)
    half.receive_data(server.hello)
    with pytest.raises(PeerIncompatible, match="authenticates with a pre-shared key") as caught:
        half.receive_data(server.protect(ENCRYPTED_EXTENSIONS + message(20, bytes(32))))
    assert caught.value.reason is FailureReason.no_certificate
    half = half_handshake()
    with pytest.raises(PeerMisbehaved, match="has the extension pre_shared_key") as refused:
        half.receive_data(server_hello(extension(0x2B, b"\x03\x04"), extension(0x29, bytes(2))))
    assert refused.value.reason is FailureReason.illegal_parameter
