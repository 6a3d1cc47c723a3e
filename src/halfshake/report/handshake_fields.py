"""What the result document says of a handshake: its keys between the target and the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from halfshake.observation import (
        Alert,
        BrokenOff,
        ClientAuth,
        FirstHello,
        Observation,
        Refusal,
    )
    from halfshake.tls.oddities import Oddity


def handshake_fields(observation: Observation) -> dict[str, Any]:
    """What was negotiated, asked for and proven, and what was not as it should be."""
    return {
        "tls": _tls(observation),
        "client_auth": _client_auth(observation.client_auth),
        "key_possession": observation.key_possession.status.value,
        "key_possession_reason": observation.key_possession.reason or None,
        "oddities": [_oddity(oddity) for oddity in observation.oddities] or None,
        "broken_off": _broken_off(observation.broken_off),
        "first_hello": _first_hello(observation.first_hello),
    }


def _tls(observation: Observation) -> dict[str, Any] | None:
    if observation.tls_version is None:  # a file
        return None
    return known(
        {
            "version": observation.tls_version,
            "cipher_suite": observation.cipher_suite,
            "named_group": observation.named_group,
            "alpn_protocol": observation.alpn_protocol,
        }
    )


def _client_auth(client_auth: ClientAuth) -> dict[str, Any] | None:
    enforcement, refusal = client_auth.enforcement, client_auth.refusal
    if client_auth.requested is None and enforcement is None:
        return None
    return known(
        {
            "requested": client_auth.requested,
            "acceptable_cas": (
                None if client_auth.requested is None else list(client_auth.acceptable_cas)
            ),
            "acceptable_cas_bytes": client_auth.acceptable_cas_bytes,
            "signature_schemes": (
                None if client_auth.requested is None else list(client_auth.signature_schemes)
            ),
            "enforcement": None if enforcement is None else enforcement.value,
            "enforcement_reason": client_auth.enforcement_reason or None,
            "refusal": None if refusal is None else _refusal(refusal),
        }
    )


def _oddity(oddity: Oddity) -> dict[str, Any]:
    return {"code": oddity.kind.value, "seen": oddity.seen}


def _broken_off(broken_off: BrokenOff | None) -> dict[str, Any] | None:
    if broken_off is None:
        return None
    return known(
        {
            "after": broken_off.after,
            "end": broken_off.end.value,
            "alert": alert_fields(broken_off.alert),
        }
    )


def _first_hello(first: FirstHello | None) -> dict[str, Any] | None:
    if first is None:
        return None
    return known(
        {
            "end": first.end.value,
            "alert": alert_fields(first.alert),
            "left_out": list(first.left_out),
            "at_fault": list(first.at_fault) or None,
        }
    )


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return known(
        {
            "stage": refusal.stage.value,
            "alert": alert_fields(refusal.alert),
            "fin": refusal.fin or None,
            "rst": refusal.rst or None,
            "http_status": refusal.http_status,
            "http_first_line": refusal.http_first_line,
        }
    )


def alert_fields(alert: Alert | None) -> dict[str, Any] | None:
    """An alert, as it stands wherever one does."""
    return None if alert is None else {"number": alert.number, "name": alert.name}


def known(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not known, on this level only: every level is built through here."""
    return {key: value for key, value in fields.items() if value is not None}
