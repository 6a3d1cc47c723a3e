"""Which name of a certificate a CA above it may not issue for (RFC 5280 4.2.1.10).

A chain may hold thousands of names and thousands of constraints. Each name is looked up by its own
ends, so that the work grows with the names alone, not with both multiplied.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from cryptography import x509

from halfshake.certificate import read_certificate
from halfshake.trust.path import Step, describe, extension

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from halfshake.trust.openssl.faults import Located

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def name_constraint(steps: tuple[Step, ...], reference_identifier: str) -> Located:
    """A certificate whose names a CA above it may not issue for."""
    constrained = [
        (step, constraints)
        for step in steps[1:]
        if (constraints := extension(step.certificate, x509.NameConstraints)) is not None
    ]
    if not constrained:
        return None
    names = [(name, _address(name)) for name in _end_entity_names(steps[0])]
    for step, constraints in constrained:
        permitted = _Subtrees(constraints.permitted_subtrees or ())
        excluded = _Subtrees(constraints.excluded_subtrees or ())
        for name, address in names:
            if excluded.contain(name, address) or not permitted.allow(name, address):
                return steps[0], (
                    f"{_at(steps[0])} is for {name}, but {_at(step)} may not issue for that name "
                    f"({_printed(constraints)})"
                )
    step, constraints = constrained[0]
    return steps[0], (
        f"{_at(step)} may not issue for a name of {_at(steps[0])}, asked for as "
        f"{reference_identifier} ({_printed(constraints)})"
    )


class _Subtrees:
    """The domains and networks of a constraint, to look names up in."""

    def __init__(self, trees: Iterable[x509.GeneralName]) -> None:
        self._domains: set[str] = set()
        # Networks of one size, by their first address.
        self._networks: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for tree in trees:
            if isinstance(tree, x509.DNSName):
                self._domains.add(tree.value.lower())
            elif isinstance(tree, x509.IPAddress) and isinstance(
                tree.value, ipaddress.IPv4Network | ipaddress.IPv6Network
            ):
                size = tree.value.version, tree.value.max_prefixlen - tree.value.prefixlen
                self._networks[size].add(int(tree.value.network_address))

    def allow(self, name: str, address: Address | None) -> bool:
        """Is the name within these subtrees, or is none of them about its kind."""
        of_its_kind = self._domains if address is None else self._networks
        return not of_its_kind or self.contain(name, address)

    def contain(self, name: str, address: Address | None) -> bool:
        """Is the name within one of these subtrees."""
        if address is None:
            return any(end in self._domains for end in _ends(name.lower()))
        return any(
            int(address) >> bits << bits in networks
            for (version, bits), networks in self._networks.items()
            if version == address.version
        )


def _ends(name: str) -> Iterator[str]:
    """What a constraint may say to contain a name: the empty one contains every name.

    OpenSSL takes a leading dot for "at least one label more".
    """
    yield ""
    yield name
    at = name.find(".", max(0, len(name) - MAX_COMPARED))
    while at >= 0:
        yield name[at:]
        yield name[at + 1 :]
        at = name.find(".", at + 1)


def _end_entity_names(end_entity: Step) -> tuple[str, ...]:
    facts = read_certificate(end_entity.der)
    return facts.dns_names + facts.ip_addresses or facts.common_names


def _address(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _at(step: Step) -> str:
    return f"{describe(step.certificate)} (depth {step.depth})"


def _printed(constraints: x509.NameConstraints) -> str:
    parts = []
    for word, trees in (
        ("permitted", constraints.permitted_subtrees),
        ("excluded", constraints.excluded_subtrees),
    ):
        if trees:
            more = f" and {len(trees) - MAX_NAMED} more" if len(trees) > MAX_NAMED else ""
            parts.append(f"{word} {', '.join(_names(trees[:MAX_NAMED]))}{more}")
    return "name constraints: " + "; ".join(parts)


def _names(trees: Iterable[x509.GeneralName]) -> list[str]:
    return [
        tree.value.rfc4514_string() if isinstance(tree, x509.DirectoryName) else str(tree.value)
        for tree in trees
    ]


# Enough for a sentence.
MAX_NAMED = 10

# A domain has 253 characters at most (RFC 1035 2.3.4); a certificate may hold one of 100,000 dots.
MAX_COMPARED = 1000
