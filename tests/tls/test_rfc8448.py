"""RFC 8448's published TLS 1.3 handshakes, read by the half handshake: exact to the byte.

Keys, secrets and records come from the RFC, so each layer is checked by itself before all of them
are wired together. Sections 3, 5, 6 and 7; what the names mean is in `tests/rfc8448/README.md`.
"""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate

from halfshake.errors import FailureReason, PeerMisbehaved
from halfshake.tls.handshake import HalfHandshake
from halfshake.tls.keys.key_exchange import shared_secret
from halfshake.tls.keys.key_schedule import (
    TrafficKeys,
    handshake_secret,
    server_handshake_keys,
    server_handshake_traffic_secret,
    transcript_hash_name,
)
from halfshake.tls.registries.codepoints import (
    ContentType,
    ExtensionType,
    NamedGroup,
    SignatureScheme,
)
from halfshake.tls.states import ExpectRetriedServerHello, ExpectServerHello
from halfshake.tls.states_tls13 import ExpectEncryptedExtensions
from rfc8448.published import (
    SUITE,
    agreed_group,
    client_hello_extensions,
    hellos,
    published_flight,
    published_key_shares,
    record_protection,
    sent_client_hello,
)
from rfc8448.traces import TRACE_NAMES, Trace, load


@pytest.fixture(params=TRACE_NAMES)
def trace(request: pytest.FixtureRequest) -> Trace:
    """Each of the four handshakes."""
    return load(request.param)


@pytest.mark.parametrize("delivery", ["whole", "byte by byte", "with more behind it"])
def test_the_servers_records_end_in_its_flight(trace: Trace, delivery: str) -> None:
    """However the RFC's records arrive, the flight is the RFC's, complete at its last byte."""
    half = waiting_half_handshake(trace)
    records = server_records(trace)
    if delivery == "byte by byte":
        for at in range(len(records)):
            assert half.server_flight is None
            half.receive_data(records[at : at + 1])
    else:
        more = b"\x17\x03\x03\x00\x01\x00" if delivery == "with more behind it" else b""
        half.receive_data(records + more)
    assert half.server_flight == published_flight(trace)
    assert half.data_to_send() == b""


def test_the_signature_verifies_over_the_signed_content(trace: Trace) -> None:
    """The key in the certificate signed exactly the bytes that the flight says it did."""
    half = waiting_half_handshake(trace)
    half.receive_data(server_records(trace))
    flight = half.server_flight
    assert flight is not None
    proof = flight.key_proof
    assert proof is not None
    key = load_der_x509_certificate(flight.certificate_list[0].der).public_key()
    if proof.scheme == SignatureScheme.rsa_pss_rsae_sha256:
        assert isinstance(key, rsa.RSAPublicKey)
        pss = padding.PSS(padding.MGF1(SHA256()), 32)
        key.verify(proof.signature, proof.signed_content, pss, SHA256())
    else:
        assert proof.scheme == SignatureScheme.ecdsa_secp256r1_sha256
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(proof.signature, proof.signed_content, ec.ECDSA(SHA256()))


def test_server_hello_leads_to_the_handshake_keys(trace: Trace) -> None:
    """After only ServerHello, the state holds the RFC's keys and the transcript behind them."""
    half = waiting_half_handshake(trace)
    half.receive_data(trace["server_hello_record"])
    state = half._state
    assert isinstance(state, ExpectEncryptedExtensions)
    assert state.keys == TrafficKeys(trace["server_write_key"], trace["server_write_iv"])
    assert sha256(state.transcript).digest() == trace["server_hello_transcript_hash"]


def test_key_share_gives_the_shared_secret(trace: Trace) -> None:
    """From the client's private key: its public value, and the secret with the server's."""
    group = agreed_group(trace)
    share = published_key_shares(trace).share(group)
    assert share.key_exchange == trace[f"client_{group.name}_public_key"]
    peer = trace[f"server_{group.name}_public_key"]
    assert shared_secret(share, group, peer) == trace["shared_secret"]


def test_key_schedule_step_by_step(trace: Trace) -> None:
    """Shared secret, handshake secret, server handshake traffic secret, key and iv."""
    hash_name = transcript_hash_name(SUITE)
    assert hash_name == "sha256"
    transcript = hellos(trace)
    secret = handshake_secret(hash_name, trace["shared_secret"])
    assert secret == trace["handshake_secret"]
    traffic_secret = server_handshake_traffic_secret(hash_name, secret, transcript)
    assert traffic_secret == trace["server_handshake_traffic_secret"]
    keys = server_handshake_keys(SUITE, trace["shared_secret"], transcript)
    assert keys == TrafficKeys(trace["server_write_key"], trace["server_write_iv"])


@pytest.mark.parametrize("peer", ["server", "client"])
def test_flight_record_opens_to_its_messages(trace: Trace, peer: str) -> None:
    """Each peer's first protected record opens under its keys, once: the nonce moves on."""
    record = trace[f"{peer}_flight_record"]
    protection = record_protection(trace, peer)
    opened = protection.open(record[:5], record[5:])
    assert opened == (ContentType.handshake, trace[f"{peer}_flight"])
    with pytest.raises(PeerMisbehaved) as caught:
        protection.open(record[:5], record[5:])
    assert caught.value.reason is FailureReason.record_undecryptable


@pytest.mark.parametrize("at", [0, 1, 2, 4, 5, 300, -1])
def test_altered_flight_record_does_not_open(trace: Trace, at: int) -> None:
    """One bit changed in the header, the ciphertext or the tag, and nothing comes out."""
    record = bytearray(trace["server_flight_record"])
    record[at] ^= 0x01
    with pytest.raises(PeerMisbehaved) as caught:
        record_protection(trace, "server").open(bytes(record[:5]), bytes(record[5:]))
    assert caught.value.reason is FailureReason.record_undecryptable


def test_hello_retry_request_is_answered_with_what_it_asks_for() -> None:
    """Section 5: the same ClientHello again, with a P-256 share, not x25519, and the cookie."""
    trace = load("hello_retry_request")
    half, state = retried_half_handshake(trace)
    first, second = (
        sent_client_hello(trace[name]) for name in ("client_hello", "second_client_hello")
    )
    retried = sent_client_hello(state.hello.encoded)
    for hello in (state.hello, retried):
        assert hello.random == first.random == second.random
        assert hello.session_id == first.session_id == second.session_id
        assert hello.server_name == first.server_name == second.server_name
        assert hello.key_share_groups == second.key_share_groups == (NamedGroup.secp256r1,)
    for extension_type in (ExtensionType.key_share, ExtensionType.cookie):
        published = client_hello_extensions(trace["second_client_hello"])[extension_type]
        assert client_hello_extensions(state.hello.encoded)[extension_type] == published
    digest = sha256(trace["client_hello"]).digest()
    before = b"\xfe\x00\x00\x20" + digest + trace["hello_retry_request"]
    assert state.transcript == before + state.hello.encoded
    assert half.data_to_send().endswith(state.hello.encoded)


def test_second_client_hello_goes_out_in_a_record_of_tls12() -> None:
    """Section 5: only an initial ClientHello may say 0x0301 in its record (RFC 9846 5.1)."""
    trace = load("hello_retry_request")
    half, state = retried_half_handshake(trace)
    record = half.data_to_send().removesuffix(state.hello.encoded)[-5:]
    assert record[:3] == trace["second_client_hello_record"][:3] == b"\x16\x03\x03"


def waiting_half_handshake(trace: Trace) -> HalfHandshake:
    """A half handshake that has sent the RFC's ClientHello, and waits for ServerHello."""
    if "hello_retry_request" not in trace:
        return started_half_handshake(trace)
    half, state = retried_half_handshake(trace)
    # NSS's second ClientHello is not laid out as ours is, and the keys hang on every byte of it.
    before = state.transcript.removesuffix(state.hello.encoded)
    hello = sent_client_hello(trace["second_client_hello"])
    half._state = state._replace(hello=hello, transcript=before + hello.encoded)
    half.data_to_send()
    return half


def retried_half_handshake(trace: Trace) -> tuple[HalfHandshake, ExpectRetriedServerHello]:
    """Section 5's half handshake after HelloRetryRequest, with the state it is in."""
    half = started_half_handshake(trace)
    half.receive_data(trace["hello_retry_request_record"])
    state = half._state
    assert isinstance(state, ExpectRetriedServerHello)
    return half, state


def started_half_handshake(trace: Trace) -> HalfHandshake:
    """A half handshake that has sent the RFC's first ClientHello."""
    hello = sent_client_hello(trace["client_hello"])
    shares = published_key_shares(trace)
    half = HalfHandshake(
        hello.offer, server_name=hello.server_name, key_shares=shares, random_bytes=bytes
    )
    half._state = ExpectServerHello(hello, shares)
    half.data_to_send()
    return half


def server_records(trace: Trace) -> bytes:
    """All that the server sends from ServerHello to Finished, as it stood on the wire."""
    change_cipher_spec = trace.values.get("server_change_cipher_spec_record", b"")
    return trace["server_hello_record"] + change_cipher_spec + trace["server_flight_record"]
