"""Key shares: both sides of each group agree, and invalid public values are rejected."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import asymmetric

from halfshake.errors import FailureReason, PeerMisbehaved
from halfshake.tls.keys import key_exchange
from halfshake.tls.keys.finite_field_groups import FINITE_FIELD_GROUPS, finite_field_prime
from halfshake.tls.keys.key_exchange import (
    KeyShares,
    key_share_groups,
    post_quantum_groups,
    shared_secret,
)
from halfshake.tls.registries.codepoints import NamedGroup
from tls_peer import CLIENT_SHARES, SERVER_SHARES

if TYPE_CHECKING:
    from types import ModuleType

TWO_SIDED = [group for group in key_share_groups() if group not in post_quantum_groups()]

needs_mlkem = pytest.mark.skipif(
    not post_quantum_groups(), reason="the installed cryptography has no ML-KEM"
)

# The public value's length in each group, and the secret's (RFC 9846 4.3.8, 7.4).
LENGTHS = {
    NamedGroup.x25519: (32, 32),
    NamedGroup.x448: (56, 56),
    NamedGroup.secp256r1: (65, 32),
    NamedGroup.secp384r1: (97, 48),
    NamedGroup.secp521r1: (133, 66),
    NamedGroup.brainpoolP256r1tls13: (65, 32),
    NamedGroup.brainpoolP384r1tls13: (97, 48),
    NamedGroup.brainpoolP512r1tls13: (129, 64),
    NamedGroup.ffdhe2048: (256, 256),
    NamedGroup.ffdhe3072: (384, 384),
    NamedGroup.ffdhe4096: (512, 512),
    NamedGroup.ffdhe6144: (768, 768),
    NamedGroup.ffdhe8192: (1024, 1024),
}


@pytest.mark.parametrize("group", TWO_SIDED, ids=lambda group: group.name)
def test_both_sides_agree(group: NamedGroup) -> None:
    """With values of the group's length, and one share per group and process."""
    ours, theirs = CLIENT_SHARES.share(group), SERVER_SHARES.share(group)
    secret = shared_secret(ours, group, theirs.key_exchange)
    assert secret == shared_secret(theirs, group, ours.key_exchange)
    assert (len(ours.key_exchange), len(secret)) == LENGTHS[group]
    assert CLIENT_SHARES.share(group) is ours


@needs_mlkem
@pytest.mark.parametrize(
    ("group", "elliptic", "kem_first"),
    [
        (NamedGroup.SecP256r1MLKEM768, NamedGroup.secp256r1, False),
        (NamedGroup.X25519MLKEM768, NamedGroup.x25519, True),
        (NamedGroup.SecP384r1MLKEM1024, NamedGroup.secp384r1, False),
    ],
)
def test_a_hybrid_is_both(group: NamedGroup, elliptic: NamedGroup, kem_first: bool) -> None:
    """draft-ietf-tls-ecdhe-mlkem: both values and both secrets, in the order of the group."""
    from cryptography.hazmat.primitives.asymmetric import mlkem

    share, theirs = CLIENT_SHARES.share(group), SERVER_SHARES.share(elliptic)
    public, size = share.key_exchange, len(theirs.key_exchange)
    elliptic_public = public[-size:] if kem_first else public[:size]
    kem_public = public[:-size] if kem_first else public[size:]
    kem = (
        mlkem.MLKEM768PublicKey.from_public_bytes(kem_public)
        if len(kem_public) == 1184
        else mlkem.MLKEM1024PublicKey.from_public_bytes(kem_public)
    )
    kem_secret, ciphertext = kem.encapsulate()
    elliptic_secret = theirs.exchange(elliptic_public)
    if kem_first:
        answer, expected = ciphertext + theirs.key_exchange, kem_secret + elliptic_secret
    else:
        answer, expected = theirs.key_exchange + ciphertext, elliptic_secret + kem_secret
    assert shared_secret(share, group, answer) == expected
    for wrong in (b"", ciphertext, answer + b"\x00", answer[:-1]):
        refuse(group, wrong)


@pytest.mark.parametrize("group", TWO_SIDED, ids=lambda group: group.name)
def test_what_is_no_public_value_is_refused(group: NamedGroup) -> None:
    """None, short, long, and all zeros."""
    public = SERVER_SHARES.share(group).key_exchange
    for wrong in (b"", public[:-1], public + b"\x00", bytes(len(public))):
        refuse(group, wrong)


@pytest.mark.parametrize("group", [NamedGroup.secp256r1, NamedGroup.brainpoolP512r1tls13])
def test_points_off_their_curve_and_compressed_ones(group: NamedGroup) -> None:
    """RFC 9846 4.3.8.2: validated, and in the uncompressed form only."""
    public = SERVER_SHARES.share(group).key_exchange
    half = len(public) // 2
    refuse(group, public[:-1] + bytes([public[-1] ^ 1]))
    refuse(group, bytes([2 + public[-1] % 2]) + public[1 : half + 1])


@pytest.mark.parametrize("group", [NamedGroup.x25519, NamedGroup.x448])
def test_points_of_small_order(group: NamedGroup) -> None:
    """RFC 9846 7.4.2: an all-zero secret is rejected."""
    length = LENGTHS[group][0]
    for wrong in (bytes(length), b"\x01" + bytes(length - 1)):
        refuse(group, wrong)


def test_randomness_is_used_and_two_groups_differ() -> None:
    """Each share asks for as many random bytes as its private value has."""
    asked: list[int] = []

    def random_bytes(length: int) -> bytes:
        asked.append(length)
        return bytes(range(len(asked), len(asked) + length))

    shares = KeyShares(random_bytes)
    for group in (NamedGroup.x25519, NamedGroup.x448, NamedGroup.secp521r1):
        shares.share(group)
    assert asked == [32, 56, 65]


@pytest.mark.parametrize("group", list(FINITE_FIELD_GROUPS), ids=lambda group: group.name)
def test_the_primes_are_those_of_rfc_7919(group: NamedGroup) -> None:
    """A.1 to A.5: the top and bottom 64 bits are ones, and (p-1)/2 passes Fermat's test."""
    prime = finite_field_prime(group)
    size = int(group.name.removeprefix("ffdhe"))
    ones = (1 << 64) - 1
    assert prime.bit_length() == size
    assert prime >> (size - 64) == ones
    assert prime & ones == ones
    # A.1's first words behind the ones: e's fraction, 0xADF85458A2BB4A9A.
    assert prime >> (size - 128) & ones == 0xADF85458A2BB4A9A
    if size <= 4096:
        assert pow(2, (prime - 1) // 2, prime) == 1
        assert pow(3, (prime - 1) // 2 - 1, (prime - 1) // 2) == 1


def test_an_old_library_has_no_post_quantum_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before cryptography 46."""
    if post_quantum_groups():
        without(monkeypatch, "mlkem")
    assert loaded_anew().post_quantum_groups() == ()


@needs_mlkem
def test_a_library_on_an_old_openssl_has_no_post_quantum_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its class exists but does not work; distributions build it that way."""
    from cryptography.hazmat.primitives.asymmetric import mlkem

    def refuse_seed(_: bytes) -> None:
        raise UnsupportedAlgorithm("ML-KEM-768 is not supported by this backend.")

    monkeypatch.setattr(mlkem.MLKEM768PrivateKey, "from_seed_bytes", refuse_seed)
    module = loaded_anew()
    assert module.post_quantum_groups() == ()
    assert NamedGroup.X25519MLKEM768 not in module.key_share_groups()


def test_a_library_without_finite_fields_offers_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Announced by cryptography 49."""
    without(monkeypatch, "dh")
    groups = loaded_anew().key_share_groups()
    assert NamedGroup.x25519 in groups
    assert not set(FINITE_FIELD_GROUPS) & set(groups)


def refuse(group: NamedGroup, public: bytes) -> None:
    """Our own error, with the alert that RFC 9846 asks for."""
    with pytest.raises(PeerMisbehaved, match=f"not a valid public value of {group.name}") as caught:
        shared_secret(CLIENT_SHARES.share(group), group, public)
    assert caught.value.reason is FailureReason.illegal_parameter


def without(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make one module of the library unavailable."""
    monkeypatch.delattr(asymmetric, name)
    monkeypatch.setitem(sys.modules, f"cryptography.hazmat.primitives.asymmetric.{name}", None)


def loaded_anew() -> ModuleType:
    """A second `key_exchange`, imported with the library as it is now."""
    spec = importlib.util.spec_from_file_location("key_exchange_anew", key_exchange.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
