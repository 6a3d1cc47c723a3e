"""The result document: one JSON object per reading, one per line (schema "halfshake/1").

The contract is in docs/result-document.md: keys may be added, never renamed; unknown values are
absent; times are RFC 3339 in UTC.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from datetime import UTC
from typing import TYPE_CHECKING, Any

from halfshake.report.failure_guide import failure_advice
from halfshake.report.handshake_fields import alert_fields, handshake_fields, known

if TYPE_CHECKING:
    from datetime import datetime
    from typing import TextIO

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import (
        FacesRead,
        Observation,
        ProbeFailure,
        Timings,
    )
    from halfshake.target import Target
    from halfshake.trust.clients.client_verdict import ClientVerdict
    from halfshake.trust.comparison import Summary
    from halfshake.trust.findings import Finding
    from halfshake.trust.rules.client_cas import AcceptableCa
    from halfshake.trust.rules.partners import PartnerVerdict
    from halfshake.trust.verdict import Status, Verdict


class JsonLines:
    """Writes each result to a stream as it comes: the reader of a pipe sees it at once."""

    def __init__(self, stream: TextIO, *, with_der: bool = False) -> None:
        self._stream = stream
        self._with_der = with_der
        # JSON is UTF-8 (RFC 8259 8.1), or ASCII if the stream has another encoding.
        self._only_ascii = not (stream.encoding or "utf-8").lower().startswith("utf")

    def reading(self, observation: Observation, verdict: Verdict) -> None:
        """Write one reading and its verdict."""
        self._print(reading_line(observation, verdict, with_der=self._with_der))

    def failure(self, failure: ProbeFailure, status: Status) -> None:
        """Write one failed reading."""
        self._print(failure_line(failure, status, with_der=self._with_der))

    def summary(self, faces: FacesRead, summary: Summary) -> None:
        """Write the comparison of the readings before."""
        self._print(summary_line(faces, summary))

    def finish(self, *, interrupted: bool) -> None:
        """Do nothing: every line is complete."""

    def _print(self, line: str) -> None:
        if self._only_ascii:
            line = _NOT_ASCII.sub(_escaped, line)
        print(line, file=self._stream, flush=True)


def reading_line(observation: Observation, verdict: Verdict, *, with_der: bool = False) -> str:
    """Encode a reading and its verdict as one line, without a newline.

    With `with_der` the line includes the certificates and the staple, so that it can be judged
    again.
    """
    before_chain = encoded_line(
        {
            **head_fields(observation, "read"),
            **handshake_fields(observation),
            "ocsp_response": _base64(observation.ocsp_response) if with_der else None,
        }
    )
    after_chain = encoded_line(
        {"verdict": verdict_fields(verdict), "timings_ms": timing_fields(observation.timings)}
    )
    # The chain is most of the line, and the same in each reading: it is encoded only once.
    chain = ",".join(_certificate(certificate, with_der) for certificate in observation.chain)
    return f'{before_chain[:-1]},"chain":[{chain}],{after_chain[1:]}'


def failure_line(failure: ProbeFailure, status: Status, *, with_der: bool = False) -> str:
    """Encode a failed reading; `status` is what it counts as, by default unknown."""
    alert = failure.alert
    line = encoded_line(
        {
            **head_fields(failure, "failed"),
            "failure": known(
                {
                    "phase": failure.phase.value,
                    "reason": failure.reason.value,
                    "detail": failure.detail,
                    "advice": failure_advice(failure.reason, alert.number if alert else None),
                    "alert": alert_fields(alert),
                }
            ),
            "verdict": {"status": status.value, "findings": []},
            "timings_ms": timing_fields(failure.timings),
        }
    )
    if not failure.chain:
        return line
    chain = ",".join(_certificate(certificate, with_der) for certificate in failure.chain)
    return f'{line[:-1]},"chain":[{chain}]}}'


def summary_line(faces: FacesRead, summary: Summary) -> str:
    """Encode the comparison of one target's faces."""
    first, last = summary.first_not_after, summary.last_not_after
    spread = int((last - first).total_seconds()) if first and last else None
    return encoded_line(
        {
            **_target(faces.target),
            "observed_at": _time(faces.observed_at),
            "outcome": "summary",
            "faces": {
                "read": [_face_read(reading) for reading in faces.read],
                "absent": [_face_refused(failure) for failure in faces.absent],
                "failed": [_face_refused(failure) for failure in faces.failed],
            },
            "spread": known(
                {
                    "first_not_after": _time(first),
                    "last_not_after": _time(last),
                    "seconds": spread,
                }
            ),
            "verdict": {
                "status": summary.status.value,
                "findings": [_finding(finding) for finding in summary.findings],
            },
        }
    )


def _face_read(reading: Observation) -> dict[str, Any]:
    end_entity = reading.end_entity
    return known(
        {
            **(reading.face._asdict() if reading.face else {}),
            "address": reading.address,
            "spoken_version": reading.tls_version,
            "client_auth_requested": reading.client_auth.requested,
            "sha256": end_entity.sha256,
            "not_after": _time(end_entity.not_after),
        }
    )


def _face_refused(failure: ProbeFailure) -> dict[str, Any]:
    alert = failure.alert
    return known(
        {
            **(failure.face._asdict() if failure.face else {}),
            "address": failure.address or (failure.face.address if failure.face else None),
            "reason": failure.reason.value,
            "alert": {"number": alert.number, "name": alert.name} if alert else None,
        }
    )


def head_fields(result: Observation | ProbeFailure, outcome: str) -> dict[str, Any]:
    """What every result says of its target, and where and when it was read."""
    return {
        **_target(result.target),
        "address": result.address,
        "key_type": result.key_type,
        "face": known(result.face._asdict()) if result.face else None,
        "observed_at": _time(result.observed_at),
        "outcome": outcome,
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "schema": "halfshake/1",
        "target": target.text,
        "host": target.host or None,
        "port": target.port or None,
        "server_name": target.server_name or None,
        "sni": target.sni,
        "starttls": target.starttls,
    }


@functools.lru_cache(maxsize=4096)
def _certificate(certificate: PresentedCertificate, with_der: bool) -> str:
    fields = certificate_fields(certificate)
    if with_der:
        fields["der"] = _base64(certificate.der)
    return encoded_line(fields)


def certificate_fields(certificate: PresentedCertificate) -> dict[str, Any]:
    """The facts of one certificate."""
    key = known({"type": certificate.key_type, "bits": certificate.key_bits})
    return known(
        {
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "serial": certificate.serial,
            "sha256": certificate.sha256,
            "spki_sha256": certificate.spki_sha256,
            "not_before": _time(certificate.not_before),
            "not_after": _time(certificate.not_after),
            "dns_names": list(certificate.dns_names),
            "ip_addresses": list(certificate.ip_addresses),
            "key": key if certificate.key_type else None,
            "signature_algorithm": certificate.signature_algorithm,
        }
    )


def verdict_fields(verdict: Verdict) -> dict[str, Any]:
    """What we think of a reading."""
    return known(
        {
            "status": verdict.status.value,
            "trusted": verdict.trusted,
            "name_matches": verdict.name_matches,
            "not_after": _time(verdict.not_after),
            "seconds_left": None if verdict.seconds_left is None else int(verdict.seconds_left),
            "days_left": None if verdict.days_left is None else round(verdict.days_left, 4),
            "path_not_after": _time(verdict.path_not_after),
            "path_seconds_left": (
                None if verdict.path_seconds_left is None else int(verdict.path_seconds_left)
            ),
            "lifetime_ratio_left": (
                None
                if verdict.lifetime_ratio_left is None
                else round(verdict.lifetime_ratio_left, 6)
            ),
            "path_dies_first": verdict.path_dies_first,
            "judged_by": verdict.judged_by,
            "clients": _clients(verdict.clients),
            "acceptable_cas": [_acceptable_ca(ca) for ca in verdict.acceptable_cas] or None,
            "would_accept": [_partner(partner) for partner in verdict.partners] or None,
            "ocsp_staple": None if verdict.ocsp_staple is None else verdict.ocsp_staple.value,
            "findings": [_finding(finding) for finding in verdict.findings],
        }
    )


def _acceptable_ca(ca: AcceptableCa) -> dict[str, Any]:
    certificate = ca.certificate
    return known(
        {
            "name": ca.name,
            "not_after": _time(certificate.not_after) if certificate else None,
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
def _clients(clients: tuple[ClientVerdict, ...]) -> list[dict[str, Any]]:
    return [_client(client) for client in clients]


def _client(client: ClientVerdict) -> dict[str, Any]:
    return known(
        {
            "profile": client.profile,
            "clients": client.clients,
            "accepts": client.accepts,
            "reason": client.reason or None,
        }
    )


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        **finding.evidence,
        "code": finding.code,
        "severity": finding.severity.name,
        "message": finding.message,
        "advice": finding.advice,
    }


def timing_fields(timings: Timings) -> dict[str, float]:
    """How long each phase took, in milliseconds."""
    phases = {
        "resolve": timings.resolve,
        "connect": timings.connect,
        "proxy": timings.proxy,
        "starttls": timings.starttls,
        "flight": timings.flight,
        "enforcement": timings.enforcement,
        "total": timings.total,
    }
    return {phase: round(took, 3) for phase, took in phases.items() if took is not None}


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def encoded_line(document: dict[str, Any]) -> str:
    """Encode a document that no name in it can break; what is None is left out."""
    line = _ENCODER.encode(known(document))
    # JSON escapes controls below U+0020. Other controls, separators and lone surrogates in a name
    # that the server chose could still break the line, control the terminal or fail to be written.
    if line.isprintable():
        return line
    return _NOT_ASCII.sub(
        lambda found: found[0] if found[0].isprintable() else _escaped(found), line
    )


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


_NOT_ASCII = re.compile(r"[^ -~]")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
