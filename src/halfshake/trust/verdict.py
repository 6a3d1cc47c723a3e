"""`judge()`: what we think of an observation. No I/O, no clock; every finding is collected."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, NamedTuple

from halfshake.certificate import read_certificate
from halfshake.muted import muted
from halfshake.observation import KeyPossession, Purpose
from halfshake.trust.chain_judgement import NOT_JUDGED
from halfshake.trust.clients.counting import counted
from halfshake.trust.findings import Finding, found
from halfshake.trust.kept_judgements import ChainJudgements
from halfshake.trust.rules import dates
from halfshake.trust.rules.client_cas import ClientSide, acceptable_cas, lint_client_cas
from halfshake.trust.rules.expectations import unmet_client_auth, unmet_expectations
from halfshake.trust.rules.handshake import handshake_findings
from halfshake.trust.rules.lint import lint_changes, lint_server
from halfshake.trust.rules.stored_findings import stored_findings
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation
    from halfshake.trust.chain_judgement import ChainJudgement
    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.policy import Policy
    from halfshake.trust.rules.client_cas import AcceptableCa
    from halfshake.trust.rules.partners import PartnerVerdict
    from halfshake.trust.rules.pointers import Fetched
    from halfshake.trust.rules.revocation.revocation_list import RevocationList
    from halfshake.trust.rules.revocation.staple import StapleStatus
    from halfshake.trust.store import TrustStore


NOTHING_KNOWN = ClientSide()


class Verdict(NamedTuple):
    """The verdict on a server's certificate.

    None means not known. `judged_by` says who decided `trusted`: "openssl", or "web-pki" if the
    local OpenSSL could not tell. `path` is the path that the verdict is based on, the end entity
    first, and the longest-lasting path if there are several; `path_not_after` is when the first
    certificate of the path expires, `path_dies_first` is its subject. `clients` says which other
    clients accept the certificate. `ocsp_staple` is None if there is none. `warning_left` and
    `critical_left` are the thresholds that apply to the end entity. `acceptable_cas` are the CAs in
    the server's list, with what is known about them; `partners` says which partners would be let
    in.
    """

    status: Status
    trusted: bool | None
    judged_by: str | None
    name_matches: bool | None
    not_after: datetime | None
    seconds_left: float | None
    lifetime_ratio_left: float | None
    path_not_after: datetime | None
    path_seconds_left: float | None
    path_dies_first: str | None
    path: tuple[PresentedCertificate, ...]
    clients: tuple[ClientVerdict, ...]
    findings: tuple[Finding, ...]
    ocsp_staple: StapleStatus | None = None
    warning_left: timedelta | None = None
    critical_left: timedelta | None = None
    acceptable_cas: tuple[AcceptableCa, ...] = ()
    partners: tuple[PartnerVerdict, ...] = ()

    @property
    def days_left(self) -> float | None:
        """Days of 86,400 seconds until the end entity expires; negative once it has."""
        return None if self.seconds_left is None else self.seconds_left / dates.SECONDS_PER_DAY


def judge(
    observation: Observation,
    store: TrustStore,
    policy: Policy,
    now: datetime,
    *,
    crls: tuple[RevocationList, ...] = (),
    fetched: Fetched | None = None,
    earlier: Observation | None = None,
    client_side: ClientSide = NOTHING_KNOWN,
) -> Verdict:
    """Judge a reading with a trust store, as of `now` (aware, UTC).

    Every certificate of the path is checked against `crls`, and against what was `fetched` for this
    chain; an `earlier` reading of the same target is compared with this one. What is known of the
    `client_side` is compared with what the server asks clients for.
    """
    end_entity = observation.end_entity
    # For a client's certificate and for trust anchors only the dates are judged.
    chain = (
        CHAIN_JUDGEMENTS.judge(observation.chain, store, observation.target.server_name, now)
        if observation.purpose is Purpose.server
        else NOT_JUDGED
    )
    dies_first = dates.dies_first(chain.path)
    staple, revocation = _revocation(
        observation, chain, crls + (fetched.crls if fetched else ()), now
    )
    partners = _partners(observation, client_side, policy, now)
    findings = [
        *_own_dates(observation, chain, policy, now),
        *counted(_of_chain(observation, chain), chain.clients, policy.clients),
        *(dates.path_dates(dies_first, end_entity, policy, now) if chain.trusted else ()),
        *revocation,
        *unmet_expectations(end_entity, policy),
        *unmet_client_auth(observation, policy),
        *_possession(observation),
        *handshake_findings(observation),
        *_problems(observation),
        *lint_server(observation),
        *(lint_changes(observation, earlier) if earlier else ()),
        *lint_client_cas(observation.client_auth, client_side, policy, now),
        *(finding for partner in partners for finding in partner.findings),
        *(_of_fetched(fetched, observation, chain, store, now) if fetched else ()),
    ]
    weighed_findings = weighed(findings, policy)
    lifetime = dates.lifetime(end_entity)
    left = dates.seconds_left(end_entity, now)
    return Verdict(
        status=status_of(weighed_findings),
        trusted=chain.trusted,
        judged_by=chain.judged_by,
        name_matches=chain.name_matches,
        not_after=end_entity.not_after,
        seconds_left=left,
        lifetime_ratio_left=dates.lifetime_ratio_left(end_entity, lifetime, now),
        path_not_after=dies_first.not_after if dies_first else None,
        path_seconds_left=(
            None
            if dies_first is None
            else left
            if dies_first is end_entity
            else dates.seconds_left(dies_first, now)
        ),
        path_dies_first=dies_first.subject if dies_first else None,
        path=tuple(map(read_certificate, chain.path)),
        clients=chain.clients,
        findings=weighed_findings,
        ocsp_staple=staple,
        warning_left=None if lifetime is None else policy.warning_left(lifetime),
        critical_left=None if lifetime is None else policy.critical_left(lifetime),
        acceptable_cas=acceptable_cas(observation.client_auth, client_side),
        partners=partners,
    )


def _partners(
    observation: Observation, client_side: ClientSide, policy: Policy, now: datetime
) -> tuple[PartnerVerdict, ...]:
    if not client_side.partners:
        return ()
    # Few users ask about partners: the others should not wait for the import.
    from halfshake.trust.rules.partners import judge_partner  # noqa: PLC0415

    return tuple(
        judge_partner(partner, observation, client_side, policy, now)
        for partner in client_side.partners
    )


def _own_dates(
    observation: Observation, chain: ChainJudgement, policy: Policy, now: datetime
) -> list[Finding]:
    findings: list[Finding] = []
    if observation.purpose is not Purpose.anchors:
        findings += dates.end_entity_dates(observation.end_entity, policy, now)
    if observation.tls_version is None:
        findings += stored_findings(observation, chain.path, policy, now)
    return findings


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


def weighed(findings: list[Finding], policy: Policy) -> tuple[Finding, ...]:
    """Apply the policy's severities, drop muted findings, and put the worst first."""
    if policy.severities:
        findings = [
            finding._replace(severity=severity)
            for finding in findings
            if (severity := policy.severities.get(finding.code, finding.severity)) is not None
        ]
    if len(findings) > 1:
        findings = sorted(findings, key=lambda finding: -finding.severity)
    return tuple(findings)


def status_of(findings: tuple[Finding, ...]) -> Status:
    """The status that the worst finding gives, which is the first."""
    return _STATUSES[findings[0].severity] if findings else Status.ok


# A chain that was seen before needs no OpenSSL: at most some 20 KB each.
CHAIN_JUDGEMENTS = ChainJudgements(maxsize=4096)

_PROVEN = KeyPossession.proven
_PROBLEMS = operator.attrgetter("problems")

# By severity, which is a number.
_STATUSES = (Status.ok, Status.warning, Status.critical)
