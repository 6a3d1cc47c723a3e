"""Who would take this chain, family by family; what OpenSSL takes and another refuses is a finding.

OpenSSL decides what is trusted (design: the API's own clients do). The others are told of beside
it, so that a chain that only some clients take is known before they are the ones that call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.trust.clients.ca_browser import ca_browser_verdict
from halfshake.trust.clients.chain.facts import Facts, Unreadable, facts_of
from halfshake.trust.clients.chain.question import Answer, Question, Undecided, anchors_of
from halfshake.trust.clients.client_verdict import ClientVerdict
from halfshake.trust.clients.families import FAMILIES
from halfshake.trust.clients.gnutls import gnutls_answer
from halfshake.trust.clients.go import go_answer
from halfshake.trust.clients.java import java_answer
from halfshake.trust.clients.openssl import (
    answer_without_partial_chain,
    of_openssl,
    strict_answer,
    strict_clients_reject,
)
from halfshake.trust.clients.rustls import rustls_answer
from halfshake.trust.cost import cost_of
from halfshake.trust.findings import Finding, found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.cost import Cost
    from halfshake.trust.openssl.asking import OpenSslVerdict
    from halfshake.trust.store import TrustStore


def client_verdicts(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    reference_identifier: str,
    now: datetime,
    answer: OpenSslVerdict,
) -> tuple[tuple[ClientVerdict, ...], list[Finding]]:
    """Ask each family; findings say who rejects what OpenSSL clients take."""
    without_partial = answer_without_partial_chain(chain, store, now, answer)
    strict = strict_answer(chain, store, now, answer)
    verdicts = (
        of_openssl("openssl", answer),
        of_openssl("openssl-no-partial-chain", without_partial),
        of_openssl("openssl-strict", strict),
        *verdicts_by_rules(chain, store, reference_identifier, now, answer),
    )
    findings: list[Finding] = []
    if answer.trusted and strict.trusted is False:
        findings.append(strict_clients_reject(strict, answer.path, store))
    # A name or a date that OpenSSL clients reject as well has its own finding.
    if answer.trusted and answer.name_matches is not False:
        findings.extend(_rejections(verdicts, has_name=bool(reference_identifier)))
    return verdicts, findings


def verdicts_by_rules(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    reference_identifier: str,
    now: datetime,
    answer: OpenSslVerdict,
) -> tuple[ClientVerdict, ...]:
    """Ask the families that OpenSSL knows nothing of."""
    cost = cost_of(tuple(certificate.der for certificate in chain), store)
    if cost.excess is not None:
        return tuple(
            ClientVerdict(profile, FAMILIES[profile].clients, None, f"not asked: {cost.excess}")
            for profile in (*_RULES, "web-pki")
        )
    read = [facts_of(certificate.der) for certificate in chain]
    facts = [one for one in read if isinstance(one, Facts)]
    if len(facts) < len(read):
        answers = _of_unreadable(one for one in read if isinstance(one, Unreadable))
    else:
        question = Question(
            tuple(facts), anchors_of(store.anchors), reference_identifier, now, _proven(answer)
        )
        answers = _asked(question, cost)
    return (
        *(
            ClientVerdict(profile, FAMILIES[profile].clients, told.accepts, told.reason)
            for profile, told in answers.items()
        ),
        ca_browser_verdict(chain, store.anchors, reference_identifier, now),
    )


def _asked(question: Question, cost: Cost) -> dict[str, Answer]:
    if any(not facts.key.kind for facts in question.chain):
        unknown = Answer(None, "a key in the chain is of a kind that is not known here")
        return dict.fromkeys(_RULES, unknown)
    if cost.name_checks > MAX_NAME_CHECKS:
        unknown = Answer(None, "there are too many names and constraints to compare")
        return dict.fromkeys(_RULES, unknown)
    return {profile: _ask(rules, question) for profile, rules in _RULES.items()}


def _ask(rules: Callable[[Question], Answer], question: Question) -> Answer:
    try:
        answer = rules(question)
    except Undecided as undecided:
        return Answer(None, str(undecided))
    if answer.accepts is False and question.anchors.unreadable:
        # It might be the very one that is missing.
        return Answer(None, "a certificate of the trust store cannot be read here")
    return answer


def _of_unreadable(unreadable: Iterable[Unreadable]) -> dict[str, Answer]:
    twice = any(one.duplicate for one in unreadable)
    return {
        profile: Answer(False, "a certificate has an extension twice")
        if twice and profile in _REFUSE_DUPLICATES
        else Answer(None, "a certificate of the chain cannot be read here")
        for profile in _RULES
    }


def _proven(answer: OpenSslVerdict) -> frozenset[tuple[bytes, bytes]]:
    """The signatures that OpenSSL has verified on its way."""
    if not answer.trusted or not answer.path:
        return frozenset()
    leaf = facts_of(answer.path[0])
    if isinstance(leaf, Unreadable) or leaf.key.kind not in {"RSA", "EC"}:
        # Of other keys the replay tells no path, and what was presented stands for it.
        return frozenset()
    return frozenset(zip(answer.path, answer.path[1:], strict=False))


def _rejections(verdicts: Iterable[ClientVerdict], *, has_name: bool) -> Iterable[Finding]:
    for verdict in verdicts:
        if verdict.accepts is not False or verdict.profile in {"openssl", "openssl-strict"}:
            continue
        if verdict.profile == "web-pki":
            if has_name:
                message = f"the {verdict.clients} rejects this chain: {verdict.reason}"
                yield found("web-pki-clients-reject", message, {"profile": verdict.profile})
            continue
        yield found(
            "clients-reject",
            f"{verdict.clients} reject what OpenSSL accepts: {verdict.reason}",
            {"profile": verdict.profile},
            advice=_ADVICE.get(verdict.profile),
        )


# Each family's rules compare them one by one; real chains have a few dozen. Go gives up at 250,000.
MAX_NAME_CHECKS = 20_000

_RULES: dict[str, Callable[[Question], Answer]] = {
    "go": go_answer,
    "rustls": rustls_answer,
    "java": java_answer,
    "gnutls": gnutls_answer,
}
# RFC 5280 4.2 forbids it; webpki looks only at those that it knows.
_REFUSE_DUPLICATES = frozenset({"go", "java", "gnutls"})

_ADVICE = {
    "openssl-no-partial-chain": "Give such clients a CA file that holds the root itself, the "
    "self-signed certificate at the end of the path.",
}
