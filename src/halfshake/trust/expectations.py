"""What the user said the certificate should be: its key, its issuer, the file it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfshake.certificate import read_certificate
from halfshake.trust.findings import Finding, found

if TYPE_CHECKING:
    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.policy import ExpectedFile, Policy


def unmet_expectations(end_entity: PresentedCertificate, policy: Policy) -> list[Finding]:
    """One finding for each expectation that the server's certificate does not meet."""
    findings: list[Finding] = []
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
                f"the certificate was issued by {issuer}, expected was {expected}",
                {"expected": expected, "issuer": issuer},
            )
        )
    if policy.expected_file is not None and policy.expected_file.der != end_entity.der:
        findings.append(_not_the_file(end_entity, policy.expected_file))
    return findings


def _not_the_file(served: PresentedCertificate, file: ExpectedFile) -> Finding:
    expected = read_certificate(file.der)
    message = f"the server serves another certificate than {file.name} holds"
    if served.not_after is not None and expected.not_after is not None:
        message = (
            f"the server serves a certificate that ends {served.not_after:%Y-%m-%d}, "
            f"{file.name} holds one that ends {expected.not_after:%Y-%m-%d}"
        )
        if expected.not_after > served.not_after:
            message += ": it was not reloaded"
    evidence: dict[str, str | int | float] = {
        "expected_sha256": expected.sha256,
        "sha256": served.sha256,
    }
    return found("not-the-file", message, evidence)
