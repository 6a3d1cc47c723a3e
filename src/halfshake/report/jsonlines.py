"""The result document: one JSON object per reading, one per line (schema "halfshake/1").

The contract is in docs/result-document.md: keys may be added, never renamed; unknown values are
absent; times are RFC 3339 in UTC.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

from halfshake.observation import ProbeFailure, Timings
from halfshake.report.handshake_fields import alert_fields, handshake_fields, known
from halfshake.report.json_text import (
    NOT_ASCII,
    base64_text,
    date_text,
    decimal,
    escaped,
    json_line,
    members,
    quoted,
    texts_listed,
    time_text,
    unbreakable,
)
from halfshake.report.verdict_fields import finding_fields, verdict_members

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import FacesRead, Observation
    from halfshake.trust.comparison import Summary
    from halfshake.trust.status import Status
    from halfshake.trust.verdict import Verdict


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
            line = NOT_ASCII.sub(escaped, line)
        print(line, file=self._stream, flush=True)


def reading_line(observation: Observation, verdict: Verdict, *, with_der: bool = False) -> str:
    """Encode a reading and its verdict as one line, without a newline.

    With `with_der` the line includes the certificates and the staple, so that it can be judged
    again.
    """
    # A scan sees the same handshakes, CAs and clients again and again: they are encoded only once.
    parts = (
        _head(observation),
        _handshake_fields(_Handshake(observation)),
        members({"ocsp_response": base64_text(observation.ocsp_response)}) if with_der else "",
        f'"chain":[{_chain(observation.chain, with_der=with_der)}]',
        f'"verdict":{{{verdict_members(verdict)}}}',
        f'"timings_ms":{{{_timings(observation.timings)}}}',
    )
    return unbreakable(f"{{{','.join(filter(None, parts))}}}")


def failure_line(failure: ProbeFailure, status: Status, *, with_der: bool = False) -> str:
    """Encode a failed reading; `status` is what it counts as, by default unknown."""
    # Most servers can be read: what to do about the others is imported with the first of them.
    from halfshake.report.failure_guide import failure_advice  # noqa: PLC0415

    alert = failure.alert
    line = json_line(
        {
            **head_fields(failure),
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
    return f'{line[:-1]},"chain":[{_chain(failure.chain, with_der=with_der)}]}}'


def summary_line(faces: FacesRead, summary: Summary) -> str:
    """Encode the comparison of one target's faces."""
    first, last = summary.first_not_after, summary.last_not_after
    spread = int((last - first).total_seconds()) if first and last else None
    return json_line(
        {
            **_target(faces),
            "observed_at": time_text(faces.observed_at),
            "outcome": "summary",
            "faces": {
                "read": [_face_read(reading) for reading in faces.read],
                "absent": [_face_refused(failure) for failure in faces.absent],
                "failed": [_face_refused(failure) for failure in faces.failed],
            },
            "spread": known(
                {
                    "first_not_after": time_text(first),
                    "last_not_after": time_text(last),
                    "seconds": spread,
                }
            ),
            "verdict": {
                "status": summary.status.value,
                "findings": [finding_fields(finding) for finding in summary.findings],
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
            "not_after": time_text(end_entity.not_after),
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


def _head(read: Observation) -> str:
    """The members that `head_fields` has, written one by one: most of them stand in every line."""
    target = read.target
    host, name, sni = target.host, target.server_name, target.sni
    host_text = quoted(host)
    # Most often one text is all three.
    name_text = host_text if name == host else quoted(name)
    texts = [f'"schema":"halfshake/1","target":{quoted(target.text)}']
    if host:
        texts.append(f'"host":{host_text}')
    if target.port:
        texts.append(f'"port":{target.port}')
    if name:
        texts.append(f'"server_name":{name_text}')
    if sni is not None:
        texts.append(f'"sni":{name_text if sni == name else quoted(sni)}')
    if target.starttls is not None:
        texts.append(f'"starttls":{quoted(target.starttls)}')
    texts.append(f'"address":{quoted(read.address)}')
    if read.key_type is not None:
        texts.append(f'"key_type":{quoted(read.key_type)}')
    if read.face is not None:
        texts.append(members({"face": known(read.face._asdict())}))
    texts.append(f'"observed_at":"{time_text(read.observed_at)}","outcome":"read"')
    return ",".join(texts)


def head_fields(result: Observation | ProbeFailure) -> dict[str, Any]:
    """What every result says of its target, and where and when it was read."""
    return {name: value(result) for name, value in HEAD_FIELDS.items()}


def _target(faces: FacesRead) -> dict[str, Any]:
    return {name: value(faces) for name, value in _TARGET_FIELDS.items()}


_TARGET_FIELDS: dict[str, Callable[[Any], Any]] = {
    "schema": lambda _: "halfshake/1",
    "target": operator.attrgetter("target.text"),
    "host": lambda result: result.target.host or None,
    "port": lambda result: result.target.port or None,
    "server_name": lambda result: result.target.server_name or None,
    "sni": operator.attrgetter("target.sni"),
    "starttls": operator.attrgetter("target.starttls"),
}

# One by one, because some readers ask for a few of them.
HEAD_FIELDS: dict[str, Callable[[Any], Any]] = {
    **_TARGET_FIELDS,
    "address": operator.attrgetter("address"),
    "key_type": operator.attrgetter("key_type"),
    "face": lambda result: known(result.face._asdict()) if result.face else None,
    "observed_at": lambda result: time_text(result.observed_at),
    "outcome": lambda result: "failed" if isinstance(result, ProbeFailure) else "read",
}


class _Handshake:
    """What an observation says of its handshake; equal ones are encoded once."""

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        self._facts = _FACTS_OF_HANDSHAKE(observation)

    def __hash__(self) -> int:
        return hash(self._facts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Handshake) and self._facts == other._facts


_FACTS_OF_HANDSHAKE = operator.attrgetter(
    "tls_version",
    "cipher_suite",
    "named_group",
    "alpn_protocol",
    "client_auth",
    "key_possession",
    "oddities",
    "broken_off",
    "first_hello",
)


@functools.lru_cache(maxsize=1024)
def _handshake_fields(handshake: _Handshake) -> str:
    return members(handshake_fields(handshake.observation))


def _chain(chain: tuple[PresentedCertificate, ...], *, with_der: bool) -> str:
    return ",".join([_certificate(certificate, with_der) for certificate in chain])


def certificate_text(certificate: PresentedCertificate) -> str:
    """Encode one certificate as it stands in a chain."""
    return _chain((certificate,), with_der=False)


@functools.lru_cache(maxsize=4096)
def _certificate(certificate: PresentedCertificate, with_der: bool) -> str:
    """The members that `certificate_fields` has, written one by one: a scan meets many."""
    texts = [
        f'"{field}":{quoted(value)}'
        for field, value in zip(_TEXTS_OF_CERTIFICATE, _TEXTS_OF(certificate), strict=True)
        if value is not None
    ]
    if (not_before := certificate.not_before) is not None:
        texts.append(f'"not_before":"{date_text(not_before)}"')
    if (not_after := certificate.not_after) is not None:
        texts.append(f'"not_after":"{date_text(not_after)}"')
    texts.append(
        f'"dns_names":{texts_listed(certificate.dns_names)},'
        f'"ip_addresses":{texts_listed(certificate.ip_addresses)}'
    )
    if certificate.key_type:
        bits = certificate.key_bits
        bits_text = "" if bits is None else f',"bits":{bits}'
        texts.append(f'"key":{{"type":{quoted(certificate.key_type)}{bits_text}}}')
    if (algorithm := certificate.signature_algorithm) is not None:
        texts.append(f'"signature_algorithm":{quoted(algorithm)}')
    if with_der:
        texts.append(f'"der":"{base64_text(certificate.der)}"')
    return unbreakable(f"{{{','.join(texts)}}}")


_TEXTS_OF_CERTIFICATE = ("subject", "issuer", "serial", "sha256", "spki_sha256")
_TEXTS_OF = operator.attrgetter(*_TEXTS_OF_CERTIFICATE)


def certificate_fields(certificate: PresentedCertificate) -> dict[str, Any]:
    """The facts of one certificate."""
    return known({name: value(certificate) for name, value in CERTIFICATE_FIELDS.items()})


def _key(certificate: PresentedCertificate) -> dict[str, Any] | None:
    if not certificate.key_type:
        return None
    return known({"type": certificate.key_type, "bits": certificate.key_bits})


CERTIFICATE_FIELDS: dict[str, Callable[[PresentedCertificate], Any]] = {
    "subject": operator.attrgetter("subject"),
    "issuer": operator.attrgetter("issuer"),
    "serial": operator.attrgetter("serial"),
    "sha256": operator.attrgetter("sha256"),
    "spki_sha256": operator.attrgetter("spki_sha256"),
    "not_before": lambda certificate: time_text(certificate.not_before),
    "not_after": lambda certificate: time_text(certificate.not_after),
    "dns_names": lambda certificate: list(certificate.dns_names),
    "ip_addresses": lambda certificate: list(certificate.ip_addresses),
    "key": _key,
    "signature_algorithm": operator.attrgetter("signature_algorithm"),
}


def _timings(timings: Timings) -> str:
    return ",".join(
        [
            f'"{phase}":{decimal(took, 3)}'
            for phase, took in zip(_PHASES, timings, strict=True)
            if took is not None
        ]
    )


def timing_fields(timings: Timings) -> dict[str, float]:
    """How long each phase took, in milliseconds."""
    return {
        phase: round(took, 3)
        for phase, took in zip(_PHASES, timings, strict=True)
        if took is not None
    }


_PHASES = Timings._fields
