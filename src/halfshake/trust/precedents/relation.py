"""How a certificate's names relate to the one asked for, where all clients agree on that."""

from __future__ import annotations

import ipaddress
from enum import Enum
from typing import TYPE_CHECKING

from halfshake.certificate_pattern import is_plain_name

if TYPE_CHECKING:
    from halfshake.certificate_pattern import Cut


class Relation(Enum):
    """What is asked for is a name or an address, and the certificate is for it or not."""

    own_name = "own name"
    by_wildcard = "by a wildcard"
    other_name = "other name"
    own_address = "own address"
    other_address = "other address"

    @property
    def matches(self) -> bool:
        """Is the certificate for it."""
        return self not in _OTHERS


_OTHERS = (Relation.other_name, Relation.other_address)
_OWN_NAME = Relation.own_name


def relation(values: Cut, reference_identifier: str) -> Relation | None:
    """Relate them; None for an identifier that clients may read in different ways.

    All DNS names that are cut are plain (`certificate_pattern.py`), so clients compare them alike:
    without regard to case, a wildcard for exactly one label. Addresses are compared by their bytes;
    those of IPv6 are left out, since one may stand for an address of IPv4 and is written in several
    ways.
    """
    if (
        reference_identifier in values.dns_names
        and reference_identifier.islower()
        and reference_identifier[0] != "*"
    ):
        # What is cut is plain, but for capital letters and a wildcard.
        return _OWN_NAME
    if is_plain_name(reference_identifier):
        names = {name.lower() for name in values.dns_names}
        if reference_identifier in names:
            return Relation.own_name
        label, _, parent = reference_identifier.partition(".")
        if f"*.{parent}" not in names:
            return Relation.other_name
        # Clients differ on wildcards for internationalised labels.
        return None if label.startswith("xn--") else Relation.by_wildcard
    try:
        address = ipaddress.IPv4Address(reference_identifier).packed
    except ValueError:
        return None
    if any(len(other) != len(address) for other in values.ip_addresses):
        return None
    return Relation.own_address if address in values.ip_addresses else Relation.other_address
