"""Several paths from one leaf: cross-signed, re-issued, expired on one side and not on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import Case, Fault
from corpus.certificates import intermediate, leaf, root
from corpus.keyring import key
from corpus.ordinary import ISSUING, LEAF, OTHER_ROOT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    yield from _cross_signed_roots()
    yield from _cross_signed_intermediates()
    yield from _two_of_one_name()


def _cross_signed_roots() -> Iterator[Case]:
    # The new root, also signed by the old one, for clients that know only that.
    cross = intermediate(OTHER_ROOT, ROOT.subject)
    yield Case("cross-signed root, known by the old root", (LEAF, ISSUING, cross), (OTHER_ROOT,))
    yield Case("cross-signed root, known by itself", (LEAF, ISSUING, cross), (ROOT,))
    yield Case("cross-signed root, both known", (LEAF, ISSUING, cross), (OTHER_ROOT, ROOT))
    dead = intermediate(OTHER_ROOT, ROOT.subject, days=(-900, -3))
    yield Case("expired cross-sign with a live alternative", (LEAF, ISSUING, dead), (ROOT,))
    yield Case(
        "expired cross-sign with no alternative",
        (LEAF, ISSUING, dead),
        (OTHER_ROOT,),
        fault=Fault("path-expired", 2, dead),
    )
    # September 2021: the old root has expired, and is still in the store.
    dst = root("Expired Root", days=(-8000, -3))
    under_dst = intermediate(dst, ROOT.subject)
    yield Case("cross-sign by an expired root, new root known", (LEAF, ISSUING, under_dst), (ROOT,))
    yield Case("cross-sign by an expired root, both known", (LEAF, ISSUING, under_dst), (dst, ROOT))
    yield Case(
        "cross-sign by an expired root, which alone is known",
        (LEAF, ISSUING, under_dst),
        (dst,),
        fault=Fault("path-expired", 3, dst),
    )


def _cross_signed_intermediates() -> Iterator[Case]:
    expired = intermediate(ROOT, days=(-900, -3))
    yield Case(
        "expired intermediate", (LEAF, expired), (ROOT,), fault=Fault("path-expired", 1, expired)
    )
    early = intermediate(ROOT, days=(3, 900))
    yield Case(
        "intermediate not yet valid",
        (LEAF, early),
        (ROOT,),
        fault=Fault("path-not-yet-valid", 1, early),
    )
    yield Case("expired intermediate and its renewal", (LEAF, expired, ISSUING), (ROOT,))
    yield Case("renewed intermediate and the expired one", (LEAF, ISSUING, expired), (ROOT,))
    yield Case("expired intermediate sent, its renewal in the store", (LEAF, expired), (ISSUING,))
    yield Case(
        "expired intermediate sent, its renewal in the store with the root",
        (LEAF, expired),
        (ROOT, ISSUING),
    )
    elsewhere = intermediate(OTHER_ROOT)
    yield Case(
        "expired intermediate and a cross-signed one", (LEAF, expired, elsewhere), (OTHER_ROOT,)
    )
    yield Case(
        "expired intermediate of the known root and a live one of an unknown",
        (LEAF, expired, elsewhere),
        (ROOT,),
        fault=Fault("path-expired", 1, expired),
    )
    yield Case("intermediate of two roots, the first known", (LEAF, ISSUING, elsewhere), (ROOT,))
    yield Case(
        "intermediate of two roots, the second known",
        (LEAF, ISSUING, elsewhere),
        (OTHER_ROOT,),
        fault=Fault("unknown-ca", 1, ISSUING),
    )
    yield Case(
        "intermediate of an unknown root sent, of a known one in the store",
        (LEAF, elsewhere),
        (ROOT, ISSUING),
    )
    dead_root = root("Expired Root", days=(-8000, -3))
    both = intermediate(dead_root)
    yield Case(
        "intermediate of two roots in the store, one expired",
        (LEAF, both, ISSUING),
        (dead_root, ROOT),
        fault=Fault("path-expired", 2, dead_root),
    )


def _two_of_one_name() -> Iterator[Case]:
    rekeyed = intermediate(ROOT, key=key("Intermediate, new key"))
    yield Case(
        "two intermediates of one name, the wrong one first", (LEAF, rekeyed, ISSUING), (ROOT,)
    )
    without = {"subjectKeyIdentifier": None}
    right = intermediate(ROOT, extensions=without)
    wrong = intermediate(ROOT, key=rekeyed.key, extensions=without)
    unidentified = leaf(right, extensions={"authorityKeyIdentifier": None})
    yield Case(
        "two intermediates of one name without identifiers, the right one first",
        (unidentified, right, wrong),
        (ROOT,),
    )
    yield Case(
        "two intermediates of one name without identifiers, the wrong one first",
        (unidentified, wrong, right),
        (ROOT,),
        fault=Fault("bad-signature", 0, unidentified),
    )
