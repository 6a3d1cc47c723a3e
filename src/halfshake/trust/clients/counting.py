"""`--clients`: the families whose refusal counts, and what that makes of the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.trust.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.findings import Finding


def counted(
    findings: Iterable[Finding], clients: Iterable[ClientVerdict], named: tuple[str, ...]
) -> list[Finding]:
    """Weigh what is wrong with a chain by the families that the user names.

    Their refusal is critical. OpenSSL's is information if it is not named itself and every named
    family accepts the chain. Without names nothing changes: OpenSSL's word counts.
    """
    if not named:
        return list(findings)
    answers = [client.accepts for client in clients if client.profile in named]
    openssl_counts = "openssl" in named or not all(answers) or not answers
    return [_weighed(finding, named, openssl_counts=openssl_counts) for finding in findings]


def _weighed(finding: Finding, named: tuple[str, ...], *, openssl_counts: bool) -> Finding:
    profile = finding.evidence.get("profile")
    if profile is not None:
        return finding._replace(severity=Severity.critical) if profile in named else finding
    if finding.severity is Severity.critical and not openssl_counts:
        return finding._replace(severity=Severity.info)
    return finding
