"""What the result document says of a verdict."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from halfshake.report.handshake_fields import known
from halfshake.report.json_text import members, time_text

if TYPE_CHECKING:
    from datetime import timedelta

    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.findings import Finding
    from halfshake.trust.rules.client_cas import AcceptableCa
    from halfshake.trust.rules.partners import PartnerVerdict
    from halfshake.trust.verdict import Verdict


def verdict_members(verdict: Verdict) -> str:
    """Encode a verdict without its braces; what many lines have in common is encoded only once."""
    seconds, path_seconds = verdict.seconds_left, verdict.path_seconds_left
    days, ratio = verdict.days_left, verdict.lifetime_ratio_left
    parts = (
        members(
            {
                "status": verdict.status.value,
                "trusted": verdict.trusted,
                "name_matches": verdict.name_matches,
                "not_after": time_text(verdict.not_after),
                "seconds_left": None if seconds is None else int(seconds),
                "days_left": None if days is None else round(days, 4),
                "path_not_after": time_text(verdict.path_not_after),
                "path_seconds_left": None if path_seconds is None else int(path_seconds),
                "lifetime_ratio_left": None if ratio is None else round(ratio, 6),
                "path_dies_first": verdict.path_dies_first,
                "warning_seconds": _seconds(verdict.warning_left),
                "critical_seconds": _seconds(verdict.critical_left),
                "judged_by": verdict.judged_by,
            }
        ),
        _clients(verdict.clients),
        _client_cas(verdict.acceptable_cas),
        members(
            {
                "would_accept": [_partner(partner) for partner in verdict.partners] or None,
                "ocsp_staple": None if verdict.ocsp_staple is None else verdict.ocsp_staple.value,
                "findings": [finding_fields(finding) for finding in verdict.findings],
            }
        ),
    )
    return ",".join(filter(None, parts))


def verdict_fields(verdict: Verdict) -> dict[str, Any]:
    """The same as a mapping, for those who choose from it."""
    fields: dict[str, Any] = json.loads(f"{{{verdict_members(verdict)}}}")
    return fields


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())


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


def finding_fields(finding: Finding) -> dict[str, Any]:
    """One finding, with its evidence beside it."""
    return {
        **finding.evidence,
        "code": finding.code,
        "severity": finding.severity.name,
        "message": finding.message,
        "advice": finding.advice,
    }
