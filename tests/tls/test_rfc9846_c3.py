"""RFC 9846 C.3, "Implementation Pitfalls", as a checklist: one question, one test.

Left out, because half of a client's handshake does not go there:

- extensions and unknown code points in a ClientHello: a server's business;
- an empty Certificate where no client certificate is available: we hang up before it is our turn,
  as `tests/interop/test_openssl_corners.py` sees on the wire;
- sending a HelloRetryRequest: a server's business (handling one is below);
- timing attacks, and signatures verified after making them: no secret of ours protects anything,
  and we sign nothing;
- the ECDSA "k": as before, no signature of ours.
"""

from __future__ import annotations

import warnings

import pytest
from cryptography.hazmat.primitives.asymmetric import dh
from cryptography.utils import CryptographyDeprecationWarning

from halfshake.errors import FailureReason, PeerIncompatible, PeerMisbehaved
from halfshake.tls.codec import vector16
from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.keys.finite_field_groups import finite_field_prime
from halfshake.tls.keys.key_exchange import (
    KeyShares,
    _FiniteFieldShare,
    key_share_groups,
    shared_secret,
)
from halfshake.tls.offers import standard_offer
from halfshake.tls.record import MAX_PLAINTEXT_BYTES
from halfshake.tls.registries.cipher_suites import CipherSuite
from halfshake.tls.registries.codepoints import NamedGroup
from tls_peer import (
    CERTIFICATE_VERIFY,
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
    records,
    server_hello,
    server_hello_message,
)

LARGE = bytes(range(256)) * 150
AUTHORITIES = tuple(bytes([number]) * 200 for number in range(150))
GROUP = NamedGroup.ffdhe2048


@pytest.mark.parametrize("length", [1, 100, MAX_PLAINTEXT_BYTES])
def test_do_you_correctly_handle_handshake_messages_that_are_fragmented(length: int) -> None:
    """Certificate and CertificateRequest of some 30 KiB each, down to one byte a record."""
    names = vector16(b"".join(vector16(name) for name in AUTHORITIES))
    half = half_handshake()
    half.receive_data(
        records(
            server_hello_message(suite=0x002F, session_id=b"")
            + certificate_tls12(LARGE)
            + message(13, b"\x01\x01\x00\x02\x04\x01" + names)
            + SERVER_HELLO_DONE,
            length,
        )
    )
    flights = [half.server_flight]
    half = half_handshake()
    server = Tls13Server(half)
    half.receive_data(records(server.hello[5:], length))
    request = message(
        13, b"\x00" + vector16(extension(13, b"\x00\x02\x08\x04") + extension(47, names))
    )
    messages = ENCRYPTED_EXTENSIONS + request + certificate_tls13(LARGE) + CERTIFICATE_VERIFY
    # A protected byte is 22 on the wire: one byte a record would be past the limit of a flight.
    half.receive_data(server.protect_all(messages, max(length, 2)))
    flights.append(half.server_flight)
    for flight in flights:
        assert flight is not None
        assert flight.certificate_list[0].der == LARGE
        assert flight.certificate_request is not None
        assert flight.certificate_request.certificate_authorities == AUTHORITIES


def test_do_you_fragment_messages_that_exceed_the_maximum_fragment_size() -> None:
    """Ours never do: the largest ClientHello, with every group's share, fits into one record."""
    offer = standard_offer(alpn=("h2", "http/1.1"), post_quantum=True)
    offer = offer._replace(key_share_groups=key_share_groups())
    half = HalfHandshake(
        offer, server_name="a" * 253, key_shares=KeyShares(bytes), random_bytes=bytes
    )
    hello = half.data_to_send()
    assert len(hello) == 5 + int.from_bytes(hello[3:5], "big") < MAX_PLAINTEXT_BYTES


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4, 0x7F, 0xFF])
def test_do_you_ignore_the_record_version_in_all_unencrypted_records(minor: int) -> None:
    """Each minor version, in each record; the major version 3 identifies TLS."""
    stream = records(
        server_hello_message(suite=0x002F, session_id=b"")
        + certificate_tls12(b"leaf")
        + SERVER_HELLO_DONE,
        20,
    )
    half = half_handshake()
    half.receive_data(stream.replace(b"\x16\x03\x03", b"\x16\x03" + bytes([minor])))
    assert half.server_flight is not None


@pytest.mark.parametrize("version", [0x0002, 0x0200, 0x0300])
def test_is_support_for_ssl_removed(version: int) -> None:
    """Nothing older than TLS 1.0 is offered or accepted."""
    half = half_handshake()
    with pytest.raises(PeerIncompatible) as caught:
        half.receive_data(server_hello(version=version, suite=0x002F, session_id=b""))
    assert caught.value.reason is FailureReason.version_unsupported


def test_are_rc4_export_and_md5_removed() -> None:
    """No EXPORT and no MD5 signature is offered; RC4 is offered, last, so that it can be reported.

    No record is ever protected with it: up to TLS 1.2 we hang up before there are keys.
    """
    offer = standard_offer()
    assert not [suite for suite in CipherSuite if "EXPORT" in suite.name]
    assert not [scheme for scheme in offer.signature_schemes if scheme >> 8 == 0x01]
    names = [suite.name for suite in offer.cipher_suites]
    secure = max(at for at, name in enumerate(names) if "_GCM_" in name or "_CHACHA20_" in name)
    assert secure < min(at for at, name in enumerate(names) if "_RC4_" in name)
    export = 0x0003
    for session_id, extensions in ((b"", ()), (bytes(32), (extension(0x2B, b"\x03\x04"),))):
        half = half_handshake()
        with pytest.raises(PeerMisbehaved, match="the server chose 0x0003") as caught:
            half.receive_data(server_hello(*extensions, suite=export, session_id=session_id))
        assert caught.value.reason is FailureReason.illegal_parameter


@pytest.mark.parametrize("length", [1, 2, 100, MAX_PLAINTEXT_BYTES])
def test_do_you_avoid_scanning_past_the_start_of_a_plaintext_of_all_zeros(length: int) -> None:
    """It has no content type: unexpected_message, and no unexpected exception."""
    half = half_handshake()
    server = Tls13Server(half)
    half.receive_data(server.hello)
    with pytest.raises(PeerMisbehaved, match="nothing but padding") as caught:
        half.receive_data(server.protect(b"", 0, padding=length - 1))
    assert caught.value.reason is FailureReason.unexpected_message


def test_do_you_correctly_handle_a_hello_retry_request() -> None:
    """The requested group and the cookie come back, and the keys depend on all four hellos."""
    half = half_handshake()
    first = half.data_to_send()
    cookie = extension(0x2C, vector16(b"cookie"))
    half.receive_data(hello_retry_request(extension(0x33, b"\x00\x19"), cookie))
    second = half.data_to_send()
    assert cookie in second
    assert cookie not in first
    assert second.startswith(b"\x14\x03\x03\x00\x01\x01\x16\x03\x03")
    server = Tls13Server(half, group=NamedGroup.secp521r1)
    half.receive_data(server.hello + server.protect(ENCRYPTED_EXTENSIONS))
    half.receive_data(server.protect(certificate_tls13(b"leaf") + CERTIFICATE_VERIFY))
    assert half.server_flight is not None
    assert half.server_flight.hello_retry_requested
    assert half.server_flight.named_group == NamedGroup.secp521r1


def test_do_you_preserve_leading_zero_bytes_in_the_negotiated_key() -> None:
    """A peer whose value makes the secret 4, two bytes of 256: it comes padded (7.4.1)."""
    share = KeyShares(bytes).share(GROUP)
    assert isinstance(share, _FiniteFieldShare)
    prime = finite_field_prime(GROUP)
    private_value = share._private_key.private_numbers().x
    # 4 is in the subgroup of order (p-1)/2, where our exponent has an inverse.
    peer = pow(4, pow(private_value, -1, (prime - 1) // 2), prime)
    assert shared_secret(share, GROUP, peer.to_bytes(256, "big")) == (4).to_bytes(256, "big")


def test_does_your_client_check_that_the_parameters_are_acceptable() -> None:
    """RFC 9846 4.3.8.1: 1 < Y < p - 1. In TLS 1.3 the group itself is one of RFC 7919's."""
    prime = finite_field_prime(GROUP)
    share = KeyShares(bytes).share(GROUP)
    for value in (0, 1, prime - 1, prime, prime + 1):
        with pytest.raises(PeerMisbehaved, match="not a valid public value of ffdhe2048") as caught:
            shared_secret(share, GROUP, value.to_bytes(256, "big"))
        assert caught.value.reason is FailureReason.illegal_parameter


def test_do_you_use_a_properly_seeded_random_number_generator() -> None:
    """ClientHello and shares are made from the passed-in randomness, normally os.urandom."""
    counter = iter(range(100))

    def random_bytes(length: int) -> bytes:
        return bytes([next(counter)]) * length

    half = HalfHandshake(
        standard_offer(),
        server_name=None,
        key_shares=KeyShares(random_bytes),
        random_bytes=random_bytes,
    )
    hello = half.data_to_send()
    # random, session id, and the two key shares: four draws, none of them twice.
    assert next(counter) == 4
    assert len({hello[11:43], hello[44:76]}) == 2


def test_do_you_zero_pad_public_key_values_to_the_group_size() -> None:
    """A public value of 4 is sent in 256 bytes, and one received in fewer is rejected."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        parameters = dh.DHParameterNumbers(finite_field_prime(GROUP), 2)
        numbers = dh.DHPrivateNumbers(2, dh.DHPublicNumbers(4, parameters))
        share = _FiniteFieldShare(numbers.private_key())
    assert share.key_exchange == (4).to_bytes(256, "big")
    with pytest.raises(PeerMisbehaved):
        shared_secret(share, GROUP, b"\x04")


def test_a_tls12_group_without_parameters_is_refused() -> None:
    """Up to TLS 1.2 we compute nothing with them; empty ones are not Diffie-Hellman at all."""
    half = half_handshake()
    stream = server_hello(suite=0x0033, session_id=b"") + record(certificate_tls12(b"leaf"))
    half.receive_data(stream)
    with pytest.raises(PeerMisbehaved, match="an empty Diffie-Hellman value"):
        half.receive_data(record(message(12, vector16(b""))))
