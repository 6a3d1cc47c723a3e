"""Chains on which to build a path, or to check names, takes far more work than on real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from pki import Authority

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "api.halfshake.test"


def same_named(count: int) -> Sequence[x509.Certificate]:
    """A leaf, and CAs of one name: each could be the issuer of each, and none is."""
    maze = [Authority.root("Maze") for _ in range(count)]
    return (
        Authority.root("Maze").issue(NAME).chain[0],
        *(one.renewed_by(Authority.root("Maze"), days=(-1, 90)).certificate for one in maze),
    )


def cross_signed(layers: int, width: int) -> Sequence[x509.Certificate]:
    """A leaf, and layers of CAs: each is a good issuer of everyone below it."""
    keys = [Authority.root(f"Layer {layer}") for layer in range(layers + 1)]
    return (
        keys[0].issue(NAME).chain[0],
        *(
            keys[layer].renewed_by(keys[layer + 1], days=(-1, 90 + number)).certificate
            for layer in range(layers)
            for number in range(width)
        ),
    )


def constrained(root: Authority, names: int, constraints: int) -> Sequence[x509.Certificate]:
    """A leaf of many names, below a CA of many constraints that permit them."""
    trees = [x509.DNSName(f"{number:x}.c") for number in range(constraints - 1)]
    permitted = x509.NameConstraints([*trees, x509.DNSName("halfshake.test")], None)
    ca = root.intermediate(extensions=[permitted])
    return ca.issue(NAME, *(f"{number:x}.halfshake.test" for number in range(names))).chain
