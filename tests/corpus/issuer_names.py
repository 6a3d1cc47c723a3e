"""Issuer names that are not byte for byte the CA's subject (RFC 5280 7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import Case, Fault
from corpus.certificates import cn, dn, leaf, root
from corpus.der import BMP_STRING, PRINTABLE_STRING, TELETEX_STRING, UTF8_STRING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpus.certificates import DistinguishedName


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    printable = cn("Corp Root", string=PRINTABLE_STRING)
    same: dict[str, DistinguishedName] = {
        "issuer as UTF8String, CA as PrintableString": cn("Corp Root", string=UTF8_STRING),
        "issuer as BMPString, CA as PrintableString": cn("Corp Root", string=BMP_STRING),
        "issuer as TeletexString, CA as PrintableString": cn("Corp Root", string=TELETEX_STRING),
        "issuer in other case": cn("corp ROOT", string=PRINTABLE_STRING),
        "issuer with two spaces": cn("Corp  Root", string=PRINTABLE_STRING),
        "issuer with spaces around": cn(" Corp Root ", string=PRINTABLE_STRING),
    }
    ca = root(printable)
    for name, issuer_name in same.items():
        yield Case(name, (leaf(ca, issuer_name=issuer_name),), (ca,))
    ca = root(dn(("C", "DE"), ("O", "Corp"), ("CN", "Corp Root")))
    for name, issuer_name in {
        "issuer with its parts in another order": dn(
            ("CN", "Corp Root"), ("O", "Corp"), ("C", "DE")
        ),
        "issuer with OU for O": dn(("C", "DE"), ("OU", "Corp"), ("CN", "Corp Root")),
        "issuer with a part missing": dn(("C", "DE"), ("CN", "Corp Root")),
        "issuer with a hyphen": dn(("C", "DE"), ("O", "Corp"), ("CN", "Corp-Root")),
        "issuer empty": dn(),
    }.items():
        lost = leaf(ca, issuer_name=issuer_name)
        yield Case(name, (lost,), (ca,), fault=Fault("missing-intermediate", 0, lost))
