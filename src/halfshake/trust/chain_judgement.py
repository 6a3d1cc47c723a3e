"""Judges a chain, a name and a trust store, whichever server showed the chain.

This is the full way: OpenSSL is asked, every family of clients is asked, and the chain is looked
at for what is odd. `kept_judgements.py` spares it where the answer is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.muted import muted
from halfshake.trust.cost import cost_of
from halfshake.trust.findings import Finding, found
from halfshake.trust.openssl.asking import openssl_verdict
from halfshake.trust.rules import identity
from halfshake.trust.rules.dates import longest_lasting
from halfshake.trust.rules.lint import lint_chain

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.openssl.asking import OpenSslVerdict
    from halfshake.trust.store import TrustStore


class ChainJudgement(NamedTuple):
    """The part of a verdict that can be cached.

    `judged_by` is "openssl", or "web-pki" if the local OpenSSL could not tell, or None if nothing
    was asked. `path` is the path that lasts longest, in DER, the end entity first.
    """

    trusted: bool | None
    judged_by: str | None
    name_matches: bool | None
    path: tuple[bytes, ...]
    clients: tuple[ClientVerdict, ...]
    findings: tuple[Finding, ...]


NOT_JUDGED = ChainJudgement(None, None, None, (), (), ())


def judge_chain(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    reference_identifier: str,
    now: datetime,
) -> ChainJudgement:
    """Judge a chain as of `now`."""
    with muted():
        # What the library warns about in names and serial numbers, we report in our own words.
        judgement = _judge(chain, store, reference_identifier, now)
        return judgement._replace(findings=judgement.findings + _too_much(chain, store))


def _judge(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    reference_identifier: str,
    now: datetime,
) -> ChainJudgement:
    answer = openssl_verdict(chain, store, reference_identifier=reference_identifier, now=now)
    if answer.trusted is None:
        return _judge_without_openssl(chain, store, reference_identifier, now, answer)
    name_matches = answer.name_matches
    if name_matches is None and reference_identifier:
        name_matches = identity.matches(chain[0], reference_identifier)
    path, findings = answer.path, []
    if answer.trusted:
        path = longest_lasting(answer.path, chain, store, reference_identifier)
    else:
        # Most chains have no fault: the code that explains faults is loaded when it is needed.
        from halfshake.trust.openssl.explainer import Rejection, explain_rejection  # noqa: PLC0415

        presented = tuple(certificate.der for certificate in chain)
        findings += explain_rejection(
            Rejection(presented, answer, store, reference_identifier, now)
        )
    if name_matches is False:
        findings.append(identity.name_mismatch(chain[0], reference_identifier))
    # A check of a server that cannot be read does not wait for the families' rules.
    from halfshake.trust.clients.verdicts import client_verdicts  # noqa: PLC0415

    clients, differences = client_verdicts(chain, store, reference_identifier, now, answer)
    findings += differences
    findings += lint_chain(
        chain, answer.path, store.anchors, reference_identifier, trusted=answer.trusted
    )
    return ChainJudgement(answer.trusted, "openssl", name_matches, path, clients, tuple(findings))


def _too_much(chain: tuple[PresentedCertificate, ...], store: TrustStore) -> tuple[Finding, ...]:
    """Say where a chain is too much for everyone but OpenSSL."""
    excess = cost_of(tuple(certificate.der for certificate in chain), store).excess
    if excess is None:
        return ()
    message = f"the chain takes too long to be judged in full: {excess}"
    return (found("costly-chain", message),)


def _judge_without_openssl(
    chain: tuple[PresentedCertificate, ...],
    store: TrustStore,
    reference_identifier: str,
    now: datetime,
    answer: OpenSslVerdict,
) -> ChainJudgement:
    """Fall back to the second opinion, with a finding that says so."""
    from halfshake.trust.clients.verdicts import verdicts_by_rules  # noqa: PLC0415

    clients = verdicts_by_rules(chain, store, reference_identifier, now, answer)
    second = next(client for client in clients if client.profile == "web-pki")
    name_matches = (
        identity.matches(chain[0], reference_identifier) if reference_identifier else None
    )
    findings: list[Finding] = []
    if second.accepts is None:
        findings.append(found("not-judged", answer.message))
    else:
        message = f"{answer.message}; the verdict is that of the {second.clients}"
        findings.append(found("judged-without-openssl", message))
        if not second.accepts and name_matches is not False:
            message = f"the {second.clients} rejects the chain: {second.reason}"
            findings.append(found("untrusted", message))
    if name_matches is False:
        findings.append(identity.name_mismatch(chain[0], reference_identifier))
    return ChainJudgement(
        trusted=second.accepts,
        judged_by="openssl" if second.accepts is None else "web-pki",
        name_matches=name_matches,
        path=tuple(certificate.der for certificate in chain) if second.accepts else (),
        clients=clients,
        findings=tuple(findings),
    )
