"""What is wrong with certificates in a file or a trust store, except the first one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.observation import Purpose
from halfshake.trust.findings import Finding, found

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.observation import Observation
    from halfshake.trust.policy import Policy


def stored_findings(
    observation: Observation, path: tuple[bytes, ...], policy: Policy, now: datetime
) -> list[Finding]:
    """Each other certificate that has expired or will soon; those on `path` are judged there.

    At most a warning: a certificate that no client uses may do no harm.
    """
    findings: list[Finding] = []
    anchors = observation.purpose is Purpose.anchors
    for depth, certificate in enumerate(observation.chain):
        not_before, not_after = certificate.not_before, certificate.not_after
        if (
            (depth == 0 and not anchors)
            or certificate.der in path
            or not_before is None
            or not_after is None
        ):
            continue
        evidence: dict[str, str | int | float] = {"depth": depth, "sha256": certificate.sha256}
        if now >= not_after:
            code, when = "stored-certificate-expired", f"expired on {not_after:%Y-%m-%d}"
        elif not_after - now < policy.warning_left(not_after - not_before):
            code, when = "stored-certificate-expires-soon", f"expires on {not_after:%Y-%m-%d}"
        else:
            continue
        findings.append(
            found(
                code,
                f"certificate {depth} of {observation.target.text}, {certificate.subject}, {when}",
                evidence,
            )
        )
    return findings
