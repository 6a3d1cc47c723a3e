"""A random order over N numbers without a list of them: a Feistel network that walks its cycles.

This is no cryptography: it spreads a scan over its networks, and the same seed gives the same order
again. A Feistel network is a permutation of the numbers with an even number of bits, whatever its
round function is (Luby, Rackoff 1988); a number that comes out too large is put in again, and the
walk ends because a permutation has only cycles (Black, Rogaway 2002). The domain is less than four
times as large as N, so that a walk has less than four steps on average.
"""

from __future__ import annotations

import random


class Permutation:
    """Each number below `size` stands for another one, in an order that `seed` chooses."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self._half_bits = max(1, ((size - 1).bit_length() + 1) // 2)
        self._mask = (1 << self._half_bits) - 1
        keys = random.Random(seed)  # noqa: S311 - an order, not a secret
        self._keys = tuple(keys.getrandbits(64) | 1 for _ in range(ROUNDS))

    def __getitem__(self, index: int) -> int:
        """The number at this place of the order."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        number = self._mixed(index)
        while number >= self.size:
            number = self._mixed(number)
        return number

    def _mixed(self, number: int) -> int:
        bits, mask = self._half_bits, self._mask
        left, right = number >> bits, number & mask
        for key in self._keys:
            # The high bits of a product depend on every bit of its factors.
            product = ((right + 1) * key) & _64_BITS
            product = ((product ^ (product >> 29)) * _ODD) & _64_BITS
            left, right = right, left ^ ((product >> 32) & mask)
        return (left << bits) | right


ROUNDS = 4
_64_BITS = (1 << 64) - 1

# Any odd number with ones and zeros well mixed: 2**64 divided by the golden ratio.
_ODD = 0x9E3779B97F4A7C15
