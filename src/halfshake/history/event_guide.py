"""What each kind of event means, in a sentence: for the docs, the page and notifications."""

from __future__ import annotations

from typing import NamedTuple

from halfshake.event import EventKind


class EventGuide(NamedTuple):
    """`title` is what a headline says, `meaning` is a sentence; both Markdown without links.

    `before` and `after` say what those fields of the event hold.
    """

    title: str
    meaning: str
    before_after: str


EVENT_GUIDES: dict[EventKind, EventGuide] = {
    EventKind.renewed: EventGuide(
        "certificate renewed",
        "The target shows a certificate that it has not shown before; or, after a rollback, the "
        "newer one again.",
        "SHA-256 fingerprints",
    ),
    EventKind.rolled_back: EventGuide(
        "certificate rolled back",
        "A certificate that the target has shown before, and that is older than the one it showed "
        "last, is back.",
        "SHA-256 fingerprints",
    ),
    EventKind.issuer_changed: EventGuide(
        "issuer changed",
        "The new certificate was issued by another CA than the last one.",
        "names of the issuers",
    ),
    EventKind.key_reused: EventGuide(
        "key reused",
        "The new certificate has the same public key as the last one: whoever has the old private "
        "key has the new one.",
        "SHA-256 fingerprints",
    ),
    EventKind.client_auth_changed: EventGuide(
        "client authentication changed",
        "The target asks for a client certificate and did not before, or no longer asks; or the "
        "second visit found that clients without one are treated in another way.",
        "`requested` and `not-requested`, or what `client_auth.enforcement` says",
    ),
    EventKind.client_cas_changed: EventGuide(
        "accepted client CAs changed",
        "The target names other CAs than before in its request for a client certificate: partners "
        "may be shut out.",
        "how many CAs are named",
    ),
    EventKind.trust_changed: EventGuide(
        "trust changed",
        "The chain is no longer trusted, or is trusted again: the chain changed, or the trust "
        "store.",
        "`trusted` and `not-trusted`",
    ),
    EventKind.status_changed: EventGuide(
        "status changed",
        "The verdict on the target became better or worse. A target that cannot be read has no "
        "verdict: see `went-dark`.",
        "`ok`, `warning`, `critical`, `unknown`",
    ),
    EventKind.went_dark: EventGuide(
        "went dark",
        "The target could not be read twice in a row. One failed reading is no event.",
        "the last status, and the reason of the failure",
    ),
    EventKind.came_back: EventGuide(
        "came back",
        "A target that went dark can be read again.",
        "the reason of the failure, and the status",
    ),
    EventKind.address_appeared: EventGuide(
        "address appeared",
        "The target's name leads to an address that it did not lead to before.",
        "the address, in `after`",
    ),
    EventKind.address_vanished: EventGuide(
        "address vanished",
        "In two visits in a row, the target's name did not lead to this address.",
        "the address, in `before`",
    ),
    EventKind.twins_diverged: EventGuide(
        "twins diverged",
        "In two visits in a row, the addresses of the target showed different certificates; or one "
        "address shows two by turns, so that several servers stand behind it.",
        "SHA-256 fingerprints: the older and the newer certificate",
    ),
    EventKind.twins_agree: EventGuide(
        "twins agree",
        "All addresses of the target show the same certificate again.",
        "the fingerprint, in `after`",
    ),
}
