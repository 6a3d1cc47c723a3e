"""What each kind of event means, in a sentence: for docs/history.md."""

from __future__ import annotations

from typing import NamedTuple

from halfshake.event import EventKind


class EventGuide(NamedTuple):
    """`meaning` is Markdown; `before_after` says what those two fields of the event hold."""

    meaning: str
    before_after: str


EVENT_GUIDES: dict[EventKind, EventGuide] = {
    EventKind.renewed: EventGuide(
        "The target shows a certificate that it has not shown before; or, after a rollback, the "
        "newer one again.",
        "SHA-256 fingerprints",
    ),
    EventKind.rolled_back: EventGuide(
        "A certificate that the target has shown before, and that is older than the one it showed "
        "last, is back.",
        "SHA-256 fingerprints",
    ),
    EventKind.issuer_changed: EventGuide(
        "The new certificate was issued by another CA than the last one.",
        "names of the issuers",
    ),
    EventKind.key_reused: EventGuide(
        "The new certificate has the same public key as the last one: whoever has the old private "
        "key has the new one.",
        "SHA-256 fingerprints",
    ),
    EventKind.client_auth_changed: EventGuide(
        "The target asks for a client certificate and did not before, or no longer asks; or the "
        "second visit found that clients without one are treated in another way.",
        "`requested` and `not-requested`, or what `client_auth.enforcement` says",
    ),
    EventKind.client_cas_changed: EventGuide(
        "The target names other CAs than before in its request for a client certificate: partners "
        "may be shut out.",
        "how many CAs are named",
    ),
    EventKind.trust_changed: EventGuide(
        "The chain is no longer trusted, or is trusted again: the chain changed, or the trust "
        "store.",
        "`trusted` and `not-trusted`",
    ),
    EventKind.status_changed: EventGuide(
        "The verdict on the target became better or worse. A target that cannot be read has no "
        "verdict: see `went-dark`.",
        "`ok`, `warning`, `critical`, `unknown`",
    ),
    EventKind.went_dark: EventGuide(
        "The target could not be read twice in a row. One failed reading is no event.",
        "the last status, and the reason of the failure",
    ),
    EventKind.came_back: EventGuide(
        "A target that went dark can be read again.",
        "the reason of the failure, and the status",
    ),
    EventKind.address_appeared: EventGuide(
        "The target's name leads to an address that it did not lead to before.",
        "the address, in `after`",
    ),
    EventKind.address_vanished: EventGuide(
        "In two visits in a row, the target's name did not lead to this address.",
        "the address, in `before`",
    ),
    EventKind.twins_diverged: EventGuide(
        "In two visits in a row, the addresses of the target showed different certificates; or one "
        "address shows two by turns, so that several servers stand behind it.",
        "SHA-256 fingerprints: the older and the newer certificate",
    ),
    EventKind.twins_agree: EventGuide(
        "All addresses of the target show the same certificate again.",
        "the fingerprint, in `after`",
    ),
}
