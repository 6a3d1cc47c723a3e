"""What is odd in a flight, message by message; with a certificate of its own in `test_oddities.py`.

And what there is to say of a flight that ends after each of its messages.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from halfshake.errors import AlertReceived, PeerMisbehaved
from halfshake.tls.codec import vector8, vector16, vector24
from halfshake.tls.keys.key_exchange import (
    X25519_OF_SMALL_ORDER,
    KeyShares,
    is_valid_public_value,
)
from halfshake.tls.offers import HelloKind, offer_of, standard_offer
from halfshake.tls.registries.codepoints import NamedGroup, ProtocolVersion
from tls_peer import (
    CERTIFICATE_REQUEST,
    CERTIFICATE_VERIFY,
    ENCRYPTED_EXTENSIONS,
    SERVER_HELLO_DONE,
    SERVER_SHARES,
    Tls13Server,
    certificate_tls12,
    certificate_tls13,
    extension,
    half_handshake,
    hello_retry_request,
    message,
    record,
    server_hello,
)

if TYPE_CHECKING:
    from halfshake.tls.handshake import HalfHandshake

CHAIN = certificate_tls12(b"leaf")
SIGNED = b"\x04\x03" + vector16(b"signature")
ECDHE = message(12, b"\x03\x00\x1d" + vector8(b"p" * 32) + SIGNED)
ML_DSA = message(12, b"\x03\x00\x1d" + vector8(b"p" * 32) + b"\x09\x05" + vector16(b"signature"))
STAPLE = message(22, b"\x01" + vector24(b"ocsp"))
NO_STAPLE = message(22, b"\x01" + vector24(b""))
REQUEST = message(13, b"\x01\x40\x00\x02\x04\x03\x00\x00")
ALERT = record(b"\x02\x50", 0x15)
OCSP, SCT = extension(5, b"\x01" + vector24(b"ocsp")), extension(18, vector16(b"\x00\x03sct"))


def tls12(
    *messages: bytes,
    half: HalfHandshake | None = None,
    extensions: bytes = b"",
    suite: int = 0xC02F,
    version: int = 0x0303,
    session_id: bytes = b"",
) -> HalfHandshake:
    """A half handshake that has heard these behind a ServerHello of TLS <= 1.2."""
    half = half or half_handshake()
    half.receive_data(
        server_hello(extensions, suite=suite, version=version, session_id=session_id)
        + b"".join(map(record, messages))
    )
    return half


def tls13(*messages: bytes, half: HalfHandshake | None = None) -> HalfHandshake:
    """One that has heard these behind the encryption of TLS 1.3."""
    half = half or half_handshake()
    server = Tls13Server(half)
    half.receive_data(server.hello + server.protect(b"".join(messages)))
    return half


def kinds(half: HalfHandshake) -> list[str]:
    """The kinds of oddities of a whole flight."""
    assert half.server_flight is not None
    return [oddity.kind.value for oddity in half.server_flight.oddities]


REST = (CHAIN, ECDHE, SERVER_HELLO_DONE)


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        (b"", []),
        (extension(0, b"") + extension(5, b"") + extension(23, b""), []),
        (extension(0, b"\x00"), ["extension-malformed"]),
        (extension(5, b"\x00"), ["extension-malformed"]),
        (extension(18, b""), ["extension-malformed"]),
        (extension(11, b"\x01\x00") + extension(0xFF01, b"\x00"), []),
        (extension(11, b"\x01\x01"), ["extension-malformed"]),
        (extension(0xFF01, b"\x01x"), ["extension-malformed"]),
    ],
)
def test_answers_in_server_hello(extensions: bytes, expected: list[str]) -> None:
    """Each has the form that its RFC gives it, or is odd."""
    assert kinds(tls12(*REST, extensions=extensions)) == expected


def test_answers_to_what_was_not_sent() -> None:
    """A plain hello asks for no status and no SCT; one to an address for no name."""
    plain = offer_of(HelloKind.plain)
    for answer in (0, b""), (5, b""), (18, vector16(b"\x00\x03sct")):
        half = half_handshake(plain, server_name=None)
        assert kinds(tls12(*REST, half=half, extensions=extension(*answer))) == [
            "extension-unsolicited"
        ]
    half = half_handshake(plain)
    with pytest.raises(PeerMisbehaved, match="was not offered"):
        tls12(half=half, extensions=extension(0x29, b""))


@pytest.mark.parametrize(("version", "suite"), [(0x0301, 0xC02F), (0x0302, 0x003C)])
def test_a_suite_of_a_later_version(version: int, suite: int) -> None:
    """GCM in TLS 1.0, SHA-256 in 1.1."""
    ephemeral = (message(12, b"\x03\x00\x1d" + vector8(b"p" * 32) + vector16(b"s")),)
    messages = (CHAIN, *(ephemeral if suite == 0xC02F else ()), SERVER_HELLO_DONE)
    assert kinds(tls12(*messages, suite=suite, version=version)) == ["suite-of-later-version"]


def test_an_unknown_extension_anywhere() -> None:
    """Common clients ignore it: in ServerHello, HelloRetryRequest and EncryptedExtensions."""
    unknown = extension(0x1234, b"")
    assert kinds(tls12(*REST, extensions=unknown)) == ["extension-unsolicited"]
    half = half_handshake()
    half.receive_data(hello_retry_request(extension(0x33, b"\x00\x18"), unknown))
    server = Tls13Server(half, unknown, group=NamedGroup.secp384r1)
    answering = message(8, vector16(unknown))
    messages = answering + certificate_tls13(b"leaf") + CERTIFICATE_VERIFY
    half.receive_data(server.hello + server.protect(messages))
    assert kinds(half) == ["extension-unsolicited"] * 3


def test_a_scheme_of_a_later_version() -> None:
    """ML-DSA in TLS 1.2."""
    assert kinds(tls12(CHAIN, ML_DSA, SERVER_HELLO_DONE)) == ["scheme-of-later-version"]


def test_our_session_id() -> None:
    """A certificate decides that it is a new session, anything else that it is none."""
    assert kinds(tls12(*REST, session_id=bytes(32))) == ["session-id-echoed"]
    for resumption in record(b"\x01", 0x14), record(message(20, b"")), record(message(4, b"")):
        half = tls12(session_id=bytes(32))
        with pytest.raises(PeerMisbehaved, match="resumes a session that does not exist"):
            half.receive_data(resumption)
    with pytest.raises(PeerMisbehaved, match="server_hello_done where Certificate"):
        tls12(SERVER_HELLO_DONE, session_id=bytes(32))
    with pytest.raises(PeerMisbehaved, match="a ChangeCipherSpec in its first flight"):
        tls12(CHAIN, session_id=bytes(32)).receive_data(record(b"\x01", 0x14))


def test_an_empty_staple() -> None:
    """With an ephemeral key exchange, and with static RSA."""
    announced = extension(5, b"")
    assert kinds(tls12(CHAIN, NO_STAPLE, ECDHE, SERVER_HELLO_DONE, extensions=announced)) == [
        "extension-malformed"
    ]
    assert kinds(
        tls12(CHAIN, NO_STAPLE, SERVER_HELLO_DONE, extensions=announced, suite=0x009C)
    ) == ["extension-malformed"]


@pytest.mark.parametrize(
    "body",
    [b"\x00\x00\x02\x04\x03\x00\x00", b"\x01\x40\x00\x00\x00\x00"],
    ids=["no type", "no algorithm"],
)
def test_an_empty_list_in_a_tls12_certificate_request(body: bytes) -> None:
    """RFC 5246 7.4.4: neither may be."""
    half = tls12(CHAIN, ECDHE, message(13, body), SERVER_HELLO_DONE)
    assert kinds(half) == ["certificate-request-odd"]


@pytest.mark.parametrize(
    "extensions",
    [
        b"",
        extension(13, b"\x00\x00"),
        extension(13, b"\x00\x02\x04\x03") + extension(47, b"\x00\x00"),
    ],
    ids=["no extension", "no algorithm", "no authority"],
)
def test_an_empty_list_in_a_tls13_certificate_request(extensions: bytes) -> None:
    """RFC 9846 4.3.3, 4.3.4: neither may be."""
    request = message(13, b"\x00" + vector16(extensions))
    half = tls13(ENCRYPTED_EXTENSIONS, request, certificate_tls13(b"leaf"), CERTIFICATE_VERIFY)
    assert kinds(half) == ["certificate-request-odd"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (OCSP + SCT, []),
        (extension(5, b""), ["extension-malformed"]),
        (extension(5, b"\x01" + vector24(b"")), ["extension-malformed"]),
        (extension(18, b"\x00\x00"), ["extension-malformed"]),
        (extension(0x9999, b""), ["extension-unsolicited"]),
    ],
)
def test_what_is_stapled_in_tls13(entry: bytes, expected: list[str]) -> None:
    """An OCSP response, SCTs, and nothing else."""
    chain = certificate_tls13(b"leaf", extensions=entry)
    assert kinds(tls13(ENCRYPTED_EXTENSIONS, chain, CERTIFICATE_VERIFY)) == expected


def test_answers_in_encrypted_extensions() -> None:
    """A server_name that holds something, or that answers nothing."""
    held = message(8, vector16(extension(0, b"\x00")))
    chain = certificate_tls13(b"leaf")
    assert kinds(tls13(held, chain, CERTIFICATE_VERIFY)) == ["extension-malformed"]
    answering = message(8, vector16(extension(0, b"")))
    half = half_handshake(server_name=None)
    assert kinds(tls13(answering, chain, CERTIFICATE_VERIFY, half=half)) == [
        "extension-unsolicited"
    ]


TLS12_ENDS = (
    ((), None, False),
    ((CHAIN,), "Certificate", False),
    ((CHAIN, STAPLE), "CertificateStatus", False),
    ((CHAIN, STAPLE, ECDHE), "ServerKeyExchange", False),
    ((CHAIN, ECDHE, REQUEST), "CertificateRequest", True),
    ((CHAIN, ECDHE, REQUEST, SERVER_HELLO_DONE), None, False),
)


@pytest.mark.parametrize(("messages", "last", "known"), TLS12_ENDS)
def test_what_is_seen_of_a_tls12_flight(
    messages: tuple[bytes, ...], last: str | None, *, known: bool
) -> None:
    """From the certificate on, until the flight is whole."""
    half = tls12(*messages, extensions=extension(5, b""))
    seen = half.seen()
    assert half.answered
    assert (None if seen is None else seen.last_message) == last
    if seen is None or last is None:
        return
    assert seen.version is ProtocolVersion.TLSv1_2
    assert seen.certificate_list[0].der == b"leaf"
    assert seen.client_auth_known is known
    assert (seen.certificate_request is not None) is known
    with pytest.raises(AlertReceived, match=rf"internal_error \(80\) after its {last}$"):
        half.receive_data(ALERT)


def test_what_is_seen_of_a_static_rsa_flight() -> None:
    """There is no ServerKeyExchange in it."""
    seen = tls12(CHAIN, suite=0x009C).seen()
    assert seen is not None
    assert seen.last_message == "Certificate"
    assert seen.named_group is None


@pytest.mark.parametrize("asks", [True, False])
def test_what_is_seen_of_a_tls13_flight(*, asks: bool) -> None:
    """Whether a client certificate is asked for is known before the certificate comes."""
    request = (CERTIFICATE_REQUEST,) if asks else ()
    half = half_handshake()
    assert not half.answered
    with pytest.raises(AlertReceived, match="before showing a certificate"):
        half_handshake().receive_data(ALERT)
    seen = tls13(ENCRYPTED_EXTENSIONS, *request, certificate_tls13(b"leaf"), half=half).seen()
    assert seen is not None
    assert seen.last_message == "Certificate"
    assert seen.client_auth_known
    assert (seen.certificate_request is not None) is asks


def test_the_plain_offer_keeps_what_was_asked_for() -> None:
    """The kind of key, where nothing plainer is left of it, and old versions on their own."""
    old = (ProtocolVersion.TLSv1_1, ProtocolVersion.TLSv1)
    assert offer_of(HelloKind.plain, versions=old).versions == old
    for kind in HelloKind:
        assert offer_of(kind).cipher_suites
    usual = standard_offer()
    plain = offer_of(HelloKind.plain)
    assert not plain.status_request
    assert not plain.scts
    assert not plain.session_id
    assert len(plain.cipher_suites) < len(usual.cipher_suites) / 5
    assert set(plain.groups) < set(usual.groups)
    assert set(plain.signature_schemes) < set(usual.signature_schemes)
    assert half_handshake(plain).data_to_send()[43:44] == b"\x00"


def test_public_values() -> None:
    """Of curves that the library has; of the others nothing is said."""
    for group in (NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.x448):
        value = SERVER_SHARES.share(group).key_exchange
        assert is_valid_public_value(group, value) is True
        assert is_valid_public_value(group, value[:-1]) is False
        assert is_valid_public_value(group, bytes(len(value))) is False
    assert is_valid_public_value(NamedGroup.secp256r1, b"\x02" + bytes(32)) is False
    assert is_valid_public_value(NamedGroup.sect571r1, b"\x04") is None


def test_values_of_x25519_as_the_library_sees_them() -> None:
    """Which ones lead to a secret of zero is told without X25519; the library tells the same."""
    share = KeyShares(lambda length: b"\x07" * length).share(NamedGroup.x25519)

    def is_agreed_on(value: bytes) -> bool:
        try:
            share.exchange(value)
        except ValueError:
            return False
        return True

    listed = [int.from_bytes(value, "little") for value in X25519_OF_SMALL_ORDER]
    near = {number + by for number in (*listed, 2**255 - 1) for by in range(-20, 20)}
    drawn = {random.Random(seed).getrandbits(255) for seed in range(50)}
    refused = 0
    for number in sorted(near | drawn):
        for sign in (0, 2**255):
            if not 0 <= number < 2**255:
                continue
            value = (number + sign).to_bytes(32, "little")
            assert is_valid_public_value(NamedGroup.x25519, value) is is_agreed_on(value), value
            refused += not is_agreed_on(value)
    assert refused == 2 * len(listed) == 14


def test_a_curve_that_the_installed_openssl_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is said of it either."""

    def unsupported(*_: object) -> None:
        raise UnsupportedAlgorithm("brainpool")

    monkeypatch.setattr(ec.EllipticCurvePublicKey, "from_encoded_point", unsupported)
    assert is_valid_public_value(NamedGroup.brainpoolP256r1, b"\x04" + bytes(64)) is None
