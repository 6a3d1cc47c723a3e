"""One ephemeral key share for each named group (RFC 9846 4.3.8, 7.4; RFC 7919; ML-KEM hybrids).

`KeyShares` makes them on demand and keeps them: nothing secret is ever sent under a half
handshake's keys, so one share can serve every reading of a process. Randomness is passed in
wherever the library can make a private key from bytes: everywhere except in finite fields.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519

from halfshake.errors import FailureReason, PeerMisbehaved
from halfshake.muted import muted
from halfshake.tls.keys.finite_field_groups import FINITE_FIELD_GROUPS, finite_field_prime
from halfshake.tls.registries.codepoints import NamedGroup

try:
    from cryptography.hazmat.primitives.asymmetric import dh
except ImportError:  # cryptography 49 will remove it
    dh = None  # type: ignore[assignment]

try:
    from cryptography.hazmat.primitives.asymmetric import mlkem
except ImportError:  # cryptography before 46
    mlkem = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable


class KeyShare(Protocol):
    """One side's ephemeral key in one group."""

    @property
    def key_exchange(self) -> bytes:
        """The public value as KeyShareEntry.key_exchange carries it."""

    def exchange(self, peer: bytes) -> bytes:
        """The shared secret with the peer's public value; ValueError if that value is invalid."""


class KeyShares:
    """The key shares of a process, one for each group, made when first needed."""

    __slots__ = ("_random_bytes", "_shares")

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes
        self._shares: dict[NamedGroup, KeyShare] = {}

    def share(self, group: NamedGroup) -> KeyShare:
        """Our share in a group of KEY_SHARE_GROUPS."""
        share = self._shares.get(group)
        if share is None:
            share = self._shares[group] = _generate(group, self._random_bytes)
        return share


def shared_secret(share: KeyShare, group: NamedGroup, peer: bytes) -> bytes:
    """The (EC)DHE shared secret.

    Raises PeerMisbehaved if the peer's public value is short, zero, of small order or off its curve
    (RFC 9846 4.3.8.1, 4.3.8.2, 7.4.2: illegal_parameter).
    """
    try:
        return share.exchange(peer)
    except (ValueError, OverflowError) as error:
        raise PeerMisbehaved(
            f"the server's key share of {len(peer)} bytes is not a valid public value of "
            f"{group.name} (RFC 9846 4.3.8)",
            reason=FailureReason.illegal_parameter,
        ) from error


@functools.cache
def post_quantum_groups() -> tuple[NamedGroup, ...]:
    """Those that the installed cryptography supports: none before about release 46.

    Few readings ask for them, and asking the library takes longer than everything else here.
    """
    if mlkem is None:
        return ()
    # The class exists for every OpenSSL that the library is built with, but works only from 3.5 on.
    try:
        mlkem.MLKEM768PrivateKey.from_seed_bytes(bytes(_KEM_SEED_BYTES))
    except UnsupportedAlgorithm:
        return ()
    return tuple(_HYBRIDS)


def key_share_groups() -> tuple[NamedGroup, ...]:
    """Every group that we support with TLS 1.3 servers, best first."""
    return (*CLASSICAL_GROUPS, *post_quantum_groups())


def is_valid_public_value(group: int, value: bytes) -> bool | None:
    """Could a client agree on a key with this value of a TLS <= 1.2 ECDHE? None: not known here.

    RFC 8422 5.4 and 5.11: an uncompressed point on its curve; of X25519 and X448 one whose shared
    secret is not zero.
    """
    if group == NamedGroup.x25519:
        # To agree on a key with it would take as long as the rest of the handshake.
        return len(value) == X25519_BYTES and _without_sign(value) not in X25519_OF_SMALL_ORDER
    try:
        if group == NamedGroup.x448:
            _any_share(NamedGroup.x448).exchange(value)
        elif (curve := _ALL_CURVES.get(group)) is not None:
            if value[:1] != b"\x04":
                return False
            ec.EllipticCurvePublicKey.from_encoded_point(curve, value)
        else:
            return None
    except ValueError:
        return False
    except UnsupportedAlgorithm:  # a curve that the installed OpenSSL was built without
        return None
    return True


def _without_sign(value: bytes) -> bytes:
    # RFC 7748 5: the most significant bit of the last byte is masked.
    return value[:-1] + bytes((value[-1] & 0x7F,))


@functools.cache
def _any_share(group: NamedGroup) -> KeyShare:
    # Nothing is agreed on with it, so its private key may be known to everyone.
    return _generate(group, lambda length: b"\x01" * length)


def _generate(group: NamedGroup, random_bytes: Callable[[int], bytes]) -> KeyShare:
    if group in _CURVES:
        return _EllipticCurveShare.generate(_CURVES[group], random_bytes)
    if group in FINITE_FIELD_GROUPS:
        return _FiniteFieldShare.generate(finite_field_prime(group))
    if group in _HYBRIDS:
        return _hybrid_share(group, random_bytes)
    if group is NamedGroup.x448:
        return _X448Share(x448.X448PrivateKey.from_private_bytes(random_bytes(56)))
    return _X25519Share(x25519.X25519PrivateKey.from_private_bytes(random_bytes(32)))


class _X25519Share:
    """RFC 7748; RFC 9846 7.4.2: cryptography itself rejects an all-zero result."""

    __slots__ = ("_private_key", "key_exchange")

    def __init__(self, private_key: x25519.X25519PrivateKey) -> None:
        self._private_key = private_key
        self.key_exchange = private_key.public_key().public_bytes_raw()

    def exchange(self, peer: bytes) -> bytes:
        return self._private_key.exchange(x25519.X25519PublicKey.from_public_bytes(peer))


class _X448Share:
    """RFC 7748, as _X25519Share."""

    __slots__ = ("_private_key", "key_exchange")

    def __init__(self, private_key: x448.X448PrivateKey) -> None:
        self._private_key = private_key
        self.key_exchange = private_key.public_key().public_bytes_raw()

    def exchange(self, peer: bytes) -> bytes:
        return self._private_key.exchange(x448.X448PublicKey.from_public_bytes(peer))


class _EllipticCurveShare:
    """UncompressedPointRepresentation (RFC 9846 4.3.8.2)."""

    __slots__ = ("_private_key", "key_exchange")

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key
        point = private_key.public_key().public_numbers()
        size_bytes = (private_key.key_size + 7) // 8
        self.key_exchange = b"\x04" + b"".join(
            coordinate.to_bytes(size_bytes, "big") for coordinate in (point.x, point.y)
        )

    @classmethod
    def generate(
        cls, curve: ec.EllipticCurve, random_bytes: Callable[[int], bytes]
    ) -> _EllipticCurveShare:
        # Two bits less than the order: always a valid private value, never zero.
        bits = curve.key_size - 1
        value = int.from_bytes(random_bytes((bits + 7) // 8), "big") % (1 << bits - 1)
        return cls(ec.derive_private_key(value + 1, curve))

    def exchange(self, peer: bytes) -> bytes:
        # RFC 9846 4.3.8.2: only the uncompressed form; the library would accept a compressed one.
        if peer[:1] != b"\x04":
            raise ValueError("not an uncompressed point")
        curve = self._private_key.curve
        public_key = ec.EllipticCurvePublicKey.from_encoded_point(curve, peer)
        return self._private_key.exchange(ec.ECDH(), public_key)


class _FiniteFieldShare:
    """RFC 7919; values padded to the prime's length (RFC 9846 4.3.8.1, 7.4.1)."""

    __slots__ = ("_private_key", "_size_bytes", "key_exchange")

    def __init__(self, private_key: dh.DHPrivateKey) -> None:
        self._private_key = private_key
        self._size_bytes = private_key.key_size // 8
        self.key_exchange = (
            private_key.public_key().public_numbers().y.to_bytes(self._size_bytes, "big")
        )

    @classmethod
    def generate(cls, prime: int) -> _FiniteFieldShare:
        # The library makes the private value itself; it cannot be given one.
        with muted():  # servers that only have ffdhe are read as long as the library supports it
            return cls(dh.DHParameterNumbers(prime, 2).parameters().generate_private_key())

    def exchange(self, peer: bytes) -> bytes:
        if len(peer) != self._size_bytes:
            raise ValueError("not padded to the size of the prime")
        numbers = self._private_key.parameters().parameter_numbers()
        value = int.from_bytes(peer, "big")
        # RFC 9846 4.3.8.1: 1 < Y < p-1.
        if not 1 < value < numbers.p - 1:
            raise ValueError("out of range")
        with muted():
            public_key = dh.DHPublicNumbers(value, numbers).public_key()
            return self._private_key.exchange(public_key).rjust(self._size_bytes, b"\x00")


class _Hybrid(NamedTuple):
    """How an ML-KEM hybrid is put together (draft-ietf-tls-ecdhe-mlkem)."""

    elliptic: NamedGroup
    kem_bits: int
    ciphertext_bytes: int
    kem_first: bool


class _HybridShare:
    """Two shares at the same time; their secrets are concatenated in the same order."""

    __slots__ = ("_elliptic", "_hybrid", "_kem", "key_exchange")

    def __init__(
        self,
        hybrid: _Hybrid,
        elliptic: KeyShare,
        kem: mlkem.MLKEM768PrivateKey | mlkem.MLKEM1024PrivateKey,
    ) -> None:
        self._hybrid = hybrid
        self._elliptic = elliptic
        self._kem = kem
        encapsulation_key = kem.public_key().public_bytes_raw()
        self.key_exchange = self._in_order(encapsulation_key, elliptic.key_exchange)

    def exchange(self, peer: bytes) -> bytes:
        size = self._hybrid.ciphertext_bytes
        if len(peer) <= size:
            raise ValueError("shorter than its ML-KEM ciphertext")
        if self._hybrid.kem_first:
            ciphertext, point = peer[:size], peer[size:]
        else:
            point, ciphertext = peer[:-size], peer[-size:]
        return self._in_order(self._kem.decapsulate(ciphertext), self._elliptic.exchange(point))

    def _in_order(self, kem: bytes, elliptic: bytes) -> bytes:
        return kem + elliptic if self._hybrid.kem_first else elliptic + kem


def _hybrid_share(group: NamedGroup, random_bytes: Callable[[int], bytes]) -> KeyShare:
    hybrid = _HYBRIDS[group]
    seed = random_bytes(_KEM_SEED_BYTES)
    kem = (
        mlkem.MLKEM768PrivateKey.from_seed_bytes(seed)
        if hybrid.kem_bits == 768
        else mlkem.MLKEM1024PrivateKey.from_seed_bytes(seed)
    )
    return _HybridShare(hybrid, _generate(hybrid.elliptic, random_bytes), kem)


_CURVES: dict[int, ec.EllipticCurve] = {
    NamedGroup.secp256r1: ec.SECP256R1(),
    NamedGroup.secp384r1: ec.SECP384R1(),
    NamedGroup.secp521r1: ec.SECP521R1(),
    NamedGroup.brainpoolP256r1tls13: ec.BrainpoolP256R1(),
    NamedGroup.brainpoolP384r1tls13: ec.BrainpoolP384R1(),
    NamedGroup.brainpoolP512r1tls13: ec.BrainpoolP512R1(),
}

# RFC 7748 6.1: values whose shared secret is zero, whatever the private key. They are the points of
# order 1, 2, 4 and 8 of the curve and its twist, and the two that can be written a second way.
X25519_BYTES = 32
X25519_OF_SMALL_ORDER = frozenset(
    number.to_bytes(X25519_BYTES, "little")
    for number in (
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        2**255 - 19 - 1,
        2**255 - 19,
        2**255 - 19 + 1,
    )
)

# The library has no binary curves (sect...).
_ALL_CURVES: dict[int, ec.EllipticCurve] = {
    **_CURVES,
    NamedGroup.brainpoolP256r1: ec.BrainpoolP256R1(),
    NamedGroup.brainpoolP384r1: ec.BrainpoolP384R1(),
    NamedGroup.brainpoolP512r1: ec.BrainpoolP512R1(),
    NamedGroup.secp256k1: ec.SECP256K1(),
    NamedGroup.secp224r1: ec.SECP224R1(),
    NamedGroup.secp192r1: ec.SECP192R1(),
}

_HYBRIDS = {
    NamedGroup.SecP256r1MLKEM768: _Hybrid(NamedGroup.secp256r1, 768, 1088, kem_first=False),
    NamedGroup.X25519MLKEM768: _Hybrid(NamedGroup.x25519, 768, 1088, kem_first=True),
    NamedGroup.SecP384r1MLKEM1024: _Hybrid(NamedGroup.secp384r1, 1024, 1568, kem_first=False),
}

# FIPS 203: the seed is d || z.
_KEM_SEED_BYTES = 64


# Every group that we support with TLS 1.3 servers, best first, but for the post-quantum ones.
CLASSICAL_GROUPS: tuple[NamedGroup, ...] = (
    NamedGroup.x25519,
    NamedGroup.secp256r1,
    NamedGroup.x448,
    NamedGroup.secp384r1,
    NamedGroup.secp521r1,
    NamedGroup.brainpoolP256r1tls13,
    NamedGroup.brainpoolP384r1tls13,
    NamedGroup.brainpoolP512r1tls13,
    *(FINITE_FIELD_GROUPS if dh is not None else ()),
)
