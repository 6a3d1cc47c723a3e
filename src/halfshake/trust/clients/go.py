"""Go's crypto/tls: what crypto/x509 takes and refuses, as of Go 1.26.

After parser.go, verify.go and constraints.go of crypto/x509, and what crypto/tls asks of the
server's key.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509

from halfshake.trust.clients.chain.labels import WITH_UNDERSCORE
from halfshake.trust.clients.chain.paths import Path, Search
from halfshake.trust.clients.chain.question import ACCEPTED, Answer, Undecided, refused

if TYPE_CHECKING:
    from halfshake.trust.clients.chain.facts import Facts
    from halfshake.trust.clients.chain.question import Question


def go_answer(question: Question) -> Answer:
    """Would a Go client take the certificate."""
    leaf = question.end_entity
    for facts in question.chain:
        # crypto/tls parses all that is sent, needed or not.
        if fault := _does_not_parse(facts):
            return refused(f"Go does not parse {facts.called}: {fault}")
    if fault := _key_not_taken(leaf) or _not_valid(leaf, question) or _not_named(leaf, question):
        return refused(fault)
    search = Search(question, functools.partial(_not_above, question), MAX_SIGNATURE_CHECKS)
    own_anchor = [(leaf,)] if leaf.der in question.anchors.ders else search.paths()
    hint = None
    for path in own_anchor:
        answer = _judge(path)
        if answer.accepts is not False:
            return answer
        hint = hint or answer.reason
    return refused(hint or search.hint or "it is signed by no authority that is trusted")


def _does_not_parse(facts: Facts) -> str | None:
    # Since Go 1.23 (GODEBUG x509negativeserial).
    if facts.serial < 0:
        return "its serial number is negative"
    for oid, extension in _NEVER_CRITICAL.items():
        if oid in facts.critical:
            return f"its {extension} is critical"
    if facts.key.kind == "EC" and facts.key.curve not in _CURVES:
        return f"it has a key on {facts.key.curve}"
    for name in facts.names or ():
        if isinstance(name, x509.UniformResourceIdentifier) and not _uri_parses(name.value):
            return f"its alternative name {name.value!r} is no URI"
    constraints = facts.constraints
    if constraints is not None:
        for tree in (constraints.permitted_subtrees or []) + (constraints.excluded_subtrees or []):
            if isinstance(tree, x509.DNSName) and not _domain_is_valid(tree.value, dotted=True):
                return f"its name constraint {tree.value!r} is no domain"
    return None


def _uri_parses(text: str) -> bool:
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        return False
    # net/url takes no spaces nor control characters in a host; x509 wants a domain or nothing.
    return text.isascii() and text.isprintable() and _domain_is_valid(host, dotted=False)


def _key_not_taken(leaf: Facts) -> str | None:
    key = leaf.key
    if key.kind not in {"RSA", "EC", "Ed25519"} or key.pss_only:
        return f"crypto/tls takes no {'RSASSA-PSS' if key.pss_only else key.kind} key of a server"
    if key.kind == "RSA" and not MIN_RSA_BITS <= key.bits <= MAX_RSA_BITS:
        return f"crypto/tls takes no RSA key of {key.bits} bits"
    if key.curve == "secp224r1":
        return "crypto/tls does not offer the curve P-224"
    return None


def _not_valid(facts: Facts, question: Question) -> str | None:
    """`isValid`, as far as it looks at one certificate alone."""
    unhandled = facts.critical - _HANDLED
    if X509_CONSTRAINTS in facts.critical and _constraint_of_other_kind(facts):
        unhandled |= {X509_CONSTRAINTS}
    if unhandled:
        return f"{facts.called} has a critical extension that Go does not handle"
    not_before, not_after = facts.dates
    if not_before is None or not_after is None:
        return f"the dates of {facts.called} cannot be read"
    # To the nanosecond: the second of notAfter is over once it has begun.
    if not not_before <= question.now <= not_after:
        return f"{facts.called} has expired or is not yet valid"
    return None


def _constraint_of_other_kind(facts: Facts) -> bool:
    constraints = facts.constraints
    if constraints is None:
        return False
    trees = (constraints.permitted_subtrees or []) + (constraints.excluded_subtrees or [])
    return not all(isinstance(tree, _CONSTRAINABLE) for tree in trees)


def _not_named(leaf: Facts, question: Question) -> str | None:
    if not question.name:
        return None
    if leaf.names is None:
        return "it relies on the common name, and has no alternative names"
    address = question.address
    if address is not None:
        wanted = _unmapped(address)
        if any(_unmapped(one) == wanted for one in leaf.ip_addresses):
            return None
    else:
        asked = question.name.lower()
        if any(_matches(pattern.lower(), asked) for pattern in leaf.dns_names):
            return None
    return f"it is not valid for {question.name}"


def _unmapped(address: bytes) -> bytes:
    return address[12:] if address[:12] == _IPV4_IN_IPV6 else address


def _matches(pattern: str, asked: str) -> bool:
    host = asked.removesuffix(".")
    if not (_is_host_name(host) and _is_host_name(pattern.removeprefix("*."))):
        # What is no host name has to be the very same.
        return pattern == asked not in {"", "."}
    if not pattern.startswith("*."):
        return pattern == host
    return pattern[1:] == host[host.find(".") :] and "." in host


def _is_host_name(text: str) -> bool:
    # Underscores are common outside the Web; labels may be of any length.
    return all(
        label and label[0] != "-" and WITH_UNDERSCORE.issuperset(label) for label in text.split(".")
    )


def _not_above(question: Question, path: Path, issuer: Facts, is_anchor: bool) -> str | None:
    below = path[-1]
    if any(_is_same(issuer, earlier) for earlier in path):
        return f"{issuer.called} stands in the path already"
    if is_anchor and _does_not_parse(issuer):
        return f"Go does not parse {issuer.called}: {_does_not_parse(issuer)}"
    # CheckSignatureFrom; version 1 has no extensions to say it in, and is taken as a root only.
    if issuer.ca is False or (issuer.ca is None and (issuer.version == 3 or not is_anchor)):
        return f"{issuer.called} is no CA"
    if issuer.usage is not None and not issuer.usage.key_cert_sign:
        return f"{issuer.called} may not sign certificates"
    if fault := _signature_not_taken(below, issuer):
        return fault
    if fault := _not_valid(issuer, question):
        return fault
    if issuer.path_length is not None and len(path) - 1 > issuer.path_length:
        return f"there are too many intermediates below {issuer.called}"
    return None


def _is_same(one: Facts, other: Facts) -> bool:
    # RFC 4158 5.2, with the alternative names.
    return one.subject == other.subject and one.spki == other.spki and one.names == other.names


def _signature_not_taken(below: Facts, issuer: Facts) -> str | None:
    kind = issuer.key.kind
    if kind not in {"RSA", "EC", "Ed25519"} or issuer.key.pss_only:
        return f"Go verifies no signature by a key like that of {issuer.called}"
    if kind != "Ed25519" and below.digest not in {"sha256", "sha384", "sha512"}:
        return f"{below.called} is signed with {below.digest}, which Go refuses"
    if kind == "RSA" and issuer.key.bits < MIN_RSA_BITS:
        return f"{issuer.called} has an RSA key of {issuer.key.bits} bits"
    return None


def _judge(path: Path) -> Answer:
    """Judge a path as a whole, the anchor with it."""
    for facts in path:
        purposes = facts.purposes
        if purposes and not purposes & {SERVER_AUTH, ANY_PURPOSE}:
            return refused(f"{facts.called} is not for servers")
    if fault := _outside_constraints(path):
        return refused(fault)
    return _policies(path)


def _policies(path: Path) -> Answer:
    """RFC 5280 6.1.3 as far as it is about a path without mappings; the anchor does not count."""
    below_anchor = path[:-1]
    required = False
    for depth, facts in enumerate(below_anchor):
        if facts.has(POLICY_MAPPINGS):
            raise Undecided("policy mappings are not followed here")
        constraint = facts.value(x509.PolicyConstraints)
        skip = None if constraint is None else constraint.require_explicit_policy
        required = required or (skip is not None and skip <= depth)
    if not required:
        return ACCEPTED
    held: frozenset[str] | None = None  # any
    for facts in below_anchor:
        stated = facts.value(x509.CertificatePolicies)
        policies = frozenset(one.policy_identifier.dotted_string for one in stated or ())
        if ANY_POLICY in policies:
            raise Undecided("anyPolicy is not followed here")
        held = policies if held is None else held & policies
    if held == frozenset():
        return refused("a CA requires a policy that the chain does not hold")
    return ACCEPTED


def _outside_constraints(path: Path) -> str | None:
    for above, ca in enumerate(path):
        if ca.constraints is None:
            continue
        for facts in path[:above]:
            for name in facts.names or ():
                if fault := _outside(name, ca.constraints):
                    return f"{ca.called} may not issue for a name: {fault}"
    return None


def _outside(name: x509.GeneralName, constraints: x509.NameConstraints) -> str | None:
    kind = type(name)
    if not isinstance(name, _CONSTRAINABLE):
        return None
    if fault := _not_comparable(name):
        return fault
    permitted = [tree for tree in constraints.permitted_subtrees or () if type(tree) is kind]
    excluded = [tree for tree in constraints.excluded_subtrees or () if type(tree) is kind]
    if permitted and not any(_within(name, tree) for tree in permitted):
        return f"{name.value} is not permitted"
    if any(_within(name, tree) or _wildcard_reaches(name, tree) for tree in excluded):
        return f"{name.value} is excluded"
    return None


def _not_comparable(name: x509.GeneralName) -> str | None:
    if isinstance(name, x509.UniformResourceIdentifier):
        host = urlsplit(name.value).hostname
        if not host:
            return f"{name.value} has no host"
        if _is_address(host):
            return f"{name.value} is of an address"
    if isinstance(name, x509.RFC822Name) and not re.fullmatch(_MAILBOX, name.value):
        return f"{name.value} is no mailbox"
    if isinstance(name, x509.DNSName) and not _domain_is_valid(name.value, dotted=False):
        return f"{name.value!r} is no domain"
    return None


def _within(name: x509.GeneralName, tree: x509.GeneralName) -> bool:
    match name, tree:
        case x509.IPAddress(), x509.IPAddress():
            return name.value in tree.value  # type: ignore[operator]
        case x509.DNSName(), x509.DNSName():
            return _in_domain(name.value, tree.value)
        case x509.UniformResourceIdentifier(), x509.UniformResourceIdentifier():
            return _in_domain(urlsplit(name.value).hostname or "", tree.value)
        case x509.RFC822Name(), x509.RFC822Name():
            local, _, domain = name.value.rpartition("@")
            if "@" in tree.value:
                other, _, host = tree.value.rpartition("@")
                return (local, domain.lower()) == (other, host.lower())
            return _in_domain(domain, tree.value)
        case _:
            return False


def _in_domain(name: str, domain: str) -> bool:
    name, domain = name.lower(), domain.lower()
    if not domain or name == domain:
        return True
    return name.endswith(domain if domain.startswith(".") else f".{domain}")


def _wildcard_reaches(name: x509.GeneralName, tree: x509.GeneralName) -> bool:
    # CVE-2025-61727: what a wildcard could stand for is excluded.
    if not isinstance(name, x509.DNSName) or not name.value.startswith("*."):
        return False
    _, dot, parent = str(tree.value).lower().partition(".")
    return bool(dot) and name.value[2:].lower() == parent


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _domain_is_valid(domain: str, *, dotted: bool) -> bool:
    if dotted:
        domain = domain.removeprefix(".")
    return not domain or re.fullmatch(_DOMAIN, domain) is not None


MAX_SIGNATURE_CHECKS = 100  # maxChainSignatureChecks
MIN_RSA_BITS, MAX_RSA_BITS = 1024, 8192  # crypto/rsa since Go 1.24; crypto/tls

_CURVES = frozenset({"secp224r1", "secp256r1", "secp384r1", "secp521r1"})
_CONSTRAINABLE = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
_IPV4_IN_IPV6 = bytes(10) + b"\xff\xff"

SERVER_AUTH, ANY_PURPOSE = "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"
POLICY_MAPPINGS, ANY_POLICY = "2.5.29.33", "2.5.29.32.0"
X509_CONSTRAINTS = "2.5.29.30"
_NEVER_CRITICAL = {
    "2.5.29.14": "subject key identifier",
    "2.5.29.35": "authority key identifier",
    "1.3.6.1.5.5.7.1.1": "authority information access",
}
_HANDLED = frozenset(f"2.5.29.{number}" for number in (15, 17, 19, 30, 31, 32, 33, 36, 37, 54))

# Few certificates need these: they are compiled when one does.
_DOMAIN = r"[!-\-/-~]+(?:\.[!-\-/-~]+)*"
_MAILBOX = rf"[^@\s]+@{_DOMAIN}"
