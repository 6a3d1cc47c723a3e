"""The primes of RFC 7919, computed by the formula that the RFC defines them with (A.1 to A.5).

    p = 2^b - 2^(b-64) + (floor(2^(b-130) * e) + X) * 2^64 - 1

`e` is Euler's number: the primes hide nothing, and cannot be mistyped.
"""

from __future__ import annotations

import functools

from halfshake.tls.registries.codepoints import NamedGroup


@functools.cache
def finite_field_prime(group: NamedGroup) -> int:
    """The prime of one of FINITE_FIELD_GROUPS (RFC 7919 A)."""
    bits, offset = FINITE_FIELD_GROUPS[group]
    e = _euler_number_scaled(bits - 130)
    return (1 << bits) - (1 << bits - 64) + ((e + offset) << 64) - 1


def _euler_number_scaled(bits: int) -> int:
    """floor(2^bits * e), with the series of 1/n! and enough guard bits for its rounding."""
    guard = 64
    term = total = 1 << (bits + guard)
    divisor = 1
    while term:
        term //= divisor
        total += term
        divisor += 1
    return total >> guard


# Group: size in bits, and the smallest X that makes p a safe prime.
FINITE_FIELD_GROUPS = {
    NamedGroup.ffdhe2048: (2048, 560316),
    NamedGroup.ffdhe3072: (3072, 2625351),
    NamedGroup.ffdhe4096: (4096, 5736041),
    NamedGroup.ffdhe6144: (6144, 15705020),
    NamedGroup.ffdhe8192: (8192, 10965728),
}
