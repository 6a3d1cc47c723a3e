"""From a reading and its verdict to what the history compares."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from halfshake.errors import FailureReason
from halfshake.history.changes import Certificate, Facts
from halfshake.observation import Enforcement, Observation
from halfshake.trust.findings import Severity

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.history.visit import Reading
    from halfshake.observation import ProbeFailure


class Awaited(NamedTuple):
    """A certificate that was issued, and is not served: what `expect_file` holds, since when."""

    sha256: str
    since: datetime


def facts_of(reading: Reading, observation: Observation, awaited: Awaited | None) -> Facts:
    """What this reading showed; what it could not see is None."""
    verdict, client_auth = reading.verdict, observation.client_auth
    assert verdict is not None
    enforcement = client_auth.enforcement
    # One who asks in the first connection and not in the second changed between them.
    nothing_said = {
        None,
        Enforcement.unknown,
        *([Enforcement.open] if client_auth.requested else []),
    }
    certificate = certificate_of(observation.end_entity)
    served = awaited is not None and awaited.sha256 == certificate.sha256
    return Facts(
        at=observation.observed_at,
        certificate=certificate,
        status=reading.status,
        trusted=verdict.trusted,
        requested=client_auth.requested,
        enforcement=None if enforcement in nothing_said else enforcement,
        client_cas=(
            tuple(sorted(set(client_auth.acceptable_cas))) if client_auth.requested else None
        ),
        address=observation.address,
        awaited_for=observation.observed_at - awaited.since if served and awaited else None,
    )


def awaited_of(reading: Reading, known: Awaited | None) -> Awaited | None:
    """What is issued and not served, by this reading; since when, as far as is known."""
    if reading.verdict is None:
        return known
    for finding in reading.verdict.findings:
        if finding.code == "not-the-file":
            sha256 = str(finding.evidence["expected_sha256"])
            if known is not None and known.sha256 == sha256:
                return known
            return Awaited(sha256, reading.result.observed_at)
    return None


def certificate_of(certificate: PresentedCertificate) -> Certificate:
    """What is compared of a certificate."""
    return Certificate(
        sha256=certificate.sha256,
        spki_sha256=certificate.spki_sha256,
        subject=certificate.subject,
        issuer=certificate.issuer,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )


def reasons_of(reading: Reading) -> tuple[str, ...]:
    """Why the status is what it is: the failure, or the findings of weight, the worst first."""
    if reading.verdict is None:
        failure = _failure(reading)
        return () if failure is None else (failure,)
    return tuple(
        dict.fromkeys(
            finding.code
            for finding in reading.verdict.findings
            if finding.severity >= Severity.warning
        )
    )


def failure_of(reading: Reading) -> str | None:
    """The stable code of a failure; None where the target was read."""
    return _failure(reading)


def is_our_mistake(reading: Reading) -> bool:
    """Did we fail, and not the server?"""
    return _failure(reading) == FailureReason.internal_error.value


def digest_of(reading: Reading) -> bytes:
    """Short for everything that is worth writing: the same for the same."""
    result, verdict = reading.result, reading.verdict
    said: tuple[object, ...]
    if isinstance(result, Observation):
        said = (
            *(getattr(result, name) for name in _COMPARED),
            () if verdict is None else _said_of(reading),
        )
    else:
        said = (result.phase, result.reason, result.alert, result.address)
    chain = tuple(certificate.sha256 for certificate in result.chain)
    text = repr((reading.status, chain, said))
    return hashlib.blake2b(text.encode(errors="backslashreplace"), digest_size=12).digest()


def _said_of(reading: Reading) -> tuple[object, ...]:
    verdict = reading.verdict
    assert verdict is not None
    return (
        verdict.trusted,
        verdict.name_matches,
        verdict.path_not_after,
        tuple((finding.code, finding.severity) for finding in verdict.findings),
        verdict.clients,
    )


def _failure(reading: Reading) -> str | None:
    result: Observation | ProbeFailure = reading.result
    return None if isinstance(result, Observation) else result.reason.value


_COMPARED = (
    "address",
    "tls_version",
    "cipher_suite",
    "named_group",
    "client_auth",
    "key_possession",
    "ocsp_response",
    "alpn_protocol",
    "oddities",
    "broken_off",
    "first_hello",
)
