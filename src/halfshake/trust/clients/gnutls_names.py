"""Names as GnuTLS compares them, and the name constraints of every CA above the end entity.

After hostname-verify.c, name_constraints.c and str.c.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509

from halfshake.trust.clients.chain.question import Undecided

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halfshake.trust.clients.chain.facts import Facts
    from halfshake.trust.clients.chain.question import Question


def is_named(leaf: Facts, question: Question) -> bool:
    """Is the certificate for the name or the address that is asked for."""
    if not question.name:
        return True
    if question.address is not None:
        return question.address in leaf.ip_addresses
    name = question.name.lower()
    return any(_matches(pattern.lower(), name) for pattern in _host_names(leaf))


def _host_names(leaf: Facts) -> tuple[str, ...]:
    """The dNSNames; a single common name where no name precludes it (RFC 6125 6.4.4)."""
    if not any(isinstance(name, _PRECLUDING) for name in leaf.names or ()):
        is_for_servers = leaf.purposes is None or leaf.purposes & _SERVER_PURPOSES
        if is_for_servers and len(leaf.common_names) == 1:
            return leaf.common_names
    return leaf.dns_names


def _matches(pattern: str, name: str) -> bool:
    if not pattern.isprintable() or not pattern.isascii():
        return False
    if not pattern.startswith("*"):
        return pattern == name
    # The star may be a part of the first label; two labels have to follow.
    rest = pattern[1:]
    if pattern.count(".") < 2 or pattern.endswith("."):
        return False
    label = name.partition(".")[0]
    return name.endswith(rest) and len(name) - len(rest) <= len(label)


def outside_constraints(leaf: Facts, above: Iterable[Facts]) -> str | None:
    """Say which CA may not issue for a name of the end entity; CAs' own names are not looked at."""
    addresses: list[x509.GeneralName] = []
    for ca in above:
        constraints = ca.constraints
        if constraints is None:
            continue
        for name in _constrained_names(leaf):
            if _is_not_understood(name, constraints):
                raise Undecided(f"what GnuTLS makes of constraints on {name.value!r} is not known")
            if _outside(name, constraints):
                return f"{ca.called} may not issue for {name.value}"
        trees = [tree for tree in constraints.permitted_subtrees or () if _is_network(tree)]
        if addresses and trees and leaf.ip_addresses and not _overlap(addresses, trees):
            # Nothing is left of what two CAs permit: then no address is permitted at all.
            return f"{ca.called} may not issue for addresses"
        addresses = addresses or trees
    return None


def _is_not_understood(name: x509.GeneralName, constraints: x509.NameConstraints) -> bool:
    """Names on which a live GnuTLS was seen to differ from its source."""
    trees = (constraints.permitted_subtrees or []) + (constraints.excluded_subtrees or [])
    if isinstance(name, x509.DirectoryName):
        return any(isinstance(tree, x509.DirectoryName) for tree in trees)
    is_absolute = isinstance(name, x509.DNSName) and name.value.endswith(".")
    return is_absolute and any(isinstance(tree, x509.DNSName) for tree in trees)


def _is_network(tree: x509.GeneralName) -> bool:
    return isinstance(tree, x509.IPAddress)


def _overlap(some: list[x509.GeneralName], others: list[x509.GeneralName]) -> bool:
    return any(
        one.value.version == other.value.version and one.value.overlaps(other.value)
        for one in some
        for other in others
    )


def _constrained_names(leaf: Facts) -> tuple[x509.GeneralName, ...]:
    names = leaf.names or ()
    if not leaf.dns_names:
        names += tuple(x509.DNSName(name) for name in _host_names(leaf) if name.isascii())
    if not any(isinstance(name, x509.RFC822Name) for name in names):
        emails = leaf.certificate.subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS)
        names += tuple(x509.RFC822Name(str(email.value)) for email in emails)
    return names


def _outside(name: x509.GeneralName, constraints: x509.NameConstraints) -> bool:
    kind = type(name)
    permitted = [tree for tree in constraints.permitted_subtrees or () if type(tree) is kind]
    excluded = [tree for tree in constraints.excluded_subtrees or () if type(tree) is kind]
    match name:
        case x509.DNSName() | x509.RFC822Name():
            if any(not tree.value or _in_domain(name.value, tree.value) for tree in excluded):
                return True
            permitted = [tree for tree in permitted if tree.value]
            return bool(permitted) and not any(
                _in_domain(name.value, tree.value) for tree in permitted
            )
        case x509.IPAddress():
            comparable = [tree for tree in permitted if _same_family(name, tree)]
            if any(_in_network(name, tree) for tree in excluded):
                return True
            return bool(comparable) and not any(_in_network(name, tree) for tree in comparable)
        case x509.UniformResourceIdentifier():
            # Not compared: excluded at all, or with a directory name, is outside.
            trees = constraints.excluded_subtrees or ()
            return any(isinstance(tree, (kind, x509.DirectoryName)) for tree in trees)
        case _:
            return False


def _in_domain(name: str, domain: str) -> bool:
    name, domain = name.lower(), domain.lower()
    if name == domain:
        return True
    return name.endswith((f".{domain}", f"@{domain}") if domain[0] != "." else domain)


def _same_family(name: x509.IPAddress, tree: x509.GeneralName) -> bool:
    network = tree.value
    return (
        isinstance(network, (ipaddress.IPv4Network, ipaddress.IPv6Network))
        and network.version == name.value.version
    )


def _in_network(name: x509.IPAddress, tree: x509.GeneralName) -> bool:
    return _same_family(name, tree) and name.value in tree.value


_PRECLUDING = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier)
_SERVER_PURPOSES = frozenset({"1.3.6.1.5.5.7.3.1", "2.5.29.37.0"})
