"""`Question`: what every family is asked, and what they share in answering it.

The signatures on the path that OpenSSL has built are checked already; what else a family looks
at is checked here, once.
"""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING, NamedTuple

from halfshake.trust.clients.chain.facts import Facts, Unreadable, facts_of
from halfshake.trust.path import is_signed_by

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Answer(NamedTuple):
    """Does a family take the certificate; None where it cannot be told. `reason` says why not."""

    accepts: bool | None
    reason: str = ""


ACCEPTED = Answer(accepts=True)


def refused(reason: str) -> Answer:
    """Say no, and why."""
    return Answer(accepts=False, reason=reason)


class Undecided(Exception):
    """What a family would need to know cannot be told here; the text says what."""


class Anchors:
    """A trust store: its certificates by the bytes of their subjects, in the order of the store."""

    def __init__(
        self,
        ders: frozenset[bytes],
        by_subject: Mapping[bytes, tuple[Facts, ...]],
        *,
        unreadable: bool,
    ) -> None:
        self.ders = ders
        self.by_subject = by_subject
        self.unreadable = unreadable


@functools.lru_cache(maxsize=32)
def anchors_of(ders: tuple[bytes, ...]) -> Anchors:
    """Sort a trust store, once."""
    by_subject: dict[bytes, tuple[Facts, ...]] = {}
    unreadable = False
    for der in ders:
        facts = facts_of(der)
        if isinstance(facts, Unreadable):
            unreadable = True
        else:
            by_subject[facts.subject] = (*by_subject.get(facts.subject, ()), facts)
    return Anchors(frozenset(ders), by_subject, unreadable=unreadable)


class Question(NamedTuple):
    """A chain as presented, the end entity first; whom to trust; the name asked for; and when.

    `proven` are certificates and the issuers whose key is known to have signed them, in DER.
    `name` may be empty: then none is checked.
    """

    chain: tuple[Facts, ...]
    anchors: Anchors
    name: str
    now: datetime
    proven: frozenset[tuple[bytes, bytes]]

    @property
    def end_entity(self) -> Facts:
        """The server's own certificate."""
        return self.chain[0]

    @property
    def address(self) -> bytes | None:
        """The address asked for, packed; None where a name is."""
        return packed_address(self.name)

    def signed(self, certificate: Facts, issuer: Facts) -> bool:
        """Did the issuer's key sign it. Raises Undecided where that cannot be checked here."""
        pair = (certificate.der, issuer.der)
        if pair in self.proven:
            return True
        signed = _signed(*pair)
        if signed is None:
            raise Undecided(f"the signature of {certificate.called} cannot be checked here")
        return signed


@functools.lru_cache(maxsize=4096)
def packed_address(name: str) -> bytes | None:
    """Read an address; None where it is a name."""
    try:
        return ipaddress.ip_address(name).packed
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def _signed(certificate: bytes, issuer: bytes) -> bool | None:
    below, above = facts_of(certificate), facts_of(issuer)
    if isinstance(below, Unreadable) or isinstance(above, Unreadable):
        return None
    return is_signed_by(below.certificate, above.certificate)
