"""What it costs to judge a chain, told beforehand by cheap facts; and how much is too much.

A server can send chains on which path builders work for seconds: a hundred CAs of one name, where
each could have issued each, or thousands of names beneath thousands of name constraints. Real
chains have a handful of both.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509

from halfshake.trust.path import MAX_CANDIDATES, extension, issuer_candidates, parsed

if TYPE_CHECKING:
    from halfshake.trust.store import TrustStore


class Cost(NamedTuple):
    """`candidates` as the path walk counts them; `name_checks` are names times constraints."""

    certificates: int
    size_bytes: int
    candidates: int
    name_checks: int

    @property
    def is_high(self) -> bool:
        """Should it be judged aside, so that no other target waits for it."""
        return (
            self.certificates > MANY_CERTIFICATES
            or self.size_bytes > MANY_BYTES
            or self.candidates > MANY_CANDIDATES
            or self.name_checks > MANY_NAME_CHECKS
        )

    @property
    def is_maze(self) -> bool:
        """Would a walk have too many signatures to check."""
        return self.candidates > MAX_CANDIDATES

    @property
    def excess(self) -> str | None:
        """Why it is too much for everyone but OpenSSL, which has limits of its own."""
        if self.is_maze:
            return (
                f"by their names the certificates have {self.candidates} possible issuers "
                f"(more than {MAX_CANDIDATES})"
            )
        if self.name_checks > MAX_NAME_CHECKS:
            return (
                f"there are {self.name_checks} names to hold against name constraints "
                f"(more than {MAX_NAME_CHECKS})"
            )
        return None


def cost_of(presented: tuple[bytes, ...], store: TrustStore) -> Cost:
    """Count what a chain would cost to judge."""
    return _cost(presented, store.anchors)


@functools.lru_cache(maxsize=1024)
def _cost(presented: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> Cost:
    return Cost(
        certificates=len(presented),
        size_bytes=sum(map(len, presented)),
        candidates=issuer_candidates(presented, anchors),
        name_checks=_name_checks(presented),
    )


def _name_checks(presented: tuple[bytes, ...]) -> int:
    # The DER of most certificates shows that they have no constraints: nothing is parsed for them.
    constraints = sum(map(_constraints, (der for der in presented if NAME_CONSTRAINTS in der)))
    return constraints and constraints * sum(map(_names, presented))


def _constraints(der: bytes) -> int:
    certificate = parsed(der)
    value = certificate and extension(certificate, x509.NameConstraints)
    if not value:
        return 0
    return len(value.permitted_subtrees or ()) + len(value.excluded_subtrees or ())


def _names(der: bytes) -> int:
    certificate = parsed(der)
    value = certificate and extension(certificate, x509.SubjectAlternativeName)
    # And the subject.
    return 1 + (len(value) if value else 0)


# The object identifier 2.5.29.30.
NAME_CONSTRAINTS = bytes.fromhex("0603551d1e")

# What stays below costs a few milliseconds. RSA chains have some 2 KB a certificate.
MANY_CERTIFICATES = 10
MANY_BYTES = 20_000
MANY_CANDIDATES = 8
MANY_NAME_CHECKS = 1_000

# Some 30 ms of comparing, in one call that nothing can interrupt.
MAX_NAME_CHECKS = 65_536
