"""Name constraints as Java applies them, to common names too, and not those of an anchor.

After NameConstraintsExtension of sun.security.x509.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509

from halfshake.trust.clients.java_names import canonical, is_host_name, is_self_issued

if TYPE_CHECKING:
    from halfshake.trust.clients.chain.facts import Facts


def outside_constraints(path: tuple[Facts, ...]) -> str | None:
    """Say which certificate of a path without its anchor bears a name that it may not."""
    for above, ca in enumerate(path):
        constraints = ca.constraints
        if constraints is None:
            continue
        for depth, facts in enumerate(path[:above]):
            # Self-issued CAs are passed over (RFC 5280 6.1.3).
            if depth and is_self_issued(facts):
                continue
            for name in _names(facts):
                if _outside(name, constraints):
                    return f"{facts.called} is outside the name constraints of {ca.called}"
    return None


def _names(facts: Facts) -> list[x509.GeneralName]:
    names = list(facts.names or ())
    subject = facts.certificate.subject
    if list(subject):
        names.append(x509.DirectoryName(subject))
    if facts.names is None:
        emails = subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS)
        names.extend(x509.RFC822Name(str(email.value)) for email in emails)
    # The common name counts, of a CA as well, where it could be a host's.
    common_name = facts.common_names[-1] if facts.common_names else None
    if (
        common_name is not None
        and not facts.dns_names
        and is_host_name(common_name.replace("*", "z"))
        and not common_name.replace(".", "").isdigit()
    ):
        names.append(x509.DNSName(common_name))
    return names


def _outside(name: x509.GeneralName, constraints: x509.NameConstraints) -> bool:
    kind = type(name)
    permitted = [tree for tree in constraints.permitted_subtrees or () if type(tree) is kind]
    excluded = [tree for tree in constraints.excluded_subtrees or () if type(tree) is kind]
    if any(isinstance(tree, x509.DNSName) and not tree.value for tree in permitted + excluded):
        return True  # it stumbles over an empty constraint: "String index out of range"
    if any(_within(name, tree) for tree in excluded):
        return True
    return bool(permitted) and not any(_within(name, tree) for tree in permitted)


def _within(name: x509.GeneralName, tree: x509.GeneralName) -> bool:
    match name:
        case x509.DNSName():
            return _in_domain(name.value, tree.value)
        case x509.IPAddress():
            network = tree.value
            return (
                isinstance(network, (ipaddress.IPv4Network, ipaddress.IPv6Network))
                and name.value in network
            )
        case x509.DirectoryName():
            return _in_directory(name.value, tree.value)
        case x509.RFC822Name():
            return _in_mail_domain(name.value.lower(), tree.value.lower())
        case x509.UniformResourceIdentifier():
            host = urlsplit(name.value).hostname or ""
            domain = tree.value.lower()
            return host == domain or (domain.startswith(".") and host.endswith(domain))
        case _:
            # Kinds that Java cannot compare: it gives up on the certificate.
            return False


def _in_domain(name: str, domain: str) -> bool:
    name, domain = name.lower(), domain.lower()
    if name == domain:
        return True
    return name.endswith(domain if domain.startswith(".") else f".{domain}")


def _in_mail_domain(mailbox: str, domain: str) -> bool:
    if mailbox == domain or (domain.startswith(".") and mailbox.endswith(domain)):
        return True
    return "@" not in domain and mailbox.endswith(f"@{domain}")


def _in_directory(name: x509.Name, tree: x509.Name) -> bool:
    wanted = canonical(tree)
    return canonical(name)[: len(wanted)] == wanted
