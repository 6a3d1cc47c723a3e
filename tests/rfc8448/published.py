"""RFC 8448's traces in Halfshake's types: what was sent, and what must be read.

Unlike the rest of this folder, this file knows Halfshake; `tests/tls/test_rfc8448.py` uses it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from halfshake.tls.client_hello import ClientHello, Offer
from halfshake.tls.codec import Reader
from halfshake.tls.keys.key_exchange import KeyShares, _EllipticCurveShare
from halfshake.tls.keys.key_schedule import TrafficKeys
from halfshake.tls.keys.protection import RecordProtection
from halfshake.tls.registries.cipher_suites import CipherSuite
from halfshake.tls.registries.codepoints import (
    ExtensionType,
    NamedGroup,
    ProtocolVersion,
    SignatureScheme,
)
from halfshake.tls.server_flight import (
    CertificateEntry,
    CertificateRequest,
    KeyProof,
    ServerFlight,
)

if TYPE_CHECKING:
    from rfc8448.traces import Trace

SUITE = CipherSuite.TLS_AES_128_GCM_SHA256


def published_flight(trace: Trace) -> ServerFlight:
    """What must be read from a trace, built only from the RFC's messages."""
    certificate, verify = trace["certificate"], trace["certificate_verify"]
    before = hellos(trace) + trace["server_flight"].partition(verify)[0]
    context = b"TLS 1.3, server CertificateVerify"
    request = None
    if "certificate_request" in trace:
        # Its context and one extension, signature_algorithms, come to 13 bytes with its header.
        schemes = trace["certificate_request"][13:]
        pairs = (schemes[at : at + 2] for at in range(0, len(schemes), 2))
        request = CertificateRequest(
            certificate_authorities=(),
            signature_schemes=tuple(int.from_bytes(pair, "big") for pair in pairs),
            certificate_types=(),
        )
    return ServerFlight(
        version=ProtocolVersion.TLSv1_3,
        cipher_suite=SUITE,
        named_group=agreed_group(trace),
        # One certificate: eleven bytes before it, and its two bytes of no extensions behind it.
        certificate_list=(CertificateEntry(certificate[11:-2]),),
        certificate_request=request,
        key_proof=KeyProof(
            scheme=int.from_bytes(verify[4:6], "big"),
            signature=verify[8:],
            signed_content=b"\x20" * 64 + context + b"\x00" + sha256(before).digest(),
        ),
        alpn_protocol=None,
        hello_retry_requested="hello_retry_request" in trace,
    )


def hellos(trace: Trace) -> bytes:
    """The transcript up to ServerHello; a first ClientHello counts as its hash (RFC 9846 4.1)."""
    if "hello_retry_request" not in trace:
        return trace["client_hello"] + trace["server_hello"]
    message_hash = b"\xfe\x00\x00\x20" + sha256(trace["client_hello"]).digest()
    return (
        message_hash
        + trace["hello_retry_request"]
        + trace["second_client_hello"]
        + trace["server_hello"]
    )


def agreed_group(trace: Trace) -> NamedGroup:
    """The group that the shared secret was made in."""
    retried = "hello_retry_request" in trace
    return NamedGroup.secp256r1 if retried else NamedGroup.x25519


def sent_client_hello(encoded: bytes) -> ClientHello:
    """A ClientHello as if we had sent it: what it offers is read from its bytes."""
    reader = Reader(encoded[6:], "ClientHello")
    random, session_id, suites = reader.take(32), reader.vector8(), reader.uint16_list()
    extensions = client_hello_extensions(encoded)
    groups = Reader(extensions[ExtensionType.supported_groups], "supported_groups")
    schemes = Reader(extensions[ExtensionType.signature_algorithms], "signature_algorithms")
    assert extensions[ExtensionType.supported_versions] == b"\x02\x03\x04"
    shares = Reader(
        Reader(extensions[ExtensionType.key_share], "key_share").vector16(), "key_share"
    )
    share_groups = []
    while shares:
        share_groups.append(NamedGroup(shares.uint16()))
        shares.vector16()
    offer = Offer(
        versions=(ProtocolVersion.TLSv1_3,),
        cipher_suites=tuple(CipherSuite(suite) for suite in suites),
        groups=tuple(NamedGroup(group) for group in groups.uint16_list()),
        key_share_groups=tuple(share_groups),
        signature_schemes=tuple(SignatureScheme(scheme) for scheme in schemes.uint16_list()),
    )
    return ClientHello(
        offer=offer,
        random=random,
        session_id=session_id,
        server_name=extensions[ExtensionType.server_name][5:].decode("ascii"),
        key_share_groups=tuple(share_groups),
        extension_types=frozenset(extensions),
        encoded=encoded,
    )


def client_hello_extensions(encoded: bytes) -> dict[int, bytes]:
    """The extensions of a ClientHello, by type."""
    reader = Reader(encoded[4:], "ClientHello")
    reader.take(2 + 32)
    for vector in (reader.vector8, reader.vector16, reader.vector8):
        vector()
    block = Reader(reader.vector16(), "ClientHello")
    reader.finish()
    extensions = {}
    while block:
        extension_type = block.uint16()
        extensions[extension_type] = block.vector16()
    return extensions


def published_key_shares(trace: Trace) -> KeyShares:
    """The client's key shares from their private keys in the RFC."""
    shares = KeyShares(lambda _: trace["client_x25519_private_key"])
    if "client_secp256r1_private_key" in trace:
        # Random bytes are reduced on their way to a scalar: they cannot be chosen to give this one.
        scalar = int.from_bytes(trace["client_secp256r1_private_key"], "big")
        private_key = ec.derive_private_key(scalar, ec.SECP256R1())
        shares._shares[NamedGroup.secp256r1] = _EllipticCurveShare(private_key)
    return shares


def record_protection(trace: Trace, peer: str) -> RecordProtection:
    """A peer's record protection under the RFC's handshake keys."""
    keys = TrafficKeys(trace[f"{peer}_write_key"], trace[f"{peer}_write_iv"])
    return RecordProtection(SUITE, keys)
