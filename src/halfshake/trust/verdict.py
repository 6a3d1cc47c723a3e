"""`judge()`: what we think of an observation. No I/O, no clock; every finding is collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from halfshake.observation import Purpose
from halfshake.trust.rules import dates
from halfshake.trust.rules.client_cas import ClientSide
from halfshake.trust.rules.stored_findings import stored_findings
from halfshake.trust.standing import standing_of
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation
    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.findings import Finding
    from halfshake.trust.policy import Policy
    from halfshake.trust.rules.client_cas import AcceptableCa
    from halfshake.trust.rules.partners import PartnerVerdict
    from halfshake.trust.rules.pointers import Fetched
    from halfshake.trust.rules.revocation.revocation_list import RevocationList
    from halfshake.trust.rules.revocation.staple import StapleStatus
    from halfshake.trust.standing import Standing
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
    standing = standing_of(
        observation,
        store,
        policy,
        now,
        crls=crls,
        fetched=fetched,
        earlier=earlier,
        client_side=client_side,
    )
    return judge_again(standing, observation, policy, now, client_side=client_side)


def judge_again(
    standing: Standing,
    observation: Observation,
    policy: Policy,
    now: datetime,
    *,
    client_side: ClientSide = NOTHING_KNOWN,
) -> Verdict:
    """Judge a reading that shows what was seen when `standing` was made: only the time is new.

    Of the `client_side` its partners and known certificates count.
    """
    end_entity = observation.end_entity
    dies_first = dates.first_to_expire(standing.path)
    partners = _partners(observation, client_side, policy, now)
    weighed_findings = weighed(
        [
            *_own_dates(observation, standing, policy, now),
            *standing.of_chain,
            *(dates.path_dates(dies_first, end_entity, policy, now) if standing.trusted else ()),
            *standing.of_server,
            *(finding for partner in partners for finding in partner.findings),
            *standing.of_fetched,
        ],
        policy,
    )
    lifetime = dates.lifetime(end_entity)
    left = dates.seconds_left(end_entity, now)
    return Verdict(
        status=status_of(weighed_findings),
        trusted=standing.trusted,
        judged_by=standing.judged_by,
        name_matches=standing.name_matches,
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
        path=standing.path,
        clients=standing.clients,
        findings=weighed_findings,
        ocsp_staple=standing.ocsp_staple,
        warning_left=None if lifetime is None else policy.warning_left(lifetime),
        critical_left=None if lifetime is None else policy.critical_left(lifetime),
        acceptable_cas=standing.acceptable_cas,
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
    observation: Observation, standing: Standing, policy: Policy, now: datetime
) -> list[Finding]:
    findings: list[Finding] = []
    if observation.purpose is not Purpose.anchors:
        findings += dates.end_entity_dates(observation.end_entity, policy, now)
    if observation.tls_version is None:
        path = tuple(certificate.der for certificate in standing.path)
        findings += stored_findings(observation, path, policy, now)
    return findings


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


# By severity, which is a number.
_STATUSES = (Status.ok, Status.warning, Status.critical)
