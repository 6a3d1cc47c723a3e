"""Certificates like another one: twins that differ in their values, and mutations of any byte.

All are signed anew by the issuer's key, so that no judge stops at the signature.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from corpus import NAME
from corpus.der import bit_string, sequence
from corpus.keyring import algorithm_identifier, signature

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corpus.certificates import Certified
    from corpus.keyring import Key

# As long as NAME, so that no length in the certificate changes.
OTHER_NAMES = ("api.corp.exampls", "www.corp.example", "api.c-rp.example", "*pi.corp.example")


class Alike(random.Random):
    """Draws certificates like a given one."""

    def twin(self, der: bytes, signer: Key) -> bytes:
        """Another serial number, and perhaps another name of the same length."""
        tbs, algorithm = _parts(der)
        at = tbs.find(b"\x02", _content(tbs) + (5 if b"\xa0\x03\x02\x01" in tbs[:10] else 0)) + 2
        tbs = tbs[: at + 1] + bytes((self.randrange(1, 255),)) + tbs[at + 2 :]
        if self.random() < 0.2:
            tbs = tbs.replace(NAME.encode(), self.choice((NAME, *OTHER_NAMES)).encode())
        return _signed(tbs, algorithm, signer)

    def mutated(self, der: bytes, signer: Key) -> bytes:
        """One or two bytes are others, or the bits of one."""
        tbs, algorithm = _parts(der)
        for _ in range(self.choice((1, 1, 2))):
            at = self.randrange(4, len(tbs))
            byte = self.choice((tbs[at] ^ (1 << self.randrange(8)), self.randrange(256)))
            tbs = tbs[:at] + bytes((byte,)) + tbs[at + 1 :]
        return _signed(tbs, algorithm, signer)

    def forged(self, der: bytes) -> bytes:
        """One bit of the signature is another."""
        at = len(der) - self.randrange(1, 60)
        return der[:at] + bytes((der[at] ^ (1 << self.randrange(8)),)) + der[at + 1 :]


def signer_of(leaf: Certified, others: Iterable[Certified]) -> Key | None:
    """The key of the certificate whose subject is the leaf's issuer; None if there is none."""
    found = (other.key for other in others if other.subject.der == leaf.issuer.der)
    return next(found, None)


def _parts(der: bytes) -> tuple[bytes, bytes]:
    """The part that is signed, and the algorithm, of a certificate written by `certificates.py`."""
    start = _content(der)
    tbs_end = _end(der, start)
    return der[start:tbs_end], der[tbs_end : _end(der, tbs_end)]


def _content(der: bytes, at: int = 0) -> int:
    return at + 2 + (der[at + 1] - 0x80 if der[at + 1] >= 0x80 else 0)


def _end(der: bytes, at: int) -> int:
    start = _content(der, at)
    if start == at + 2:
        return start + der[at + 1]
    return start + int.from_bytes(der[at + 2 : start], "big")


def _signed(tbs: bytes, algorithm: bytes, signer: Key) -> bytes:
    # A signature of another algorithm than the certificate says is a case of its own.
    digest, pss = next(
        (
            (digest, pss)
            for pss in (False, True)
            for digest in ("sha256", "sha384", "sha512", "sha1")
            if algorithm_identifier(signer, digest, pss=pss) == algorithm
        ),
        ("sha256", False),
    )
    _, signed = signature(signer, tbs, digest, pss=pss)
    return sequence(tbs, algorithm, bit_string(signed))
