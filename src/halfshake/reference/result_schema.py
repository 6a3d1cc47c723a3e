"""The JSON Schema of the result document: docs/result-document.schema.json.

What is a closed set is an enumeration. Codes of failures and findings are not: a later version has
more of them, and a document with a new one is still valid.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from halfshake.errors import FailureReason, Phase
from halfshake.observation import Ending, Enforcement, KeyPossession, RefusalStage
from halfshake.trust.findings import Severity
from halfshake.trust.guides.every_finding import FINDING_GUIDES
from halfshake.trust.rules.revocation.staple import StapleStatus
from halfshake.trust.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

Schema = dict[str, Any]


def result_schema() -> str:
    """The schema, as text."""
    return json.dumps(_DOCUMENT, indent=2) + "\n"


def _object(required: Iterable[str] = (), /, **properties: Schema) -> Schema:
    """An object; its other keys are absent where they are not known."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _one_of(values: Iterable[str] | type[StrEnum]) -> Schema:
    return {"enum": [str(value) for value in values]}


def _code(examples: Iterable[str], said: str) -> Schema:
    return {"type": "string", "description": said, "examples": [str(each) for each in examples]}


_TEXT: Schema = {"type": "string"}
_YES_OR_NO: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_WHOLE: Schema = {"type": "integer"}
_NUMBER: Schema = {"type": "number"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_BASE64: Schema = {"type": "string", "contentEncoding": "base64"}
_STATUS = _one_of(Status.__members__)
_ALERT = _object(("number", "name"), number=_COUNT, name=_TEXT)
_PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}

_FACE = _object(address=_TEXT, key_type=_TEXT, tls_version=_TEXT, sni=_TEXT, alpn=_TEXT)
_FAILURE = _object(
    ("phase", "reason", "detail", "advice"),
    phase=_one_of(Phase),
    reason=_code(FailureReason, "a stable code: failures.md has each of them"),
    detail=_TEXT,
    advice=_TEXT,
    alert=_ALERT,
)
_TLS = _object(
    ("version", "cipher_suite"),
    version=_TEXT,
    cipher_suite=_TEXT,
    named_group=_TEXT,
    alpn_protocol=_TEXT,
)
_CLIENT_AUTH = _object(
    requested=_YES_OR_NO,
    acceptable_cas=_list(_TEXT),
    acceptable_cas_bytes=_COUNT,
    signature_schemes=_list(_TEXT),
    enforcement=_one_of(Enforcement),
    enforcement_reason=_TEXT,
    refusal=_object(
        ("stage",),
        stage=_one_of(RefusalStage),
        alert=_ALERT,
        fin={"const": True},
        rst={"const": True},
        http_status=_WHOLE,
        http_first_line=_TEXT,
    ),
)
_CERTIFICATE = _object(
    ("sha256",),
    subject=_TEXT,
    issuer=_TEXT,
    serial=_TEXT,
    sha256=_SHA256,
    spki_sha256=_SHA256,
    not_before=_TIME,
    not_after=_TIME,
    dns_names=_list(_TEXT),
    ip_addresses=_list(_TEXT),
    key=_object(("type",), type=_TEXT, bits=_COUNT),
    signature_algorithm=_TEXT,
    der=_BASE64,
)
_FINDING = {
    **_object(
        ("code", "severity", "message", "advice"),
        code=_code(FINDING_GUIDES, "a stable code: findings.md has each of them"),
        severity=_one_of(Severity.__members__),
        message=_TEXT,
        advice=_TEXT,
        depth=_COUNT,
        subject=_TEXT,
        sha256=_SHA256,
    ),
    "description": "the other keys are the evidence of this code",
}
_CLIENT = _object(
    ("profile", "clients"), profile=_TEXT, clients=_TEXT, accepts=_YES_OR_NO, reason=_TEXT
)
_ACCEPTABLE_CA = _object(
    ("name",), name=_TEXT, not_after=_TIME, sha256=_SHA256, public={"const": True}
)
_PARTNER = _object(
    ("file", "findings"), file=_TEXT, subject=_TEXT, accepted=_YES_OR_NO, findings=_list(_TEXT)
)
_VERDICT = _object(
    ("status", "findings"),
    status=_STATUS,
    trusted=_YES_OR_NO,
    name_matches=_YES_OR_NO,
    not_after=_TIME,
    seconds_left=_WHOLE,
    days_left=_NUMBER,
    lifetime_ratio_left=_NUMBER,
    path_not_after=_TIME,
    path_seconds_left=_WHOLE,
    path_dies_first=_TEXT,
    warning_seconds=_COUNT,
    critical_seconds=_COUNT,
    judged_by=_one_of(("openssl", "web-pki")),
    clients=_list(_CLIENT),
    acceptable_cas=_list(_ACCEPTABLE_CA),
    would_accept=_list(_PARTNER),
    ocsp_staple=_one_of(StapleStatus),
    findings=_list(_FINDING),
)
_FACE_READ = _object(
    ("sha256",),
    **_FACE["properties"],
    spoken_version=_TEXT,
    client_auth_requested=_YES_OR_NO,
    sha256=_SHA256,
    not_after=_TIME,
)
_FACE_REFUSED = _object(("reason",), **_FACE["properties"], reason=_TEXT, alert=_ALERT)
_PHASES = ("resolve", "connect", "proxy", "starttls", "flight", "enforcement", "total")


def _document() -> Schema:
    document = _object(
        ("schema", "target", "observed_at", "outcome", "verdict"),
        schema={"const": "halfshake/1"},
        target=_TEXT,
        host=_TEXT,
        port=_PORT,
        server_name=_TEXT,
        sni=_TEXT,
        starttls=_TEXT,
        address=_TEXT,
        key_type=_TEXT,
        face=_FACE,
        observed_at=_TIME,
        outcome=_one_of(("read", "failed", "summary")),
        failure=_FAILURE,
        tls=_TLS,
        client_auth=_CLIENT_AUTH,
        key_possession=_one_of(KeyPossession),
        key_possession_reason=_TEXT,
        oddities=_list(_object(("code", "seen"), code=_TEXT, seen=_TEXT)),
        broken_off=_object(("after", "end"), after=_TEXT, end=_one_of(Ending), alert=_ALERT),
        first_hello=_object(
            ("end", "left_out"),
            end=_one_of(Ending),
            alert=_ALERT,
            left_out=_list(_TEXT),
            at_fault=_list(_TEXT),
        ),
        ocsp_response=_BASE64,
        chain=_list(_CERTIFICATE),
        verdict=_VERDICT,
        timings_ms=_object(**dict.fromkeys(_PHASES, _NUMBER)),
        faces=_object(
            ("read", "absent", "failed"),
            read=_list(_FACE_READ),
            absent=_list(_FACE_REFUSED),
            failed=_list(_FACE_REFUSED),
        ),
        spread=_object(first_not_after=_TIME, last_not_after=_TIME, seconds=_COUNT),
    )
    needed = {"read": ["chain", "key_possession"], "failed": ["failure"], "summary": ["faces"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A result of halfshake",
        "description": (
            "One reading, one failed reading, or the comparison of a target's faces. Keys may be "
            "added; an absent key means that the value is not known."
        ),
        **document,
        "allOf": [
            {
                "if": {"properties": {"outcome": {"const": outcome}}},
                "then": {"required": keys},
            }
            for outcome, keys in needed.items()
        ],
    }


_DOCUMENT = _document()
