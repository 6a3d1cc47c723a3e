"""What the page says in words: statuses, times, and what a server wants of its clients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from halfshake import observation
from halfshake.event import EventKind
from halfshake.trust.clients.families import FAMILIES

if TYPE_CHECKING:
    from halfshake.report.page.result_document import (
        ClientAuth,
        ClientFamily,
        Face,
        ResultDocument,
    )


def day(moment: datetime) -> str:
    """A date: "30 Nov 2026"."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%b} {at.year}"


def minute(moment: datetime) -> str:
    """A date and a time: "30 Nov 2026, 01:10 UTC"."""
    return f"{day(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def relative(moment: datetime, now: datetime) -> str:
    """How far away a moment is: "in 12 days", "3 hours ago"."""
    left = moment - now
    if abs(left) < timedelta(minutes=1):
        return "now"
    span = _span(abs(left))
    return f"in {span}" if left > timedelta(0) else f"{span} ago"


def _span(length: timedelta) -> str:
    if length < timedelta(hours=2):
        return _counted(int(length / timedelta(minutes=1)), "minute")
    if length < timedelta(days=3):
        return _counted(int(length / timedelta(hours=1)), "hour")
    if length < timedelta(days=730):
        return _counted(length.days, "day")
    return f"{length / timedelta(days=365.25):.1f} years"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def lag(not_before: datetime, first_seen_at: datetime) -> str:
    """How long a certificate waited until it was served."""
    return _span(first_seen_at - not_before)


def expires(not_after: datetime | None, now: datetime) -> str:
    """When a certificate dies, in words."""
    if not_after is None:
        return "not known"
    words = relative(not_after, now)
    return f"expired {words}" if not_after < now else words


def sentence(document: ResultDocument, now: datetime) -> str:
    """The verdict in a sentence or two."""
    verdict, failure = document.verdict, document.failure
    if failure is not None:
        seen = document.end_entity
        if seen is None:
            return "The certificate was not read."
        return "The certificate was seen, but nothing proves it."
    leaf = document.end_entity
    not_after = verdict.not_after or (leaf.not_after if leaf else None)
    if not_after is None:
        dates = "The certificate's dates cannot be read."
    else:
        word = "expired" if not_after < now else "expires"
        dates = f"The certificate {word} {relative(not_after, now)}."
    answers = [_TRUSTED[verdict.trusted], _NAME[verdict.name_matches]]
    return " ".join([dates, *(answer for answer in answers if answer)])


def face_label(face: Face | None) -> str:
    """What a face asked for, besides the address."""
    if face is None:
        return ""
    return observation.Face(None, face.key_type, face.tls_version, face.sni, face.alpn).label


def asks(client_auth: ClientAuth | None) -> str:
    """Does the server ask for a client certificate?"""
    if client_auth is None or client_auth.requested is None:
        return "It is not known whether the server asks for a client certificate."
    if not client_auth.requested:
        return (
            "The server does not ask for a client certificate in the handshake. It may do so for "
            "some paths, or on another port."
        )
    count = len(client_auth.acceptable_cas)
    cas = f"and names {_counted(count, 'CA')}" if count else "but names no CA"
    return (
        f"The server asks for a client certificate {cas}. Halfshake sent none, as intended, "
        "and hung up."
    )


def enforced(client_auth: ClientAuth | None) -> str:
    """Does it insist? Empty where nobody has looked."""
    if client_auth is None or client_auth.enforcement is None:
        return ""
    return _ENFORCEMENT.get(client_auth.enforcement, client_auth.enforcement)


def family(client: ClientFamily) -> str:
    """The short name of a family of clients."""
    known = FAMILIES.get(client.profile)
    return known.label if known else client.profile


def spelled(code: str) -> str:
    """A code as words: "expires-soon" is "expires soon"."""
    return code.replace("-", " ").replace("_", " ")


STATUS_WORDS = {
    "ok": "OK",
    "warning": "Warning",
    "critical": "Critical",
    "unknown": "Unknown",
    "info": "Note",
}

EVENT_WORDS = {
    EventKind.renewed: "Renewed",
    EventKind.rolled_back: "Rolled back",
    EventKind.issuer_changed: "Issuer changed",
    EventKind.key_reused: "Key reused",
    EventKind.client_auth_changed: "Client authentication changed",
    EventKind.client_cas_changed: "Client CAs changed",
    EventKind.trust_changed: "Trust changed",
    EventKind.status_changed: "Status changed",
    EventKind.went_dark: "Went dark",
    EventKind.came_back: "Came back",
    EventKind.address_appeared: "Address appeared",
    EventKind.address_vanished: "Address vanished",
    EventKind.twins_diverged: "Addresses differ",
    EventKind.twins_agree: "Addresses agree again",
}

_TRUSTED = {
    True: "It is trusted.",
    False: "It is not trusted.",
    None: "",
}
_NAME = {
    True: "The name matches.",
    False: "The name does not match.",
    None: "",
}
_ENFORCEMENT = {
    "tls-required": "Clients without a certificate are refused in the TLS handshake.",
    "http-enforced": "Clients without a certificate are refused by HTTP, after the handshake.",
    "tls-optional": "The server asks for a certificate, but serves clients that have none.",
    "open": "The server does not ask for a certificate, and serves everybody.",
    "unknown": "Whether clients without a certificate are refused could not be told.",
}
