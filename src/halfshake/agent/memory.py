"""The last reading of each target: it turns changes into events, and keeps the date in an outage.

It is one JSON text in the Agent's persistent cache, written only when something changes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from halfshake.observation import Enforcement

if TYPE_CHECKING:
    from halfshake.agent.rounds import Judged
    from halfshake.observation import ClientAuth


class Change(NamedTuple):
    """A change that becomes an event; `alert_type` is one of Datadog's words."""

    code: str
    title: str
    text: str
    alert_type: str


@dataclass(slots=True)
class Remembered:
    """One target's last reading. `known` are the certificates it has shown, latest first."""

    sha256: str
    not_after: str | None
    client_auth: bool | None
    trusted: bool | None
    enforcement: str | None = None
    known: list[str] = field(default_factory=list)


class Memory:
    """The last reading of each target, by the target's identity."""

    def __init__(self, text: str | None = None) -> None:
        self._targets: dict[str, Remembered] = {}
        self._changed = False
        try:
            saved = json.loads(text) if text else {}
            for identity, fields in saved.items():
                self._targets[identity] = Remembered(**fields)
        except (ValueError, TypeError, AttributeError):
            self._targets.clear()  # from another release, or damaged: start again

    def take(self, identity: str, judged: Judged) -> list[Change]:
        """Remember a reading; return what has changed since the last one."""
        observation, verdict = judged.observation, judged.verdict
        end_entity = observation.end_entity
        before = self._targets.get(identity)
        known = [end_entity.sha256, *(before.known if before else [])]
        now = Remembered(
            sha256=end_entity.sha256,
            not_after=None if verdict.not_after is None else verdict.not_after.isoformat(),
            client_auth=_requested(observation.client_auth, before),
            trusted=judged.assessment.trusted,
            enforcement=_enforcement(observation.client_auth, before),
            known=list(dict.fromkeys(known))[:MAX_KNOWN],
        )
        if before == now:
            return []
        self._targets.pop(identity, None)
        self._targets[identity] = now
        if len(self._targets) > MAX_TARGETS:  # addresses of a name come and go
            del self._targets[next(iter(self._targets))]
        self._changed = True
        if before is None:
            return []
        return _changes(observation.target.text, before, now, judged)

    def not_after(self, identity: str) -> datetime | None:
        """When the certificate that was last read expires."""
        remembered = self._targets.get(identity)
        if remembered is None or remembered.not_after is None:
            return None
        return datetime.fromisoformat(remembered.not_after).astimezone(UTC)

    def text_if_changed(self) -> str | None:
        """Return the text to save; None if the saved one is still right."""
        if not self._changed:
            return None
        self._changed = False
        saved: dict[str, dict[str, Any]] = {
            identity: asdict(remembered) for identity, remembered in self._targets.items()
        }
        return json.dumps(saved, separators=(",", ":"))


def _changes(target: str, before: Remembered, now: Remembered, judged: Judged) -> list[Change]:
    changes: list[Change] = []
    # Behind a load balancer, two certificates may alternate: only a new one is a renewal.
    if now.sha256 not in before.known:
        end_entity = judged.observation.end_entity
        changes.append(
            Change(
                "certificate_renewed",
                f"The certificate of {target} has changed",
                f"Now {end_entity.subject}, issued by {end_entity.issuer}, valid until "
                f"{_day(now.not_after)}, SHA-256 {now.sha256}. Before: valid until "
                f"{_day(before.not_after)}, SHA-256 {before.sha256}.",
                "info",
            )
        )
    known = None not in {now.client_auth, before.client_auth}
    if known and now.client_auth is not before.client_auth:
        asks = "now asks" if now.client_auth else "no longer asks"
        changes.append(
            Change(
                "client_auth_changed",
                f"{target} {asks} for a client certificate",
                "Clients without a certificate now get further than before: check that this is "
                "intended."
                if not now.client_auth
                else "Clients without a certificate may be refused from now on.",
                "info" if now.client_auth else "warning",
            )
        )
    if None not in {now.enforcement, before.enforcement} and now.enforcement != before.enforcement:
        refused = now.enforcement in REFUSING
        changes.append(
            Change(
                "client_auth_changed",
                f"{target} is now {now.enforcement} for clients without a certificate; it was "
                f"{before.enforcement} before",
                judged.observation.client_auth.enforcement_reason
                or "docs/client-auth.md says what this means.",
                "info" if refused else "error",
            )
        )
    if None not in {now.trusted, before.trusted} and now.trusted is not before.trusted:
        reasons = " ".join(
            f"{finding.message}. {finding.advice}" for finding in judged.assessment.validation
        )
        changes.append(
            Change(
                "trust_changed",
                f"{target} is {'trusted again' if now.trusted else 'no longer trusted'}",
                reasons or "Its chain leads to the trust store.",
                "success" if now.trusted else "error",
            )
        )
    return changes


def _requested(client_auth: ClientAuth, before: Remembered | None) -> bool | None:
    """What is known; if the flight ended before it told, what an earlier one said."""
    if client_auth.requested is None:
        return before.client_auth if before else None
    return client_auth.requested


def _enforcement(client_auth: ClientAuth, before: Remembered | None) -> str | None:
    """What is known; if this visit could not tell, what an earlier one saw."""
    if client_auth.enforcement in {None, Enforcement.unknown}:
        return before.enforcement if before else None
    return None if client_auth.enforcement is None else client_auth.enforcement.value


def _day(moment: str | None) -> str:
    if moment is None:
        return "an unreadable date"
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"


REFUSING = frozenset({Enforcement.tls_required.value, Enforcement.http_enforced.value})

MAX_KNOWN = 8
MAX_TARGETS = 10_000
