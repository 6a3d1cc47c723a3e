"""RFC 8448's traces are consistent: recomputed here without any code of Halfshake.

If this file passes and a test of ours on the same trace fails, the fault is ours, not the data's.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from rfc8448.traces import TRACE_NAMES, Trace, load

PLAINTEXT_MESSAGES = ("client_hello", "hello_retry_request", "second_client_hello", "server_hello")
SERVER_FLIGHT = (
    "encrypted_extensions",
    "certificate_request",
    "certificate",
    "certificate_verify",
    "finished",
)
CLIENT_FLIGHT = ("client_certificate", "client_certificate_verify", "client_finished")


@pytest.fixture(params=TRACE_NAMES)
def trace(request: pytest.FixtureRequest) -> Trace:
    """Each of the four handshakes."""
    return load(request.param)


def test_key_pairs_agree_on_the_shared_secret(trace: Trace) -> None:
    """Private keys give the public ones, both sides get one secret, the hellos carry the shares."""
    for peer, hello in (("client", "client_hello"), ("server", "server_hello")):
        name = f"{peer}_x25519_private_key"
        if name in trace:
            share = x25519_share(trace[name])
            assert share == trace[f"{peer}_x25519_public_key"]
            assert share in trace[hello]
    if "hello_retry_request" in trace:
        client = p256_key(trace["client_secp256r1_private_key"])
        server = p256_key(trace["server_secp256r1_private_key"])
        assert p256_share(client) == trace["client_secp256r1_public_key"]
        assert p256_share(server) == trace["server_secp256r1_public_key"]
        assert p256_share(client) in trace["second_client_hello"]
        assert p256_share(server) in trace["server_hello"]
        assert client.exchange(ec.ECDH(), server.public_key()) == trace["shared_secret"]
        assert server.exchange(ec.ECDH(), client.public_key()) == trace["shared_secret"]
    else:
        for one, other in (("client", "server"), ("server", "client")):
            private = x25519.X25519PrivateKey.from_private_bytes(trace[f"{one}_x25519_private_key"])
            public = x25519.X25519PublicKey.from_public_bytes(trace[f"{other}_x25519_public_key"])
            assert private.exchange(public) == trace["shared_secret"]


def test_key_schedule_leads_to_the_handshake_keys(trace: Trace) -> None:
    """The HKDF chain of RFC 9846 7.1, from no PSK to both peers' handshake keys."""
    early_secret = hkdf_extract(bytes(32), bytes(32))
    derived_secret = derive_secret(early_secret, "derived", sha256(b"").digest())
    handshake_secret = hkdf_extract(derived_secret, trace["shared_secret"])
    transcript_hash = sha256(hellos(trace)).digest()
    assert early_secret == trace["early_secret"]
    assert derived_secret == trace["derived_secret"]
    assert handshake_secret == trace["handshake_secret"]
    assert transcript_hash == trace["server_hello_transcript_hash"]
    for peer, label in (("client", "c hs traffic"), ("server", "s hs traffic")):
        traffic_secret = derive_secret(handshake_secret, label, transcript_hash)
        assert traffic_secret == trace[f"{peer}_handshake_traffic_secret"]
        assert expand_label(traffic_secret, "key", b"", 16) == trace[f"{peer}_write_key"]
        assert expand_label(traffic_secret, "iv", b"", 12) == trace[f"{peer}_write_iv"]
        assert expand_label(traffic_secret, "finished", b"", 32) == trace[f"{peer}_finished_key"]


def test_plaintext_records_carry_their_messages(trace: Trace) -> None:
    """A hello's record is a header and the message; a ClientHello's says TLS 1.0 the first time."""
    for name in PLAINTEXT_MESSAGES:
        if name in trace:
            message = trace[name]
            assert int.from_bytes(message[1:4]) == len(message) - 4
            version = b"\x03\x01" if name == "client_hello" else b"\x03\x03"
            header = b"\x16" + version + len(message).to_bytes(2)
            assert trace[f"{name}_record"] == header + message
    for name in ("client_change_cipher_spec_record", "server_change_cipher_spec_record"):
        assert (name in trace) == (trace.name == "compatibility_mode")
        assert trace.values.get(name, b"\x14\x03\x03\x00\x01\x01") == b"\x14\x03\x03\x00\x01\x01"


def test_protected_records_decrypt_to_the_flights(trace: Trace) -> None:
    """Each peer's first protected record opens to its flight, which is its messages in a row."""
    for peer, names in (("server", SERVER_FLIGHT), ("client", CLIENT_FLIGHT)):
        record = trace[f"{peer}_flight_record"]
        header, payload = record[:5], record[5:]
        assert header == b"\x17\x03\x03" + len(payload).to_bytes(2)
        cipher = AESGCM(trace[f"{peer}_write_key"])
        inner_plaintext = cipher.decrypt(trace[f"{peer}_write_iv"], payload, header)
        flight = b"".join(trace[name] for name in names if name in trace)
        assert inner_plaintext == flight + b"\x16"
        assert flight == trace[f"{peer}_flight"]


def test_certificate_verify_is_signed_by_the_certificate(trace: Trace) -> None:
    """The signature verifies over the transcript, with the key in the same peer's certificate."""
    before = hellos(trace) + up_to(trace["server_flight"], trace["certificate_verify"])
    check_signature(trace["certificate"], trace["certificate_verify"], "server", before)
    if "client_certificate_verify" in trace:
        before = hellos(trace) + trace["server_flight"] + trace["client_certificate"]
        message = trace["client_certificate_verify"]
        check_signature(trace["client_certificate"], message, "client", before)


def test_finished_closes_the_transcript(trace: Trace) -> None:
    """Both Finished messages are the HMAC of everything said before them."""
    before = hellos(trace) + up_to(trace["server_flight"], trace["finished"])
    assert trace["finished"][4:] == finished(trace["server_finished_key"], before)
    whole = hellos(trace) + trace["server_flight"]
    assert sha256(whole).digest() == trace["server_finished_transcript_hash"]
    before = whole + up_to(trace["client_flight"], trace["client_finished"])
    assert trace["client_finished"][4:] == finished(trace["client_finished_key"], before)


@pytest.mark.parametrize("name", ["simple_1rtt", "hello_retry_request", "compatibility_mode"])
def test_published_rsa_key_belongs_to_the_certificate(name: str) -> None:
    """Section 2's key is a sound RSA key, and the one in the certificates of these sections."""
    key = {field: int.from_bytes(value) for field, value in load("server_rsa_key").values.items()}
    public_numbers = rsa.RSAPublicNumbers(e=key["public_exponent"], n=key["modulus"])
    private_key = rsa.RSAPrivateNumbers(
        p=key["prime1"],
        q=key["prime2"],
        d=key["private_exponent"],
        dmp1=key["exponent1"],
        dmq1=key["exponent2"],
        iqmp=key["coefficient"],
        public_numbers=public_numbers,
    ).private_key()
    certificate = load_der_x509_certificate(only_entry(load(name)["certificate"]))
    assert certificate.public_key() == private_key.public_key()


def hellos(trace: Trace) -> bytes:
    """Everything up to ServerHello; a first ClientHello counts as its hash (RFC 9846 4.1)."""
    if "hello_retry_request" not in trace:
        return trace["client_hello"] + trace["server_hello"]
    message_hash = b"\xfe\x00\x00\x20" + sha256(trace["client_hello"]).digest()
    retry = trace["hello_retry_request"] + trace["second_client_hello"]
    return message_hash + retry + trace["server_hello"]


def up_to(flight: bytes, message: bytes) -> bytes:
    """The part of a flight before one of its messages."""
    return flight[: flight.index(message)]


def hkdf_extract(salt: bytes, key_material: bytes) -> bytes:
    """HKDF-Extract of RFC 5869."""
    return hmac.digest(salt, key_material, "sha256")


def expand_label(secret: bytes, label: str, context: bytes, length: int) -> bytes:
    """HKDF-Expand-Label of RFC 9846 7.1."""
    full_label = b"tls13 " + label.encode()
    info = length.to_bytes(2) + bytes([len(full_label)]) + full_label
    info += bytes([len(context)]) + context
    return HKDFExpand(algorithm=SHA256(), length=length, info=info).derive(secret)


def derive_secret(secret: bytes, label: str, transcript_hash: bytes) -> bytes:
    """Derive-Secret of RFC 9846 7.1, from a transcript already hashed."""
    return expand_label(secret, label, transcript_hash, 32)


def finished(finished_key: bytes, transcript: bytes) -> bytes:
    """The verify_data of a Finished message."""
    return hmac.digest(finished_key, sha256(transcript).digest(), "sha256")


def check_signature(
    certificate: bytes, certificate_verify: bytes, peer: str, before: bytes
) -> None:
    """Raise InvalidSignature unless the certificate's key signed the transcript."""
    scheme, signature = certificate_verify[4:6], certificate_verify[8:]
    assert int.from_bytes(certificate_verify[6:8]) == len(signature)
    context = f"TLS 1.3, {peer} CertificateVerify".encode()
    content = b"\x20" * 64 + context + b"\x00" + sha256(before).digest()
    key = load_der_x509_certificate(only_entry(certificate)).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        assert scheme == b"\x08\x04"
        key.verify(signature, content, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert scheme == b"\x04\x03"
        key.verify(signature, content, ec.ECDSA(SHA256()))


def only_entry(certificate: bytes) -> bytes:
    """The DER of a Certificate message that holds one certificate without extensions."""
    length = int.from_bytes(certificate[8:11])
    assert certificate[11 + length :] == b"\x00\x00"
    return certificate[11 : 11 + length]


def x25519_share(private_key: bytes) -> bytes:
    """The public bytes of an x25519 private key."""
    return x25519.X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def p256_key(private_key: bytes) -> ec.EllipticCurvePrivateKey:
    """A P-256 key from its private scalar."""
    return ec.derive_private_key(int.from_bytes(private_key), ec.SECP256R1())


def p256_share(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The uncompressed point that goes into a key share."""
    public_key = key.public_key()
    return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
