"""What the user expects of a server: its key, issuer and file, and client authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.observation import Enforcement
from halfshake.trust.findings import Finding, found
from halfshake.trust.policy import ExpectedClientAuth

if TYPE_CHECKING:
    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import ClientAuth, Observation
    from halfshake.trust.policy import ExpectedFile, Policy


def unmet_expectations(end_entity: PresentedCertificate, policy: Policy) -> list[Finding]:
    """One finding for each expectation that the server's certificate does not meet."""
    findings: list[Finding] = []
    if not (policy.expected_spki_sha256 or policy.expected_issuers or policy.expected_file):
        return findings
    key = end_entity.spki_sha256
    if policy.expected_spki_sha256 and key not in policy.expected_spki_sha256:
        what = f"has the SPKI SHA-256 {key}" if key else "cannot be read"
        findings.append(
            found(
                "unexpected-key",
                f"the server's public key {what}, which is not expected",
                {"expected": ", ".join(policy.expected_spki_sha256), "spki_sha256": key or ""},
            )
        )
    expected = " or ".join(policy.expected_issuers)
    issuer = end_entity.issuer or "an issuer that cannot be read"
    if expected and not any(
        part.casefold() in issuer.casefold() for part in policy.expected_issuers
    ):
        findings.append(
            found(
                "unexpected-issuer",
                f"the certificate was issued by {issuer}, but {expected} was expected",
                {"expected": expected, "issuer": issuer},
            )
        )
    if policy.expected_file is not None and policy.expected_file.der != end_entity.der:
        findings.append(_not_the_file(end_entity, policy.expected_file))
    return findings


def unmet_client_auth(observation: Observation, policy: Policy) -> list[Finding]:
    """A finding if clients without a certificate are not treated as expected."""
    client_auth, expected = observation.client_auth, policy.expected_client_auth
    if expected is None or observation.tls_version is None:  # a file
        return []
    met = _is_as_expected(client_auth, expected)
    if met:
        return []
    asks = "asks" if client_auth.requested else "does not ask"
    message = f"the server {asks} for a client certificate"
    if client_auth.requested is None:
        message = "the flight ended before the server told whether it asks"
    evidence: dict[str, str | int | float] = {"expected": expected.value}
    if client_auth.enforcement is not None:
        message += f" and is {client_auth.enforcement.value}"
        evidence["enforcement"] = client_auth.enforcement.value
    if met is False:
        message += f", but {expected.value} was expected"
        return [found("unexpected-client-auth", message, evidence)]
    why = client_auth.enforcement_reason or "there was no second visit"
    if client_auth.requested is None:
        why = "the flight ended before the server told"
    message = f"it is not known whether the server is {expected.value}, as expected: {why}"
    return [found("client-auth-unknown", message, evidence)]


def _is_as_expected(client_auth: ClientAuth, expected: ExpectedClientAuth) -> bool | None:
    """Compare; None if it is not known. What the first visit saw counts as well."""
    if expected == ExpectedClientAuth.requested:
        return client_auth.requested
    if expected == ExpectedClientAuth.none and client_auth.requested:
        return False
    if expected == ExpectedClientAuth.tls_required and client_auth.requested is False:
        return False
    if client_auth.enforcement in {None, Enforcement.unknown}:
        return None
    return client_auth.enforcement == _AS_ENFORCEMENT[expected]


_AS_ENFORCEMENT = {
    ExpectedClientAuth.tls_required: Enforcement.tls_required,
    ExpectedClientAuth.http_enforced: Enforcement.http_enforced,
    ExpectedClientAuth.none: Enforcement.open,
}


def _not_the_file(served: PresentedCertificate, file: ExpectedFile) -> Finding:
    expected = read_certificate(file.der)
    message = f"the server serves a different certificate from the one in {file.name}"
    ends = served.not_after, expected.not_after
    if ends[0] is not None and ends[1] is not None and ends[0].date() != ends[1].date():
        message = (
            f"the server serves a certificate that expires {ends[0]:%Y-%m-%d}, but "
            f"{file.name} holds one that expires {ends[1]:%Y-%m-%d}"
        )
        if ends[1] > ends[0]:
            message += ": it was not reloaded"
    evidence: dict[str, str | int | float] = {
        "expected_sha256": expected.sha256,
        "sha256": served.sha256,
    }
    return found("not-the-file", message, evidence)
