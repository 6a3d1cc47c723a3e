"""What we send: an offer that is wide, best first, and always the same."""

from __future__ import annotations

import pytest

from halfshake.tls.client_hello import encode_client_hello
from halfshake.tls.codec import Reader, vector8, vector16
from halfshake.tls.key_type import KeyType
from halfshake.tls.keys.key_exchange import post_quantum_groups
from halfshake.tls.offers import standard_offer
from halfshake.tls.registries.cipher_suites import (
    TLS12_CIPHER_SUITES,
    TLS13_CIPHER_SUITES,
    Authentication,
    CipherSuite,
    authentication,
    cipher_suite_label,
)
from halfshake.tls.registries.codepoints import ExtensionType, NamedGroup, ProtocolVersion
from rfc8448.published import client_hello_extensions
from tls_peer import half_handshake


@pytest.mark.parametrize(
    ("key_type", "wanted", "schemes"),
    [
        (KeyType.rsa, Authentication.rsa, "rsa_"),
        (KeyType.ecdsa, Authentication.ecdsa, "ecdsa_"),
        (KeyType.eddsa, Authentication.ecdsa, "ed"),
    ],
)
def test_one_kind_of_key_asked_for(key_type: KeyType, wanted: Authentication, schemes: str) -> None:
    """Suites and signatures of that kind; the certificates' own signatures stay unrestricted."""
    offer = standard_offer(key_type=key_type)
    older = [suite for suite in offer.cipher_suites if suite not in TLS13_CIPHER_SUITES]
    assert older
    assert {authentication(suite) for suite in older} == {wanted}
    assert all(scheme.name.startswith(schemes) for scheme in offer.signature_schemes)
    extensions = client_hello_extensions(encoded(key_type=key_type))
    for_certificates = extensions[ExtensionType.signature_algorithms_cert]
    everything = client_hello_extensions(encoded())
    assert for_certificates == everything[ExtensionType.signature_algorithms]
    assert ExtensionType.signature_algorithms_cert not in everything


def test_dss_suites_are_nobodys_kind() -> None:
    """They are offered only if the key type is not restricted."""
    dss = [suite for suite in CipherSuite if authentication(suite) is Authentication.dss]
    assert dss
    assert set(dss) <= set(standard_offer().cipher_suites)


def test_suites_are_offered_best_first() -> None:
    """Forward secrecy and AEADs before CBC, and broken ciphers last of all."""
    names = [suite.name for suite in TLS12_CIPHER_SUITES]
    assert names[0] == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    assert "_NULL_" in names[-1]
    assert len(set(names)) == len(CipherSuite) - len(TLS13_CIPHER_SUITES)
    assert cipher_suite_label(0x1234) == "0x1234"


def test_application_protocols() -> None:
    """RFC 7301 3.1: in the order given; no extension where there are none."""
    extensions = client_hello_extensions(encoded(alpn=("h2", "http/1.1")))
    names = vector16(vector8(b"h2") + vector8(b"http/1.1"))
    assert extensions[ExtensionType.application_layer_protocol_negotiation] == names
    alpn = ExtensionType.application_layer_protocol_negotiation
    assert alpn not in client_hello_extensions(encoded())


def test_post_quantum_groups_are_named_only_when_asked_for() -> None:
    """Naming them costs a third round trip with most servers that know them."""
    groups = Reader(
        client_hello_extensions(encoded(post_quantum=True))[ExtensionType.supported_groups], ""
    ).uint16_list()
    assert set(post_quantum_groups()) <= set(groups)
    assert not set(post_quantum_groups()) & set(standard_offer().groups)


def test_a_suite_of_a_version_not_offered_is_not_offered() -> None:
    """Only TLS 1.3, only older ones, or both."""
    only_new = standard_offer(versions=(ProtocolVersion.TLSv1_3,)).cipher_suites
    only_old = standard_offer(versions=(ProtocolVersion.TLSv1_2, ProtocolVersion.TLSv1_1))
    assert only_new == TLS13_CIPHER_SUITES
    assert only_old.cipher_suites == TLS12_CIPHER_SUITES
    assert standard_offer().cipher_suites == (*TLS13_CIPHER_SUITES, *TLS12_CIPHER_SUITES)


@pytest.mark.parametrize("length", range(1, 254, 7))
def test_no_hello_is_of_256_to_511_bytes(length: int) -> None:
    """RFC 7685 1: some load balancers hang on those; a small offer is padded past them."""
    offer = standard_offer()._replace(
        cipher_suites=TLS13_CIPHER_SUITES, groups=(NamedGroup.x25519,)
    )
    hello = encode_client_hello(
        offer,
        random=bytes(32),
        session_id=bytes(32),
        server_name="a" * length,
        key_shares={NamedGroup.x25519: bytes(32)},
    )
    assert not 256 <= len(hello.encoded) < 512
    assert (len(hello.encoded) >= 512) == (
        ExtensionType.padding in client_hello_extensions(hello.encoded)
    )


def encoded(
    *, key_type: KeyType | None = None, alpn: tuple[str, ...] = (), post_quantum: bool = False
) -> bytes:
    """The ClientHello message of an offer."""
    offer = standard_offer(key_type=key_type, alpn=alpn, post_quantum=post_quantum)
    return half_handshake(offer).data_to_send()[5:]
