"""GnuTLS under its default priorities (NORMAL), asked for a server's purpose and name; as of 3.7.

After verify.c, verify-high.c, common.c and hostname-verify.c of lib/x509. It knows one path: the
certificates in the order in which each names the next, up to the first that the store knows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from halfshake.trust.clients.chain.question import ACCEPTED, Answer, Undecided, refused
from halfshake.trust.clients.gnutls_names import is_named, outside_constraints

if TYPE_CHECKING:
    from halfshake.trust.clients.chain.facts import Facts
    from halfshake.trust.clients.chain.question import Question


def gnutls_answer(question: Question) -> Answer:
    """Would a GnuTLS client take the certificate."""
    leaf = question.end_entity
    if question.anchors.unreadable:
        raise Undecided("GnuTLS may refuse the whole CA file for a certificate that is odd")
    if len(question.chain) > MAX_CHAIN:
        return refused(f"GnuTLS takes no more than {MAX_CHAIN} certificates")
    if fault := _not_taken(leaf):
        return refused(fault)
    features = leaf.value(x509.TLSFeature)
    fault = (
        _verified(question, _sorted(question))
        or (None if _is_for_servers(leaf, any_counts=True) else "it is not for servers")
        or (None if is_named(leaf, question) else f"the name does not match {question.name}")
    )
    if fault is not None:
        return refused(fault)
    if features is not None and x509.TLSFeatureType.status_request in features:
        raise Undecided("it demands a stapled OCSP response, which is not looked at here")
    return ACCEPTED


def _not_taken(leaf: Facts) -> str | None:
    if "" in leaf.dns_names:
        return "it has an empty alternative name, which GnuTLS does not read"
    if leaf.key.kind == "EC" and leaf.key.curve not in _TLS_CURVES:
        return f"GnuTLS does not offer the curve {leaf.key.curve}"
    if leaf.usage is not None and not leaf.usage.digital_signature:
        return "its key usage does not allow digital signatures"
    return None


def _sorted(question: Question) -> tuple[Facts, ...]:
    """The run from the end entity up, as far as each issuer was sent (`_gnutls_sort_clist`).

    Where the store knows no issuer of its end, what else was sent follows, and has to fit.
    """
    chain = question.chain
    run = [chain[0]]
    while not _is_issuer(run[-1], run[-1]):
        above = next((facts for facts in chain[1:] if _is_issuer(run[-1], facts)), None)
        if above is None or above in run:
            break
        run.append(above)
    known = question.anchors.by_subject.get(run[-1].issuer, ())
    if not any(_is_issuer(run[-1], anchor) for anchor in known):
        run += [facts for facts in dict.fromkeys(chain) if facts not in run]
    return tuple(run)


def _is_issuer(certificate: Facts, issuer: Facts) -> bool:
    # Names are compared as printed: the kind of string does not count, case does. The store
    # is sorted by bytes, so there it counts.
    if certificate.issuer != issuer.subject and (
        certificate.certificate.issuer != issuer.certificate.subject
    ):
        return False
    wanted, given = certificate.authority_key, issuer.key_identifier
    return wanted is None or given is None or wanted == given


class _Superseded(str):
    """A fault of an issuer that has perhaps a successor: unknown, expired, or insecure."""

    __slots__ = ()


def _verified(question: Question, run: tuple[Facts, ...]) -> str | None:
    """Try the store's certificates of the last issuer's name; then those of the last's own.

    The second only where the issuer may have been superseded.
    """
    run = _up_to_a_trusted_root(_without_its_root(run), question)
    last = run[-1]
    by_subject = question.anchors.by_subject
    fault = _against(question, run, by_subject.get(last.issuer, ()))
    if isinstance(fault, _Superseded) and last.subject != last.issuer:
        own = by_subject.get(last.subject, ())
        if own and _against(question, run, own) is None:
            return None
    return fault


def _against(question: Question, run: tuple[Facts, ...], trusted: tuple[Facts, ...]) -> str | None:
    run = _without_its_root(run)
    for depth, facts in enumerate(run):
        for anchor in trusted:
            if _is_the_same(facts, anchor, depth):
                if fault := _out_of_date(anchor, question):
                    return fault
                run = run[:depth]
                break
        if depth >= len(run):
            break
    if not run:
        return None
    issuer = _issuer_among(question, run[-1], trusted)
    if issuer is None:
        return _Superseded(f"the issuer of {run[-1].called} is unknown")
    return _down(question, run, issuer)


def _without_its_root(run: tuple[Facts, ...]) -> tuple[Facts, ...]:
    # A root that is sent makes nothing trusted.
    return run[:-1] if len(run) > 1 and _is_issuer(run[-1], run[-1]) else run


def _up_to_a_trusted_root(run: tuple[Facts, ...], question: Question) -> tuple[Facts, ...]:
    """`shorten_clist`: what stands behind a root that is in the store does not count."""
    for depth, facts in enumerate(run[1:], start=1):
        if facts.self_issued and facts.der in question.anchors.ders:
            return run[: depth + 1]
    return run


def _is_the_same(facts: Facts, anchor: Facts, depth: int) -> bool:
    if depth == 0:
        return facts.der == anchor.der
    return facts.subject == anchor.subject and facts.spki == anchor.spki


def _issuer_among(
    question: Question, certificate: Facts, trusted: tuple[Facts, ...]
) -> Facts | None:
    """`find_issuer`: the first, unless one behind it is in date."""
    issuer: Facts | None = None
    for anchor in trusted:
        if _is_issuer(certificate, anchor) and (
            issuer is None or not _out_of_date(anchor, question)
        ):
            issuer = anchor
    return issuer


def _down(question: Question, run: tuple[Facts, ...], anchor: Facts) -> str | None:
    """`verify_crt`, from the anchor down to the end entity."""
    issuer, room = anchor, MAX_CHAIN
    above = [anchor]
    for depth in range(len(run) - 1, -1, -1):
        facts = run[depth]
        if not _is_issuer(facts, issuer):
            return _Superseded(f"the issuer of {facts.called} is unknown")
        if room == 0:
            return f"there are too many intermediates above {facts.called}"
        room -= 1
        if issuer.ca and issuer.path_length is not None:
            room = min(room, issuer.path_length)
        fault = (
            _issuer_fault(facts, issuer, trusted=issuer is anchor)
            or (outside_constraints(facts, above) if depth == 0 else None)
            or _weak(facts, issuer)
            or (None if question.signed(facts, issuer) else _bad_signature(facts))
            or _unknown_critical(issuer)
            or (_unknown_critical(facts) if depth == 0 else None)
            or _out_of_date(issuer, question)
            or _out_of_date(facts, question)
        )
        if fault is None and depth and not _is_for_servers(facts, any_counts=False):
            fault = f"{facts.called} is not for servers"
        if fault is not None:
            return fault
        issuer = facts
        above.append(facts)
    return None


def _issuer_fault(facts: Facts, issuer: Facts, *, trusted: bool) -> str | None:
    if any(kind not in _CONSTRAINABLE for kind in _constraint_kinds(issuer)):
        return f"{issuer.called} has a name constraint that GnuTLS does not know"
    if issuer.version == 1 and trusted:
        return None
    # One of version 1, or without basicConstraints, is taken from the store if it is self-signed.
    bare = issuer.ca is None and trusted and _is_issuer(issuer, issuer)
    if not issuer.ca and not bare and facts.der != issuer.der:
        return f"{issuer.called} is no CA"
    if issuer.usage is not None and not issuer.usage.key_cert_sign:
        return f"{issuer.called} may not sign certificates"
    return None


def _constraint_kinds(facts: Facts) -> set[type[x509.GeneralName]]:
    constraints = facts.constraints
    if constraints is None:
        return set()
    trees = (constraints.permitted_subtrees or []) + (constraints.excluded_subtrees or [])
    return {type(tree) for tree in trees}


def _weak(facts: Facts, issuer: Facts) -> str | None:
    if facts.digest in {"md5", "sha1"} and not _is_issuer(facts, facts):
        return _Superseded(f"{facts.called} is signed with {facts.digest}, which is insecure")
    for one in (facts, issuer):
        if one.key.kind == "EC" and one.key.curve not in _CURVES:
            return f"GnuTLS does not know the curve {one.key.curve} of {one.called}"
        if one.key.bits < _MIN_BITS.get(one.key.kind, 0):
            return _Superseded(f"{one.called} has a key of {one.key.bits} bits")
    return None


def _bad_signature(facts: Facts) -> str:
    return f"the signature of {facts.called} is invalid"


def _unknown_critical(facts: Facts) -> str | None:
    if facts.critical - _KNOWN:
        return f"{facts.called} has a critical extension that GnuTLS does not know"
    return None


def _out_of_date(facts: Facts, question: Question) -> str | None:
    not_before, not_after = facts.dates
    if not_before is None or not_after is None:
        return f"the dates of {facts.called} cannot be read"
    if question.now < not_before:
        return f"{facts.called} is not yet valid"
    # time_t has seconds, and the one of notAfter is in (RFC 5280 4.1.2.5).
    if question.now - not_after >= timedelta(seconds=1):
        return _Superseded(f"{facts.called} has expired")
    return None


def _is_for_servers(facts: Facts, *, any_counts: bool) -> bool:
    purposes = facts.purposes
    if purposes is None or SERVER_AUTH in purposes:
        return True
    if facts.ca and purposes & _OLD_SERVER_PURPOSES:
        return True
    return any_counts and "2.5.29.37.0" in purposes


MAX_CHAIN = 16  # DEFAULT_MAX_VERIFY_DEPTH

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
_OLD_SERVER_PURPOSES = frozenset({"2.16.840.1.113730.4.1", "2.16.840.1.113733.1.8.1"})
_CURVES = frozenset({"secp192r1", "secp224r1", "secp256r1", "secp384r1", "secp521r1"})
_TLS_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_MIN_BITS = {"RSA": 1024, "DSA": 1024, "EC": 160}  # GNUTLS_PROFILE_LOW
_CONSTRAINABLE = frozenset(
    {
        x509.DNSName,
        x509.RFC822Name,
        x509.DirectoryName,
        x509.UniformResourceIdentifier,
        x509.IPAddress,
    }
)

# supported_exts.gperf
_KNOWN = frozenset(
    {f"2.5.29.{number}" for number in (14, 15, 17, 18, 19, 30, 31, 32, 35, 37, 54)}
    | {"1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.14", "1.3.6.1.5.5.7.1.24"}
)
