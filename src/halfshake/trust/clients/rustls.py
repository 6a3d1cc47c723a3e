"""rustls with its webpki verifier, as of rustls 0.23 and rustls-webpki 0.103.

After verify_cert.rs, cert.rs and subject_name/ of webpki, and the signatures that rustls'
default provider (aws-lc-rs) knows.
"""

from __future__ import annotations

import functools
import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from halfshake.trust.clients.chain.labels import WITH_UNDERSCORE, are_labels
from halfshake.trust.clients.chain.paths import Path, Search
from halfshake.trust.clients.chain.question import ACCEPTED, Answer, refused

if TYPE_CHECKING:
    from halfshake.trust.clients.chain.facts import Facts
    from halfshake.trust.clients.chain.question import Question


def rustls_answer(question: Question) -> Answer:
    """Would a rustls client take the certificate."""
    leaf = question.end_entity
    if fault := _not_read(leaf) or _not_valid(leaf, question):
        return refused(fault)
    if leaf.ca:
        return refused("the certificate is a CA's, and webpki takes none for a server's")
    search = Search(question, functools.partial(_not_above, question), MAX_STEPS)
    hint = None
    for path in search.paths():
        hint = hint or _outside_constraints(path)
        if _outside_constraints(path) is None:
            break
    else:
        return refused(hint or search.hint or "its issuer is unknown")
    if fault := _not_named(leaf, question) or _key_not_taken(leaf):
        return refused(fault)
    return ACCEPTED


def _not_read(facts: Facts) -> str | None:
    if facts.version != 3:
        return f"{facts.called} is of version {facts.version}; webpki takes 3"
    unknown = facts.critical - _KNOWN
    if unknown:
        return f"{facts.called} has a critical extension that webpki does not know"
    return None


def _not_valid(facts: Facts, question: Question) -> str | None:
    """`check_issuer_independent_properties`, but for the basic constraints."""
    not_before, not_after = facts.dates
    if not_before is None or not_after is None:
        return f"the dates of {facts.called} cannot be read"
    if not_before < _EPOCH:
        return f"{facts.called} begins before 1970, which webpki does not read"
    if not_before > not_after:
        return f"{facts.called} ends before it begins"
    if question.now < not_before:
        return f"{facts.called} is not yet valid"
    # RFC 5280 4.1.2.5: time is counted in seconds, and the one of notAfter is in.
    if question.now - not_after >= timedelta(seconds=1):
        return f"{facts.called} has expired"
    if facts.purposes is not None and SERVER_AUTH not in facts.purposes:
        return f"{facts.called} is not for servers"
    return None


def _not_above(question: Question, path: Path, issuer: Facts, is_anchor: bool) -> str | None:
    below = path[-1]
    if fault := _signature_not_taken(below, issuer):
        return fault
    if is_anchor:
        # An anchor is a name, a key and name constraints: nothing else of it counts.
        return None
    if fault := _not_read(issuer):
        return fault
    if any(issuer.spki == one.spki and issuer.subject == one.subject for one in path):
        return f"{issuer.called} stands in the path already"
    if len(path) > MAX_INTERMEDIATES:
        return f"there are more than {MAX_INTERMEDIATES} intermediates"
    if not issuer.ca:
        return f"{issuer.called} is no CA"
    if issuer.path_length is not None and len(path) - 1 > issuer.path_length:
        return f"there are too many intermediates below {issuer.called}"
    return _not_valid(issuer, question)


def _signature_not_taken(below: Facts, issuer: Facts) -> str | None:
    key = issuer.key
    match key.kind:
        case "RSA" if not key.pss_only and MIN_RSA_BITS <= key.bits <= MAX_RSA_BITS:
            taken = below.digest in _DIGESTS
        case "EC" if key.curve in _CURVES:
            taken = below.digest in _DIGESTS
        case "Ed25519":
            taken = True
        case _:
            return (
                f"rustls takes no signature by the kind or size of key that signed {below.called}"
            )
    return (
        None
        if taken
        else f"{below.called} is signed with {below.digest}, which rustls does not take"
    )


def _key_not_taken(leaf: Facts) -> str | None:
    key = leaf.key
    match key.kind:
        case "RSA" if not key.pss_only and MIN_RSA_BITS <= key.bits <= MAX_RSA_BITS:
            return None
        case "EC" if key.curve in _CURVES:
            return None
        case "Ed25519":
            return None
        case _:
            what = key.curve or ("RSASSA-PSS" if key.pss_only else f"{key.kind} {key.bits} bits")
            return f"rustls takes no server's key of that kind or size ({what})"


def _outside_constraints(path: Path) -> str | None:
    for above, ca in enumerate(path):
        if ca.constraints is None:
            continue
        for facts in path[:above]:
            names = (*(facts.names or ()), x509.DirectoryName(facts.certificate.subject))
            for name in names:
                if _outside(name, ca.constraints):
                    return f"{ca.called} may not issue for {name.value}"
    return None


def _outside(name: x509.GeneralName, constraints: x509.NameConstraints) -> bool:
    kind = type(name)
    permitted = [tree for tree in constraints.permitted_subtrees or () if type(tree) is kind]
    excluded = [tree for tree in constraints.excluded_subtrees or () if type(tree) is kind]
    if not permitted and not excluded:
        return False
    match name:
        case x509.DNSName():
            if not _is_dns_name(name.value, wildcard=True):
                return True
            # A wildcard could stand for more than a permitted tree has, and for what is excluded.
            if permitted and not any(_in_domain(name.value, tree.value) for tree in permitted):
                return True
            return any(
                _in_domain(name.value, tree.value) or _reaches(name.value, tree.value)
                for tree in excluded
            )
        case x509.IPAddress():
            if permitted and not any(_in_network(name, tree) for tree in permitted):
                return True
            return any(_in_network(name, tree) for tree in excluded)
        case _:
            # Directory names and URIs are not compared: constrained at all is outside.
            return True


def _in_domain(name: str, domain: str) -> bool:
    name, domain = name.lower(), domain.lower()
    if not domain or name == domain:
        return True
    return name.endswith(domain if domain.startswith(".") else f".{domain}")


def _reaches(name: str, domain: str) -> bool:
    if not name.startswith("*."):
        return False
    _, dot, parent = domain.lower().partition(".")
    return bool(dot) and parent == name[2:].lower()


def _in_network(name: x509.IPAddress, tree: x509.GeneralName) -> bool:
    network = tree.value
    return isinstance(network, (ipaddress.IPv4Network, ipaddress.IPv6Network)) and (
        name.value in network
    )


def _not_named(leaf: Facts, question: Question) -> str | None:
    if not question.name:
        return None
    address = question.address
    if address is not None:
        if address in leaf.ip_addresses:
            return None
    elif any(_matches(pattern, question.name) for pattern in leaf.dns_names):
        return None
    return f"it is not valid for {question.name}"


def _matches(pattern: str, name: str) -> bool:
    if not _is_dns_name(pattern, wildcard=True):
        return False
    pattern, name = pattern.lower(), name.lower().removesuffix(".")
    if pattern.startswith("*."):
        return "." in name and name[name.find(".") :] == pattern[1:]
    return pattern == name


def _is_dns_name(text: str, *, wildcard: bool) -> bool:
    if wildcard and text.startswith("*."):
        text = text[2:]
        if "." not in text:  # two labels have to follow
            return False
    last = text.rpartition(".")[2]
    # Underscores are allowed, for compatibility (bugzilla.mozilla.org 1136616).
    return len(text) <= 253 and are_labels(text, WITH_UNDERSCORE) and not last.isdigit()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MAX_INTERMEDIATES = 6  # MAX_SUB_CA_COUNT
MAX_STEPS = 100  # Budget: signatures
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_DIGESTS = frozenset({"sha256", "sha384", "sha512"})
_KNOWN = frozenset(f"2.5.29.{number}" for number in (15, 17, 19, 30, 31, 37))
