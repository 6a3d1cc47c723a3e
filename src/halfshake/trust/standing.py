"""`Standing`: what stands of a verdict until a date comes, whatever the time is meanwhile.

A monitor sees the same chain in each reading. To judge it takes long; to say how many days are left
takes nothing. So the two are apart: `verdict.judge_again` makes a whole verdict of a standing one.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import read_certificate
from halfshake.muted import muted
from halfshake.observation import KeyPossession, Purpose
from halfshake.trust.chain_judgement import NOT_JUDGED
from halfshake.trust.clients.counting import counted
from halfshake.trust.findings import found
from halfshake.trust.kept_judgements import ChainJudgements
from halfshake.trust.rules.client_cas import acceptable_cas, lint_client_cas
from halfshake.trust.rules.expectations import unmet_client_auth, unmet_expectations
from halfshake.trust.rules.handshake import handshake_findings
from halfshake.trust.rules.lint import lint_changes, lint_server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation
    from halfshake.trust.chain_judgement import ChainJudgement
    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.findings import Finding
    from halfshake.trust.policy import Policy
    from halfshake.trust.rules.client_cas import AcceptableCa, ClientSide
    from halfshake.trust.rules.pointers import Fetched
    from halfshake.trust.rules.revocation.revocation_list import RevocationList
    from halfshake.trust.rules.revocation.staple import StapleStatus
    from halfshake.trust.store import TrustStore


class Standing(NamedTuple):
    """It holds for the same facts, up to the next turn (`turns.py`).

    The fields are those of `Verdict`. Findings are as the rules made them, in three groups between
    which a verdict has what it says of dates; `of_server` has all that is about neither the chain
    nor what was fetched.
    """

    trusted: bool | None
    judged_by: str | None
    name_matches: bool | None
    path: tuple[PresentedCertificate, ...]
    clients: tuple[ClientVerdict, ...]
    of_chain: tuple[Finding, ...]
    of_server: tuple[Finding, ...]
    of_fetched: tuple[Finding, ...]
    ocsp_staple: StapleStatus | None
    acceptable_cas: tuple[AcceptableCa, ...]


def standing_of(
    observation: Observation,
    store: TrustStore,
    policy: Policy,
    now: datetime,
    *,
    crls: tuple[RevocationList, ...],
    fetched: Fetched | None,
    earlier: Observation | None,
    client_side: ClientSide,
) -> Standing:
    """Judge everything that does not move with the time; the arguments are those of `judge`."""
    # For a client's certificate and for trust anchors only the dates are judged.
    chain = (
        CHAIN_JUDGEMENTS.judge(observation.chain, store, observation.target.server_name, now)
        if observation.purpose is Purpose.server
        else NOT_JUDGED
    )
    staple, revocation = _revocation(
        observation, chain, crls + (fetched.crls if fetched else ()), now
    )
    return Standing(
        chain.trusted,
        chain.judged_by,
        chain.name_matches,
        tuple(map(read_certificate, chain.path)),
        chain.clients,
        tuple(counted(_of_chain(observation, chain), chain.clients, policy.clients)),
        (
            *revocation,
            *unmet_expectations(observation.end_entity, policy),
            *unmet_client_auth(observation, policy),
            *_possession(observation),
            *handshake_findings(observation),
            *_problems(observation),
            *lint_server(observation),
            *(lint_changes(observation, earlier) if earlier else ()),
            *lint_client_cas(observation.client_auth, client_side, policy, now),
        ),
        tuple(_of_fetched(fetched, observation, chain, store, now)) if fetched else (),
        staple,
        acceptable_cas(observation.client_auth, client_side),
    )


def _of_chain(observation: Observation, chain: ChainJudgement) -> Sequence[Finding]:
    if observation.tls_version is not None:
        return chain.findings
    # A bundle in a file may hold anything; extra certificates only matter on the wire.
    return [finding for finding in chain.findings if finding.code not in _ONLY_ON_THE_WIRE]


_ONLY_ON_THE_WIRE = {"extra-certificates", "root-sent"}


def _revocation(
    observation: Observation,
    chain: ChainJudgement,
    crls: tuple[RevocationList, ...],
    now: datetime,
) -> tuple[StapleStatus | None, list[Finding]]:
    if observation.ocsp_response is None and not crls:
        return None, []
    # Few servers staple, and few users have CRLs: the others should not wait for the imports.
    from halfshake.trust.rules.revocation.lists import check_revocation_lists  # noqa: PLC0415
    from halfshake.trust.rules.revocation.staple import check_staple  # noqa: PLC0415

    findings: list[Finding] = []
    staple = None
    with muted():  # as chain_judgement.py
        if observation.ocsp_response is not None:
            presented = tuple(certificate.der for certificate in observation.chain)
            staple, findings = check_staple(observation.ocsp_response, presented, chain.path, now)
        if crls:
            findings = findings + check_revocation_lists(crls, chain.path, now)
    return staple, findings


def _of_fetched(
    fetched: Fetched,
    observation: Observation,
    chain: ChainJudgement,
    store: TrustStore,
    now: datetime,
) -> list[Finding]:
    findings = [found("not-fetched", complaint) for complaint in fetched.complaints]
    if chain.trusted or not fetched.certificates:
        return findings
    more = tuple(read_certificate(der) for der in fetched.certificates)
    completed = CHAIN_JUDGEMENTS.judge(
        observation.chain + more, store, observation.target.server_name, now
    )
    if completed.trusted:
        names = ", ".join(certificate.subject or certificate.sha256 for certificate in more)
        message = f"the chain would be trusted with {names}, which the server does not send"
        findings.append(found("completed-by-fetching", message))
    return findings


def _possession(observation: Observation) -> list[Finding]:
    evidence = observation.key_possession
    if evidence.status is _PROVEN or observation.tls_version is None:  # a file: nobody was asked
        return []
    if evidence.status is KeyPossession.refuted:
        message = f"the server does not hold the certificate's private key: {evidence.reason}"
        return [found("key-possession-refuted", message)]
    message = f"it is not known whether the server holds the private key: {evidence.reason}"
    return [found("key-possession-unproven", message)]


def _problems(observation: Observation) -> list[Finding]:
    if not any(map(_PROBLEMS, observation.chain)):
        return []
    return [
        found(
            "certificate-odd",
            f"certificate {depth} of the chain: {problem}",
            {"depth": depth, "sha256": certificate.sha256},
        )
        for depth, certificate in enumerate(observation.chain)
        for problem in certificate.problems
    ]


# A chain that was seen before needs no OpenSSL: at most some 20 KB each.
CHAIN_JUDGEMENTS = ChainJudgements(maxsize=4096)

_PROVEN = KeyPossession.proven
_PROBLEMS = operator.attrgetter("problems")
