"""Java's default trust manager (PKIX) with the endpoint identification of HTTPS, as of OpenJDK 17.

After PKIXValidator, PKIXCertPathValidator, SunCertPathBuilder, EndEntityChecker and
HostnameChecker of sun.security, and the algorithms that its java.security disables. A chain that
is sent in order is validated as it stands; another is searched for a path.
"""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509

from halfshake.trust.clients.chain.question import ACCEPTED, Answer, Undecided, refused
from halfshake.trust.clients.java_constraints import outside_constraints
from halfshake.trust.clients.java_names import (
    anchors_by_name,
    canonical_issuer,
    canonical_subject,
    dns_name_matches,
    is_host_name,
    is_issuer,
    is_self_issued,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from halfshake.trust.clients.chain.facts import Facts
    from halfshake.trust.clients.chain.question import Question


def java_answer(question: Question) -> Answer:
    """Would a Java client take the certificate."""
    leaf = question.end_entity
    if len(question.chain) > MAX_CHAIN:
        return refused(f"Java takes no more than {MAX_CHAIN} certificates")
    for facts in question.chain:
        if fault := _does_not_parse(facts):
            return refused(fault)
    if fault := _curve_not_offered(leaf):
        return refused(fault)
    answer = _validated(question)
    if answer.accepts is not True:
        return answer
    pinned = leaf.der in question.anchors.ders
    fault = (None if pinned else _not_for_servers(leaf)) or _not_named(leaf, question)
    if fault:
        return refused(fault)
    return ACCEPTED


def _does_not_parse(facts: Facts) -> str | None:
    if facts.issuer == EMPTY_NAME:
        return f"{facts.called} has an empty issuer, which Java does not parse"
    if (
        not list(facts.certificate.subject)
        and facts.names is not None
        and SAN not in facts.critical
    ):
        # RFC 5280 4.2.1.6.
        return "the subject is empty and the alternative name not critical: Java does not parse it"
    if facts.key.curve.startswith("a curve"):
        return f"{facts.called} has a key on {facts.key.curve}, which Java does not parse"
    return None


def _curve_not_offered(leaf: Facts) -> str | None:
    if leaf.key.kind == "EC" and leaf.key.curve not in _CURVES:
        return f"Java does not offer the curve {leaf.key.curve}"
    return None


def _validated(question: Question) -> Answer:
    """`engineValidate`: the chain up to the first certificate that is trusted."""
    chain, anchors = question.chain, question.anchors
    if chain[0].der in anchors.ders:
        # It is taken as it is, whatever its dates and its purpose say.
        return ACCEPTED
    for depth, facts in enumerate(chain[1:], start=1):
        if not is_issuer(chain[depth - 1], facts):
            return _built(question)
        if any(facts.der == one.der or facts.spki == one.spki for one in _named(question, facts)):
            return _along(question, chain[:depth])
    if _issuers(question, chain[-1]):
        return _along(question, chain)
    return _built(question)


def _named(question: Question, facts: Facts) -> tuple[Facts, ...]:
    """The anchors of a certificate's own subject."""
    return anchors_by_name(question.anchors).get(canonical_subject(facts), ())


def _issuers(question: Question, facts: Facts) -> tuple[Facts, ...]:
    return anchors_by_name(question.anchors).get(canonical_issuer(facts), ())


def _along(question: Question, path: tuple[Facts, ...]) -> Answer:
    """Validate a path below each anchor that may be its end."""
    top = path[-1]
    first: Answer | None = None
    for anchor in _issuers(question, top):
        if _identified(top, anchor):
            answer = _below(question, path, anchor)
            if answer.accepts is not False:
                return _anchor_is_ca(anchor) if answer.accepts else answer
            first = first or answer
    return first or refused("the path does not chain with any of the trust anchors")


def _identified(below: Facts, anchor: Facts) -> bool:
    """Do the key identifier and the serial number agree, as far as both are there."""
    key, serial = below.authority_key, below.authority_serial
    if key is not None and anchor.key_identifier not in {None, key}:
        return False
    return serial is None or anchor.version < 3 or serial == anchor.serial


def _below(question: Question, path: tuple[Facts, ...], anchor: Facts) -> Answer:
    """From the anchor down: RFC 5280 6.1, without looking at the anchor but for name and key."""
    issuer = anchor
    room = len(path)
    for depth in range(len(path) - 1, -1, -1):
        facts = path[depth]
        fault = (
            _algorithm_disabled(facts, issuer)
            or (_not_a_ca(facts, depth=depth, first=issuer is anchor) if depth else None)
            or _not_in_date(facts, question)
            or _not_signed(question, facts, issuer)
            or _unrecognized(facts)
        )
        if fault is None and depth:
            # Self-issued certificates do not count (RFC 5280 4.2.1.9).
            if not is_self_issued(facts):
                room -= 1
                if room < 0:
                    fault = f"there are too many intermediates above {path[depth - 1].called}"
            if facts.path_length is not None:
                room = min(room, facts.path_length)
        if fault is not None:
            return refused(fault)
        issuer = facts
    if fault := outside_constraints(path):
        return refused(fault)
    return _policies(path)


def _algorithm_disabled(facts: Facts, issuer: Facts) -> str | None:
    if facts.digest in {"md2", "md5"}:
        return f"{facts.called} is signed with {facts.digest}, which Java disables"
    for one in (facts, issuer):
        least = _MIN_BITS.get(one.key.kind, 0)
        if one.key.bits < least:
            return f"{one.called} has a key of {one.key.bits} bits, which Java disables"
    return None


def _not_a_ca(facts: Facts, *, depth: int, first: bool) -> str | None:
    if facts.version < 3:
        if not (first and is_self_issued(facts)):
            return f"{facts.called} (depth {depth}) is no CA"
    elif not facts.ca:
        return f"{facts.called} (depth {depth}) is no CA"
    if facts.usage is not None and not facts.usage.key_cert_sign:
        return f"{facts.called} may not sign certificates"
    return None


def _not_in_date(facts: Facts, question: Question) -> str | None:
    not_before, not_after = facts.dates
    if not_before is None or not_after is None:
        return f"the dates of {facts.called} cannot be read"
    # To the millisecond: the second of notAfter is over once it has begun.
    if question.now < not_before:
        return f"{facts.called} is not yet valid"
    if question.now - not_after >= timedelta(milliseconds=1):
        return f"{facts.called} has expired"
    return None


def _not_signed(question: Question, facts: Facts, issuer: Facts) -> str | None:
    if issuer.key.kind == "EC" and issuer.key.curve not in _CURVES:
        return f"Java does not know the curve {issuer.key.curve} of {issuer.called}"
    if facts.issuer == EMPTY_NAME:
        return f"{facts.called} has an empty issuer"
    if not question.signed(facts, issuer):
        return f"the signature of {facts.called} does not match"
    return None


def _unrecognized(facts: Facts) -> str | None:
    if facts.critical - _RECOGNIZED:
        return f"{facts.called} has a critical extension that Java does not recognize"
    return None


def _policies(path: tuple[Facts, ...]) -> Answer:
    required = False
    for depth, facts in enumerate(path):
        if facts.has("2.5.29.33"):
            raise Undecided("policy mappings are not followed here")
        constraint = facts.value(x509.PolicyConstraints)
        skip = None if constraint is None else constraint.require_explicit_policy
        required = required or (skip is not None and skip <= depth)
    held: frozenset[str] | None = None
    for facts in path if required else ():
        stated = facts.value(x509.CertificatePolicies)
        policies = frozenset(one.policy_identifier.dotted_string for one in stated or ())
        if "2.5.29.32.0" in policies:
            raise Undecided("anyPolicy is not followed here")
        held = policies if held is None else held & policies
    if held == frozenset():
        return refused("a CA requires a policy that the chain does not hold")
    return ACCEPTED


def _built(question: Question) -> Answer:
    """`doBuild`: search what was sent for a path, five intermediates deep at the most."""
    first: Answer | None = None
    for path, anchor in _paths(question, (question.end_entity,), itertools.count()):
        answer = _below(question, path, anchor)
        if answer.accepts is not False:
            return _anchor_is_ca(anchor) if answer.accepts else answer
        first = first or answer
    return first or refused("there is no path to a trust anchor")


def _paths(
    question: Question, path: tuple[Facts, ...], steps: Iterator[int]
) -> Iterator[tuple[tuple[Facts, ...], Facts]]:
    if next(steps) == MAX_STEPS:
        raise Undecided("there are too many ways to look for a path")
    top = path[-1]
    for anchor in _issuers(question, top):
        # Its dates count from the second step on, where the selector has been used before; one of
        # version 1 has to last as long as what it signed.
        dated = len(path) == 1 or not _not_in_date(anchor, question)
        if dated and (anchor.version == 3 or _lasts_as_long(anchor, top)):
            yield path, anchor
    traversed = sum(not is_self_issued(facts) for facts in path[1:])
    if traversed >= MAX_BUILT_INTERMEDIATES:
        return
    for facts in _unrepeated(question.chain[1:], path):
        if not is_issuer(top, facts):
            continue
        room = facts.path_length
        if facts.ca and (room is None or room >= traversed) and not _not_in_date(facts, question):
            yield from _paths(question, (*path, facts), steps)


def _lasts_as_long(issuer: Facts, below: Facts) -> bool:
    (from_, until), (first, last) = issuer.dates, below.dates
    if from_ is None or until is None or first is None or last is None:
        return False
    return from_ <= first and last <= until


def _unrepeated(chain: Iterable[Facts], path: tuple[Facts, ...]) -> Iterator[Facts]:
    for facts in dict.fromkeys(chain):
        if not any(facts.spki == one.spki and facts.subject == one.subject for one in path):
            yield facts


def _anchor_is_ca(anchor: Facts) -> Answer:
    """`verifyTrustAnchor`, after the path has been found."""
    if anchor.version < 3:
        return ACCEPTED
    if not anchor.ca:
        return refused(f"the trust anchor {anchor.called} is not a CA certificate")
    if anchor.usage is not None and not anchor.usage.key_cert_sign:
        return refused(f"the trust anchor {anchor.called} may not sign certificates")
    return ACCEPTED


def _not_for_servers(leaf: Facts) -> str | None:
    # In TLS 1.3, and with every key exchange that is not static RSA, the key signs.
    if leaf.usage is not None and not leaf.usage.digital_signature:
        return "the key usage does not allow digital signatures"
    if leaf.purposes is not None and not leaf.purposes & _SERVER_PURPOSES:
        return "the extended key usage does not permit use for servers"
    kinds = leaf.netscape_type
    if kinds is not None and not kinds & NETSCAPE_SERVER:
        return "Netscape's certificate type does not permit use for servers"
    return None


def _not_named(leaf: Facts, question: Question) -> str | None:
    if not question.name:
        return None
    names = leaf.names
    if any(
        isinstance(name, x509.UniformResourceIdentifier) and not _uri_parses(name.value)
        for name in names or ()
    ):
        names = None  # what does not parse is as good as not there, unless it is critical
    address = question.address
    if address is not None:
        if names is not None and any(_unmapped(one) == address for one in leaf.ip_addresses):
            return None
        return f"no alternative name matches the address {question.name}"
    if not is_host_name(question.name):
        return f"{question.name} is no host name to Java"
    alternatives = leaf.dns_names if names is not None else ()
    if not alternatives and leaf.common_names:
        alternatives = leaf.common_names[-1:]
    if any(dns_name_matches(pattern, question.name) for pattern in alternatives):
        return None
    return f"no name matches {question.name}"


def _uri_parses(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme) and re.fullmatch(_URI, text) is not None


def _unmapped(address: bytes) -> bytes:
    return address[12:] if address[:12] == bytes(10) + b"\xff\xff" else address


MAX_CHAIN = 10  # jdk.tls.client.maxInboundCertificateChainLength
MAX_STEPS = 100  # ours: Java searches on
MAX_BUILT_INTERMEDIATES = 5  # PKIXBuilderParameters

# jdk.certpath.disabledAlgorithms; SHA-1 is disabled only below the CAs of the JDK itself.
_MIN_BITS = {"RSA": 1024, "DSA": 1024, "EC": 224}
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})

EMPTY_NAME = b"\x30\x00"
SAN = "2.5.29.17"
_RECOGNIZED = frozenset(f"2.5.29.{number}" for number in (15, 17, 19, 30, 32, 33, 36, 37, 54))
NETSCAPE_SERVER = 0x40
_SERVER_PURPOSES = frozenset(
    {
        "1.3.6.1.5.5.7.3.1",
        "2.5.29.37.0",
        "1.3.6.1.4.1.311.10.3.3",  # Microsoft's and Netscape's server gated cryptography
        "2.16.840.1.113730.4.1",
    }
)
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~%@&]*"
