"""Why OpenSSL rejected a chain: which certificate, which fault, what to do.

It explains OpenSSL's codes with its own walk (`path.py`) and never overrules them. If the walk does
not find what OpenSSL means, the finding gives OpenSSL's code and words.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import read_certificate
from halfshake.trust.cost import cost_of
from halfshake.trust.findings import Finding, found
from halfshake.trust.lifetimes import dates_hold
from halfshake.trust.openssl import codes, faults
from halfshake.trust.openssl.name_constraints import name_constraint
from halfshake.trust.path import (
    Step,
    describe,
    is_self_issued,
    is_signed_by,
    issuers_among,
    key_identifiers_agree,
    parsed,
    steps_of,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from halfshake.trust.openssl.asking import OpenSslFault, OpenSslVerdict
    from halfshake.trust.store import TrustStore


class Rejection(NamedTuple):
    """What to explain: the chain as presented, what OpenSSL said, and the trust store."""

    presented: tuple[bytes, ...]
    answer: OpenSslVerdict
    store: TrustStore
    reference_identifier: str
    now: datetime

    def steps(self) -> tuple[Step, ...]:
        """The path that OpenSSL would have built, or the walk's path if there is none."""
        anchors = self.store.anchors
        if not self.answer.path:
            return walk(self.presented, anchors)
        return steps_of(self.answer.path, anchors)


def explain_rejection(rejection: Rejection) -> list[Finding]:
    """One finding for each of OpenSSL's faults, with OpenSSL's first complaint first.

    The dates of the end entity are left out: they have their own findings.
    """
    findings: dict[tuple[object, ...], Finding] = {}
    for fault in rejection.answer.faults:
        for finding in _explain(fault, rejection):
            findings.setdefault((finding.code, finding.evidence.get("depth")), finding)
    return list(findings.values())


def _explain(fault: OpenSslFault, rejection: Rejection) -> list[Finding]:
    evidence: Evidence = {"openssl_code": fault.code, "openssl_message": fault.message}
    if fault.code in {codes.CERT_HAS_EXPIRED, codes.CERT_NOT_YET_VALID}:
        return _dates_of_the_path(rejection.steps(), rejection.now, evidence)
    if fault.code == codes.BAD_SIGNATURE:
        return [_bad_signature(fault, rejection, evidence)]
    if fault.code in codes.ISSUER_UNKNOWN:
        return _issuer_unknown(fault, rejection, evidence)
    explanation = _AT_A_STEP.get(fault.code)
    if explanation is None:
        return [_unexplained(fault, rejection, evidence)]
    located = explanation.locate(rejection)
    if located is None:
        return [_unexplained(fault, rejection, evidence, explanation.finding_code)]
    step, sentence = located
    return [found(explanation.finding_code, sentence, {**evidence, **_at(step)})]


def _dates_of_the_path(steps: tuple[Step, ...], now: datetime, evidence: Evidence) -> list[Finding]:
    findings = []
    for step in steps[1:]:
        if dates_hold(step.der, now):
            continue
        faulty = read_certificate(step.der)
        early = faulty.not_before is not None and now < faulty.not_before
        findings.append(
            found(
                "path-not-yet-valid" if early else "path-expired",
                f"the CA certificate {faulty.subject} above the server's own (depth "
                f"{step.depth}) " + ("is not yet valid" if early else "has expired"),
                {**evidence, **_at(step)},
            )
        )
    return findings


def _bad_signature(fault: OpenSslFault, rejection: Rejection, evidence: Evidence) -> Finding:
    # OpenSSL may choose a different issuer of the same name from the walk.
    anchors = rejection.store.anchors
    for step in walk(rejection.presented, anchors):
        for der in issuers_among(step.der, (*anchors, *rejection.presented)):
            issuer = parsed(der)
            if issuer is not None and is_signed_by(step.certificate, issuer) is False:
                return found(
                    "bad-signature",
                    f"the signature of {describe(step.certificate)} (depth {step.depth}) does not "
                    f"verify with the key of {describe(issuer)}",
                    {**evidence, **_at(step)},
                )
    return _unexplained(fault, rejection, evidence, "bad-signature")


def _issuer_unknown(fault: OpenSslFault, rejection: Rejection, evidence: Evidence) -> list[Finding]:
    if cost_of(rejection.presented, rejection.store).is_maze:
        return [_unexplained(fault, rejection, evidence)]
    steps = walk(rejection.presented, rejection.store.anchors)
    for child, issuer in itertools.pairwise(steps):
        agree = key_identifiers_agree(child.certificate, issuer.certificate)
        if child.signature_holds is False or not agree:
            return [_another_issuer(child, issuer, rejection, evidence, same_key_id=agree)]
    if steps and steps[-1].anchor:
        # The walk gets further than OpenSSL: it does not stop at expired certificates.
        late = _dates_of_the_path(steps, rejection.now, evidence)
        return late or [_unexplained(fault, rejection, evidence)]
    return [_missing_issuer(fault, steps, rejection, evidence)]


def _another_issuer(
    child: Step, issuer: Step, rejection: Rejection, evidence: Evidence, *, same_key_id: bool
) -> Finding:
    name = describe(issuer.certificate)
    place = f"in {rejection.store.name}" if issuer.anchor else "that the server sends"
    why = "its key is different" if same_key_id else "the authority key identifiers differ"
    return found(
        "missing-intermediate" if child.depth == 0 and not issuer.anchor else "unknown-ca",
        f"{describe(child.certificate)} (depth {child.depth}) was issued by another {name} "
        f"than the one {place}: {why}",
        {**evidence, **_at(child), "missing_issuer": name},
        advice="Make the server send, and clients trust, the CA certificate that issued "
        "it: there are two with the same name.",
    )


def _unexplained(
    fault: OpenSslFault, rejection: Rejection, evidence: Evidence, code: str = "untrusted"
) -> Finding:
    message = f"OpenSSL clients reject the chain: {fault.message} (code {fault.code})"
    unreadable = faults.unreadable(rejection.answer.path or rejection.presented)
    if unreadable is None:
        return found(code, message, evidence)
    depth, der = unreadable
    certificate = read_certificate(der)
    where: Evidence = {"depth": depth, "subject": certificate.subject or ""}
    name = certificate.subject or "the certificate"
    message += f"; {name} (depth {depth}) does not parse here"
    return found(code, message, {**evidence, **where, "sha256": certificate.sha256})


def _missing_issuer(
    fault: OpenSslFault, steps: tuple[Step, ...], rejection: Rejection, evidence: Evidence
) -> Finding:
    store = rejection.store.any_of
    top = read_certificate(steps[-1].der if steps else rejection.presented[0])
    if steps:
        evidence = {**evidence, **_at(steps[-1])}
    if fault.code == codes.DEPTH_ZERO_SELF_SIGNED:
        message = f"the certificate is self-signed and is not in {store}"
        return found("self-signed", message, evidence)
    issuer = top.issuer or "an issuer that cannot be read"
    evidence = {**evidence, "missing_issuer": issuer}
    if len(steps) > 1 and is_self_issued(steps[-1].certificate):
        return found(
            "unknown-ca",
            f"the chain ends in {issuer}, which is not in {store}",
            evidence,
            advice="If this CA is yours, add its certificate with --ca-file.",
        )
    if len(steps) <= 1:
        return found(
            "missing-intermediate",
            f"the server does not send the certificate of its issuer {issuer}, "
            f"which is not in {store} either",
            evidence,
        )
    return found(
        "unknown-ca",
        f"the chain leads to {issuer}, which the server does not send and which is not in {store}",
        evidence,
    )


def _at(step: Step) -> Evidence:
    """The certificate at fault: its depth, subject and fingerprint."""
    return {
        "depth": step.depth,
        "subject": describe(step.certificate),
        "sha256": read_certificate(step.der).sha256,
    }


class _Explanation(NamedTuple):
    """The finding for a code, and how to find the faulty step and its sentence."""

    finding_code: str
    locate: Callable[[Rejection], tuple[Step, str] | None]


def _explained(
    finding_code: str, fault: Callable[[tuple[Step, ...]], faults.Located]
) -> _Explanation:
    return _Explanation(finding_code, lambda rejection: fault(rejection.steps()))


def _name_constraint(rejection: Rejection) -> faults.Located:
    return name_constraint(rejection.steps(), rejection.reference_identifier)


Evidence = dict[str, str | int | float]

_AT_A_STEP: dict[int, _Explanation] = {
    codes.INVALID_PURPOSE: _explained("wrong-purpose", faults.wrong_purpose),
    codes.PATH_LENGTH_EXCEEDED: _explained("path-length", faults.path_length),
    codes.EXPLICIT_CURVE: _explained("untrusted", faults.explicit_curve),
    codes.UNHANDLED_EXTENSION: _explained("unhandled-extension", faults.unhandled_extension),
    codes.EE_KEY_TOO_SMALL: _explained("weak-key", faults.weak_key),
    codes.CA_KEY_TOO_SMALL: _explained("weak-key", faults.weak_ca_key),
    codes.CA_DIGEST_TOO_WEAK: _explained("weak-digest", faults.weak_digest),
    **dict.fromkeys(codes.NOT_A_CA, _explained("not-a-ca", faults.not_a_ca)),
    **dict.fromkeys(codes.NAME_CONSTRAINTS, _Explanation("name-constraint", _name_constraint)),
}
