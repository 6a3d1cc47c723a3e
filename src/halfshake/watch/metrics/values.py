"""From a judged reading to the values of its series, in the order of `families.py`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from halfshake.observation import Enforcement, KeyPossession, Observation
from halfshake.report.datadog import STATUS_NUMBERS
from halfshake.trust.findings import Severity
from halfshake.watch.settings.watched import escaped, label_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from halfshake.observation import FacesRead, ProbeFailure
    from halfshake.trust.comparison import Summary
    from halfshake.trust.findings import Finding
    from halfshake.watch.reader import Judged

MOST_TEXTS = 1024

Value: TypeAlias = float | tuple[str, ...] | None
"""A number; the labels of one or more `info` series; None for what is not known."""


def moving_values(result: Observation | ProbeFailure) -> tuple[Value, ...]:
    """What is new in each reading: the first families of USUAL."""
    total = result.timings.total
    return (
        int(isinstance(result, Observation)),
        round(result.observed_at.timestamp(), 3),
        None if total is None else round(total / 1000, 4),
    )


def usual_values(judged: Judged) -> tuple[Value, ...]:
    """What a reading says: a value for each family of USUAL."""
    result, verdict, assessment = judged.result, judged.verdict, judged.assessment
    moving = moving_values(result)
    status = STATUS_NUMBERS[judged.status]
    if not isinstance(result, Observation):
        return (*moving, (_failure(result),), status, *_NOTHING)
    assert verdict is not None
    assert assessment is not None
    end_entity = result.end_entity
    return (
        *moving,
        None,
        status,
        _seconds(end_entity.not_after),
        _seconds(end_entity.not_before),
        _seconds(verdict.path_not_after) if verdict.trusted else None,
        _fact(assessment.trusted),
        _fact(assessment.name_matches),
        _fact(assessment.dates_valid),
        _POSSESSION.get(result.key_possession.status),
        _fact(result.client_auth.requested),
        _fact(assessment.client_auth_as_expected),
        _tls(result.tls_version, result.cipher_suite or "") if result.tls_version else None,
        _certificate(
            end_entity.sha256,
            end_entity.serial or "",
            end_entity.subject or "",
            end_entity.issuer or "",
        ),
        _codes(each for each in verdict.findings if each.severity >= Severity.warning) or None,
    )


def second_visit_values(judged: Judged) -> tuple[Value, ...] | None:
    """What a second visit says, for SECOND_VISIT; None where the first one already failed."""
    result, assessment = judged.result, judged.assessment
    if not isinstance(result, Observation) or assessment is None:
        return None
    enforcement = result.client_auth.enforcement
    if enforcement is None:
        return None
    enforced = _ENFORCED.get(enforcement)
    return (
        enforced,
        (f'enforcement="{enforcement.value}"',),
        _fact(assessment.client_auth_as_expected),
        round(result.observed_at.timestamp(), 3),
    )


def faces_values(faces: FacesRead, summary: Summary) -> tuple[Value, ...]:
    """What a comparison says: a value for each family of FACES."""
    return (
        len(faces.read),
        STATUS_NUMBERS[summary.status],
        _codes(summary.findings) or None,
        round(faces.observed_at.timestamp(), 3),
    )


def face_labels(judged: Judged) -> str:
    """The labels that tell a face from the target's others; "" for the usual one."""
    face = judged.result.face
    if face is None:
        return ""
    named = {name: value for name, value in face._asdict().items() if value}
    return label_text(named)


def _codes(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Each code once, however many findings have it."""
    return tuple(
        f'code="{code}",severity="{severity}"'
        for code, severity in dict.fromkeys(
            (finding.code, finding.severity.name) for finding in findings
        )
    )


def _failure(failure: ProbeFailure) -> str:
    return f'phase="{failure.phase.value}",reason="{escaped(failure.reason.value)}"'


# Many targets share these texts: they are kept once.
@lru_cache(maxsize=MOST_TEXTS)
def _tls(tls_version: str, cipher_suite: str) -> tuple[str, ...]:
    return (label_text({"tls_version": tls_version, "cipher_suite": cipher_suite}),)


@lru_cache(maxsize=MOST_TEXTS)
def _certificate(sha256: str, serial: str, subject: str, issuer: str) -> tuple[str, ...]:
    named = {"sha256": sha256, "serial": serial, "subject": subject, "issuer": issuer}
    return (label_text(named),)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _fact(fact: bool | None) -> int | None:
    return None if fact is None else int(fact)


# Of a failure nothing is known of the certificate.
_NOTHING: tuple[None, ...] = (None,) * 12

_POSSESSION = {KeyPossession.proven: 1, KeyPossession.refuted: 0}
_ENFORCED = {
    Enforcement.tls_required: 1,
    Enforcement.http_enforced: 1,
    Enforcement.tls_optional: 0,
    Enforcement.open: 0,
}
