"""What an owner expects of a server beyond a verdict, and whether the server meets it.

Datadog's monitors look at facts one by one: is the version allowed, is the certificate valid, does
it expire. `assess` sorts a verdict's findings into those questions, leaves out the questions that
the owner does not ask, and adds what only the owner can know (which versions are allowed). It never
changes what the verdict says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from halfshake.trust.findings import Finding, Severity
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from halfshake.observation import Observation
    from halfshake.trust.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a server is expected to meet.

    Without `trust` or `name`, that part of the verdict is not asked for and not reported. Without
    `dates`, an expired certificate is valid: only its expiration is reported. With `client_auth`,
    the policy expects a certain treatment of clients without a certificate.
    """

    trust: bool = True
    name: bool = True
    dates: bool = True
    tls_versions: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    client_auth: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answers. None means that it is not known, or was not asked.

    `version`, `validation`, `expiration` and `client_auth` hold the findings for each question; an
    empty one means that all is well. `status` is the worst of everything asked.
    """

    status: Status
    trusted: bool | None
    name_matches: bool | None
    dates_valid: bool | None
    client_auth_as_expected: bool | None
    version: tuple[Finding, ...]
    validation: tuple[Finding, ...]
    expiration: tuple[Finding, ...]
    client_auth: tuple[Finding, ...]


def assess(observation: Observation, verdict: Verdict, expected: Expectations) -> Assessment:
    """Compare a reading and its verdict with what is expected."""
    findings = [finding for finding in verdict.findings if _asked(finding, expected)]
    name_matches = verdict.name_matches if expected.name else None
    if name_matches and any(finding.code == "cn-only" for finding in findings):
        # Clients that follow RFC 9525 do not look there, so here it counts as no name.
        name_matches = False
        findings = [
            finding._replace(severity=Severity.critical) if finding.code == "cn-only" else finding
            for finding in findings
        ]
    version = _version(observation, expected)
    client_auth = tuple(finding for finding in findings if finding.code in ABOUT_CLIENT_AUTH)
    codes = {finding.code for finding in findings}
    dates_known = verdict.not_after is not None
    return Assessment(
        status=_worst([*findings, *version]),
        trusted=verdict.trusted if expected.trust else None,
        name_matches=name_matches,
        dates_valid=not codes & OUTSIDE_ITS_DATES if dates_known else None,
        client_auth_as_expected=_as_expected(client_auth) if expected.client_auth else None,
        version=version,
        validation=tuple(
            finding
            for finding in findings
            if _invalidates(finding, expected) and finding.code not in ABOUT_CLIENT_AUTH
        ),
        expiration=tuple(finding for finding in findings if finding.code in EXPIRATION),
        client_auth=client_auth,
    )


def _asked(finding: Finding, expected: Expectations) -> bool:
    about_trust = "openssl_code" in finding.evidence or finding.code in ABOUT_THE_PATH
    if about_trust and not expected.trust:
        return False
    return expected.name or finding.code != "name-mismatch"


def _invalidates(finding: Finding, expected: Expectations) -> bool:
    if finding.code in OUTSIDE_ITS_DATES and not expected.dates:
        return False
    # A CA that is about to expire is not the expiry of the server's certificate: it belongs here.
    if finding.code in ABOUT_THE_PATH:
        return True
    return finding.severity is Severity.critical and finding.code != "expires-soon"


def _version(observation: Observation, expected: Expectations) -> tuple[Finding, ...]:
    version = observation.tls_version
    if not version or version in expected.tls_versions:
        return ()
    return (
        Finding(
            "tls-version-disallowed",
            Severity.critical,
            f"Disallowed protocol version: {version} (allowed: {', '.join(expected.tls_versions)})",
            "Change the TLS versions that the server offers, or the allowed ones.",
            {},
        ),
    )


def _as_expected(against: tuple[Finding, ...]) -> bool | None:
    codes = {finding.code for finding in against}
    if not codes:
        return True
    return None if codes == {"client-auth-unknown"} else False


def _worst(findings: list[Finding]) -> Status:
    worst = max((finding.severity for finding in findings), default=Severity.info)
    return {Severity.critical: Status.critical, Severity.warning: Status.warning}.get(
        worst, Status.ok
    )


ABOUT_CLIENT_AUTH = frozenset({"unexpected-client-auth", "client-auth-unknown"})
EXPIRATION = frozenset({"expired", "expires-soon"})
OUTSIDE_ITS_DATES = frozenset({"expired", "not-yet-valid"})
ABOUT_THE_PATH = frozenset({"not-judged", "path-expires-soon"})
