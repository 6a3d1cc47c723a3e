"""Reads saved result documents back into observations.

`check --json --with-der` writes them, one JSON object per line (docs/result-document.md). The facts
are read again from the certificates' DER; the verdicts in the file are ignored.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.certificate import read_certificate
from halfshake.errors import FailureReason, Phase
from halfshake.observation import (
    Alert,
    BrokenOff,
    ClientAuth,
    Ending,
    Enforcement,
    Face,
    FirstHello,
    KeyPossession,
    KeyPossessionEvidence,
    Observation,
    ProbeFailure,
    Refusal,
    RefusalStage,
    Timings,
)
from halfshake.target import Target
from halfshake.tls.oddities import Oddity, OddityKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class SavedSummary(NamedTuple):
    """Where the faces of a target end; and the saved faces that showed no certificate."""

    target: Target
    observed_at: datetime
    absent: tuple[ProbeFailure, ...]
    failed: tuple[ProbeFailure, ...]


def saved_readings(
    lines: Iterable[str], source: str, complain: Callable[[str], None]
) -> Iterator[Observation | ProbeFailure | SavedSummary]:
    """Read saved documents, one per line; blank lines are skipped.

    A line that is not a document, or that was saved without its certificates, is reported to
    `complain` in a sentence; the others are read.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result = _result(line)
        except KeyError as error:
            complain(f"{source}, line {number}: {_missing(error.args[0])}")
        except (ValueError, TypeError, AttributeError) as error:
            complain(f"{source}, line {number} is not a result document of Halfshake: {error}")
        else:
            yield result


def _result(line: str) -> Observation | ProbeFailure | SavedSummary:
    document = json.loads(line)
    if document["schema"] != SCHEMA:
        raise ValueError(f"its schema is {document['schema']!r}, not {SCHEMA!r}")
    match document["outcome"]:
        case "read":
            return _observation(document)
        case "summary":
            return _summary(document)
        case _:
            return _failure(document)


def _summary(document: dict[str, Any]) -> SavedSummary:
    target, moment = _target(document), _time(document["observed_at"])
    absent, failed = (
        tuple(_face_refused(face, target, moment) for face in document["faces"].get(outcome, ()))
        for outcome in ("absent", "failed")
    )
    return SavedSummary(target, moment, absent, failed)


def _face_refused(face: dict[str, Any], target: Target, moment: datetime) -> ProbeFailure:
    alert = face.get("alert")
    return ProbeFailure(
        target=target,
        observed_at=moment,
        phase=Phase.handshake,
        reason=FailureReason(face["reason"]),
        detail="",
        timings=Timings(),
        address=face.get("address"),
        alert=Alert(alert["number"], alert["name"]) if alert else None,
        key_type=face.get("key_type"),
        face=_face({"face": face}),
    )


def _observation(document: dict[str, Any]) -> Observation:
    ders = [base64.b64decode(entry["der"], validate=True) for entry in document["chain"]]
    if not ders:
        raise ValueError("its chain is empty")
    tls = document.get("tls", {})
    staple = document.get("ocsp_response")
    return Observation(
        target=_target(document),
        observed_at=_time(document["observed_at"]),
        address=document.get("address", ""),
        tls_version=tls.get("version"),
        cipher_suite=tls.get("cipher_suite"),
        named_group=tls.get("named_group"),
        client_auth=_client_auth(document.get("client_auth", {})),
        key_possession=KeyPossessionEvidence(
            KeyPossession(document.get("key_possession", "unproven")),
            document.get("key_possession_reason", ""),
        ),
        chain=tuple(read_certificate(der) for der in ders),
        timings=_timings(document),
        key_type=document.get("key_type"),
        ocsp_response=base64.b64decode(staple, validate=True) if staple else None,
        alpn_protocol=tls.get("alpn_protocol"),
        face=_face(document),
        oddities=tuple(
            Oddity(OddityKind(oddity["code"]), oddity["seen"])
            for oddity in document.get("oddities", ())
        ),
        broken_off=_broken_off(document.get("broken_off")),
        first_hello=_first_hello(document.get("first_hello")),
    )


def _broken_off(saved: dict[str, Any] | None) -> BrokenOff | None:
    if saved is None:
        return None
    return BrokenOff(saved["after"], Ending(saved["end"]), _alert(saved.get("alert")))


def _first_hello(saved: dict[str, Any] | None) -> FirstHello | None:
    if saved is None:
        return None
    return FirstHello(
        Ending(saved["end"]),
        _alert(saved.get("alert")),
        tuple(saved["left_out"]),
        tuple(saved.get("at_fault", ())),
    )


def _client_auth(saved: dict[str, Any]) -> ClientAuth:
    enforcement, refusal = saved.get("enforcement"), saved.get("refusal")
    return ClientAuth(
        requested=saved.get("requested"),
        acceptable_cas=tuple(saved.get("acceptable_cas", ())),
        signature_schemes=tuple(saved.get("signature_schemes", ())),
        acceptable_cas_bytes=saved.get("acceptable_cas_bytes"),
        enforcement=Enforcement(enforcement) if enforcement else None,
        enforcement_reason=saved.get("enforcement_reason", ""),
        refusal=_refusal(refusal) if refusal else None,
    )


def _refusal(saved: dict[str, Any]) -> Refusal:
    return Refusal(
        RefusalStage(saved["stage"]),
        alert=_alert(saved.get("alert")),
        fin=bool(saved.get("fin")),
        rst=bool(saved.get("rst")),
        http_status=saved.get("http_status"),
        http_first_line=saved.get("http_first_line"),
    )


def _alert(saved: dict[str, Any] | None) -> Alert | None:
    return Alert(saved["number"], saved["name"]) if saved else None


def _failure(document: dict[str, Any]) -> ProbeFailure:
    failure = document["failure"]
    return ProbeFailure(
        target=_target(document),
        observed_at=_time(document["observed_at"]),
        phase=Phase(failure["phase"]),
        reason=FailureReason(failure["reason"]),
        detail=failure["detail"],
        timings=_timings(document),
        address=document.get("address"),
        alert=_alert(failure.get("alert")),
        key_type=document.get("key_type"),
        face=_face(document),
        # Without its bytes a certificate cannot be read again; the failure stands without it.
        chain=tuple(
            read_certificate(base64.b64decode(entry["der"], validate=True))
            for entry in document.get("chain", ())
            if "der" in entry
        ),
    )


def _face(document: dict[str, Any]) -> Face | None:
    asked = document.get("face")
    if asked is None:
        return None
    return Face(**{name: asked[name] for name in Face._fields if name in asked})


def _target(document: dict[str, Any]) -> Target:
    target = Target(
        text=document["target"],
        host=document.get("host", ""),
        port=document.get("port", 0),
        server_name=document.get("server_name", ""),
        starttls=document.get("starttls"),
    )
    sent = document.get("sni")
    return target if sent == target.sni else target._replace(sni_sent=sent or "")


def _timings(document: dict[str, Any]) -> Timings:
    measured = document.get("timings_ms", {})
    return Timings(**{name: measured[name] for name in Timings._fields if name in measured})


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _missing(key: str) -> str:
    if key == "der":
        return "it was saved without its certificates: save it with `check --json --with-der`"
    return f"it has no {key!r}"


SCHEMA = "halfshake/1"
