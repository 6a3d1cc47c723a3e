"""Each offer that a reading makes, byte by byte against the RFC of its highest version."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from halfshake.tls.client_hello import ALL_VERSIONS
from halfshake.tls.codec import Reader
from halfshake.tls.key_type import KeyType
from halfshake.tls.keys.key_exchange import post_quantum_groups
from halfshake.tls.offers import standard_offer
from halfshake.tls.registries.cipher_suites import (
    TLS12_CIPHER_SUITES,
    TLS13_CIPHER_SUITES,
    needs_tls12,
)
from halfshake.tls.registries.codepoints import (
    TLS13_GROUPS,
    TLS13_SCHEMES,
    ExtensionType,
    NamedGroup,
    ProtocolVersion,
    SignatureScheme,
)
from halfshake.tls.states import ExpectServerHello
from tls_peer import half_handshake

TLSv1_3, TLSv1_2 = ProtocolVersion.TLSv1_3, ProtocolVersion.TLSv1_2
# `--all-versions` offers all of them, then what lies below the one seen last.
BELOW = [ALL_VERSIONS[at:] for at in range(len(ALL_VERSIONS))]
KEY_TYPES: list[KeyType | None] = [None, *KeyType]

# RFC 9846 4.3.3: never in any hello. That we name them is meant; offers.py says why.
FORBIDDEN_BUT_MEANT = {
    scheme for scheme in SignatureScheme if "dsa_" in scheme.name and scheme.name[:3] == "dsa"
} | {scheme for scheme in SignatureScheme if scheme.name.endswith("_sha224")}


class Sent(NamedTuple):
    """A ClientHello as it stands on the wire, field by field (RFC 5246 7.4.1.2)."""

    version: int
    session_id: bytes
    suites: tuple[int, ...]
    compression: bytes
    extensions: dict[int, bytes]

    def numbers(self, extension: ExtensionType) -> tuple[int, ...]:
        """The two-byte numbers of a list; empty where there is none."""
        data = self.extensions.get(extension)
        return () if data is None else Reader(data, "").uint16_list()


def sent(
    versions: tuple[ProtocolVersion, ...], *, key_type: KeyType | None, post_quantum: bool
) -> Sent:
    """What goes out for an offer, read from the record to the last byte."""
    offer = standard_offer(
        versions=versions, key_type=key_type, post_quantum=post_quantum, alpn=("h2",)
    )
    record = Reader(half_handshake(offer).data_to_send(), "record")
    assert record.take(3) == b"\x16\x03\x01"
    hello = Reader(record.vector16(), "ClientHello")
    record.finish()
    assert hello.uint8() == 1
    body = Reader(hello.vector24(), "ClientHello")
    hello.finish()
    version = body.uint16()
    body.take(32)
    session_id = body.vector8()
    suites = body.uint16_list()
    compression = body.vector8()
    block = Reader(body.vector16(), "extensions")
    body.finish()
    extensions: dict[int, bytes] = {}
    while block:
        extension_type = block.uint16()
        assert extension_type not in extensions
        extensions[extension_type] = block.vector16()
    return Sent(version, session_id, suites, compression, extensions)


@pytest.mark.parametrize("post_quantum", [False, True], ids=["", "post-quantum"])
@pytest.mark.parametrize("key_type", KEY_TYPES, ids=str)
@pytest.mark.parametrize("versions", BELOW, ids=lambda versions: f"up to {versions[0].label}")
def test_an_offer_keeps_to_the_rfc_of_its_highest_version(
    versions: tuple[ProtocolVersion, ...], key_type: KeyType | None, *, post_quantum: bool
) -> None:
    """What only a later version has is not in it."""
    hello = sent(versions, key_type=key_type, post_quantum=post_quantum)
    best = versions[0]
    # RFC 9846 4.2.2: legacy_version is that of TLS 1.2; before, the highest offered.
    assert hello.version == min(best, TLSv1_2)
    assert hello.compression == b"\x00"
    assert (len(hello.session_id) == 32) == (best is TLSv1_3)
    schemes = hello.numbers(ExtensionType.signature_algorithms)
    groups = hello.numbers(ExtensionType.supported_groups)
    for_certificates = hello.numbers(ExtensionType.signature_algorithms_cert)
    # RFC 5246 7.4.1.4.1: from TLS 1.2 on.
    assert bool(schemes) == (best >= TLSv1_2)
    assert bool(for_certificates) == (best >= TLSv1_2 and key_type is not None)
    # RFC 9846 4.3.1, 4.3.8: TLS 1.3's own.
    assert (ExtensionType.supported_versions in hello.extensions) == (best is TLSv1_3)
    assert (ExtensionType.key_share in hello.extensions) == (best is TLSv1_3)
    if best is not TLSv1_3:
        assert not set(groups) & TLS13_GROUPS
        assert not {*schemes, *for_certificates} & TLS13_SCHEMES
        assert not set(hello.suites) & set(TLS13_CIPHER_SUITES)
    if best < TLSv1_2:
        assert not set(hello.suites) & set(filter(needs_tls12, TLS12_CIPHER_SUITES))
    assert hello.suites
    wanted = set(post_quantum_groups()) if post_quantum and best is TLSv1_3 else set()
    assert {group for group in groups if "MLKEM" in NamedGroup(group).name} == wanted


@pytest.mark.parametrize("key_type", KEY_TYPES, ids=str)
def test_an_offer_with_tls13_says_what_rfc_9846_asks_for(key_type: KeyType | None) -> None:
    """The extensions that must be there, in the order that they must have."""
    hello = sent(ALL_VERSIONS, key_type=key_type, post_quantum=False)
    # RFC 9846 4.3.1: in order of preference, TLS 1.3 first.
    versions = Reader(hello.extensions[ExtensionType.supported_versions], "").vector8()
    assert versions == b"\x03\x04\x03\x03\x03\x02\x03\x01"
    groups = hello.numbers(ExtensionType.supported_groups)
    shares = Reader(
        Reader(hello.extensions[ExtensionType.key_share], "key_share").vector16(), "key_share"
    )
    with_share = []
    while shares:
        with_share.append(shares.uint16())
        assert shares.vector16()
    # RFC 9846 4.3.8: each a group of supported_groups, in the same order, none twice.
    assert [group for group in groups if group in with_share] == with_share
    for extension in ExtensionType.signature_algorithms, ExtensionType.signature_algorithms_cert:
        schemes = [SignatureScheme(number) for number in hello.numbers(extension)]
        # RFC 9846 4.3.3: SHA-1 "listed after all other algorithms".
        sha1 = [scheme.name.endswith("_sha1") for scheme in schemes]
        assert sha1 == sorted(sha1)
        # What nobody should offer comes behind what anybody may choose.
        meant = [scheme in FORBIDDEN_BUT_MEANT for scheme in schemes if scheme.name[-5:] != "_sha1"]
        assert meant == sorted(meant)


def test_the_first_hello_of_a_server_with_an_address_only() -> None:
    """RFC 6066 3: no name, no extension; and no answer to it is one that we asked for."""
    asked = []
    for name in None, "a.test":
        state = half_handshake(standard_offer(), server_name=name)._state
        assert isinstance(state, ExpectServerHello)
        asked.append(ExtensionType.server_name in state.hello.extension_types)
    assert asked == [False, True]
