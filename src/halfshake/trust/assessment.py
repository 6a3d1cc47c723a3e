"""What an owner expects of a server beyond a verdict, and whether that holds.

Datadog's monitors look at facts one by one: is the version allowed, is the certificate valid, does
it expire. `assess` sorts a verdict's findings into those questions, leaves out what the owner does
not want to be asked, and adds what only the owner can know (is a client certificate to be asked
for). It never changes what the verdict says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from halfshake.trust.findings import Finding, Severity
from halfshake.trust.verdict import Status

if TYPE_CHECKING:
    from halfshake.observation import Observation
    from halfshake.trust.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Expectations:
    """What is to be held against a server.

    Without `trust` or `name` that part of the verdict is not asked for, and not told. `client_auth`
    is whether a client certificate has to be asked for; None where it does not matter.
    """

    trust: bool = True
    name: bool = True
    tls_versions: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    client_auth: bool | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answers. None stands for what is not known, or was not asked.

    `version`, `validation`, `expiration` and `client_auth` hold the findings against each question;
    an empty one is a question answered well. `status` is the worst of everything asked.
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
    """Hold a reading and its verdict against what is expected."""
    findings = [finding for finding in verdict.findings if _asked(finding, expected)]
    name_matches = verdict.name_matches if expected.name else None
    if name_matches and any(finding.code == "cn-only" for finding in findings):
        # Clients by RFC 9525 do not look there, so here it is as good as no name.
        name_matches = False
        findings = [
            replace(finding, severity=Severity.critical) if finding.code == "cn-only" else finding
            for finding in findings
        ]
    version = _version(observation, expected)
    client_auth = _client_auth(observation, expected)
    codes = {finding.code for finding in findings}
    dates_known = verdict.not_after is not None
    return Assessment(
        status=_worst([*findings, *version, *client_auth]),
        trusted=verdict.trusted if expected.trust else None,
        name_matches=name_matches,
        dates_valid=not codes & OUTSIDE_ITS_DATES if dates_known else None,
        client_auth_as_expected=None if expected.client_auth is None else not client_auth,
        version=version,
        validation=tuple(finding for finding in findings if _invalidates(finding)),
        expiration=tuple(finding for finding in findings if finding.code in EXPIRATION),
        client_auth=client_auth,
    )


def _asked(finding: Finding, expected: Expectations) -> bool:
    about_trust = "openssl_code" in finding.evidence or finding.code in ABOUT_THE_PATH
    if about_trust and not expected.trust:
        return False
    return expected.name or finding.code != "name-mismatch"


def _invalidates(finding: Finding) -> bool:
    # A CA that is about to expire is not the server certificate's own end: it belongs here.
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
            "Change the versions that the server offers, or those that are allowed.",
        ),
    )


def _client_auth(observation: Observation, expected: Expectations) -> tuple[Finding, ...]:
    requested = observation.client_auth.requested
    if expected.client_auth is None or requested is expected.client_auth:
        return ()
    if requested:
        return (
            Finding(
                "client-auth-unexpected",
                Severity.critical,
                "the server asks for a client certificate, and is expected not to",
                "Look at what changed on the server, or change expect_client_auth.",
            ),
        )
    return (
        Finding(
            "client-auth-missing",
            Severity.critical,
            "the server does not ask for a client certificate, and is expected to",
            "Whoever connects gets in as far as TLS is concerned: look at the server's settings.",
        ),
    )


def _worst(findings: list[Finding]) -> Status:
    worst = max((finding.severity for finding in findings), default=Severity.info)
    return {Severity.critical: Status.critical, Severity.warning: Status.warning}.get(
        worst, Status.ok
    )


EXPIRATION = frozenset({"expired", "expires-soon"})
OUTSIDE_ITS_DATES = frozenset({"expired", "not-yet-valid"})
ABOUT_THE_PATH = frozenset({"not-judged", "path-expires-soon"})
