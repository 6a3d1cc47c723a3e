"""What the result document says of a verdict."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from halfshake.report.handshake_fields import known
from halfshake.report.json_text import (
    date_text,
    decimal,
    json_line,
    members,
    quoted,
    time_text,
)
from halfshake.trust.findings import Finding

if TYPE_CHECKING:
    from datetime import timedelta

    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.findings import Severity
    from halfshake.trust.rules.client_cas import AcceptableCa
    from halfshake.trust.rules.partners import PartnerVerdict
    from halfshake.trust.verdict import Verdict


def verdict_members(verdict: Verdict) -> str:
    """Encode a verdict without its braces, for a line that is yet made `unbreakable`.

    What many lines have in common is encoded only once.
    """
    # What stands in every line is written one by one, without a mapping and an encoder.
    parts = (
        _trust(verdict),
        _dates(verdict),
        _limits(verdict),
        _clients(verdict.clients),
        _client_cas(verdict.acceptable_cas),
        _partners_and_staple(verdict),
        f'"findings":[{",".join(map(finding_text, verdict.findings))}]',
    )
    return ",".join(filter(None, parts))


def _trust(verdict: Verdict) -> str:
    texts = [f'"status":"{verdict.status}"']
    if (trusted := verdict.trusted) is not None:
        texts.append(f'"trusted":{_BOOLEANS[trusted]}')
    if (matches := verdict.name_matches) is not None:
        texts.append(f'"name_matches":{_BOOLEANS[matches]}')
    return ",".join(texts)


def _dates(verdict: Verdict) -> str:
    texts = []
    if (not_after := verdict.not_after) is not None:
        texts.append(f'"not_after":"{date_text(not_after)}"')
    if (seconds := verdict.seconds_left) is not None:
        texts.append(f'"seconds_left":{int(seconds)}')
    if (days := verdict.days_left) is not None:
        texts.append(f'"days_left":{decimal(days, 4)}')
    if (not_after := verdict.path_not_after) is not None:
        texts.append(f'"path_not_after":"{date_text(not_after)}"')
    if (seconds := verdict.path_seconds_left) is not None:
        texts.append(f'"path_seconds_left":{int(seconds)}')
    if (ratio := verdict.lifetime_ratio_left) is not None:
        texts.append(f'"lifetime_ratio_left":{decimal(ratio, 6)}')
    return ",".join(texts)


def _limits(verdict: Verdict) -> str:
    texts = []
    if (subject := verdict.path_dies_first) is not None:
        texts.append(f'"path_dies_first":{quoted(subject)}')
    if (left := verdict.warning_left) is not None:
        texts.append(f'"warning_seconds":{_seconds(left)}')
    if (left := verdict.critical_left) is not None:
        texts.append(f'"critical_seconds":{_seconds(left)}')
    if (judged_by := verdict.judged_by) is not None:
        texts.append(f'"judged_by":{quoted(judged_by)}')
    return ",".join(texts)


def _partners_and_staple(verdict: Verdict) -> str:
    if not verdict.partners and verdict.ocsp_staple is None:
        return ""
    return members(
        {
            "would_accept": [_partner(partner) for partner in verdict.partners] or None,
            "ocsp_staple": None if verdict.ocsp_staple is None else verdict.ocsp_staple.value,
        }
    )


def verdict_fields(verdict: Verdict) -> dict[str, Any]:
    """The same as a mapping, for those who choose from it."""
    fields: dict[str, Any] = json.loads(f"{{{verdict_members(verdict)}}}")
    return fields


@functools.lru_cache(maxsize=1024)
def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


@functools.lru_cache(maxsize=1024)
def _client_cas(listed: tuple[AcceptableCa, ...]) -> str:
    return members({"acceptable_cas": [_acceptable_ca(ca) for ca in listed] or None})


def _acceptable_ca(ca: AcceptableCa) -> dict[str, Any]:
    certificate = ca.certificate
    return known(
        {
            "name": ca.name,
            "not_after": time_text(certificate.not_after) if certificate else None,
            "sha256": certificate.sha256 if certificate else None,
            "public": ca.public or None,
        }
    )


def _partner(partner: PartnerVerdict) -> dict[str, Any]:
    return known(
        {
            "file": partner.name,
            "subject": partner.subject,
            "accepted": partner.accepted,
            "findings": [finding.code for finding in partner.findings],
        }
    )


@functools.lru_cache(maxsize=4096)
def _clients(clients: tuple[ClientVerdict, ...]) -> str:
    return members({"clients": [_client(client) for client in clients]})


def _client(client: ClientVerdict) -> dict[str, Any]:
    return known(
        {
            "profile": client.profile,
            "clients": client.clients,
            "accepts": client.accepts,
            "reason": client.reason or None,
        }
    )


def finding_text(finding: Finding) -> str:
    """Encode one finding; one without evidence says the same of many servers."""
    code, severity, message, advice, evidence = finding
    if evidence:
        return json_line(finding_fields(finding))
    return _plain_finding(code, severity, message, advice)


@functools.lru_cache(maxsize=1024)
def _plain_finding(code: str, severity: Severity, message: str, advice: str) -> str:
    return json_line(finding_fields(Finding(code, severity, message, advice, {})))


def finding_fields(finding: Finding) -> dict[str, Any]:
    """One finding, with its evidence beside it."""
    return {
        **finding.evidence,
        "code": finding.code,
        "severity": finding.severity.name,
        "message": finding.message,
        "advice": finding.advice,
    }


_BOOLEANS = {True: "true", False: "false"}
