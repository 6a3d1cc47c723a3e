"""From what was known of a view, and what it shows now, to what is known then, and the events.

Pure: no database, no clock. A view is one way in which a target is read: the usual reading, the
second visit, each face. Five rules keep an event from being told where nothing happened, or twice:

    unknown     what a reading could not see changes nothing, and is remembered as it was
    first       what is seen for the first time is no change
    dark        a face that fails while the usual reading fails too is not told; and who told that
                it is dark tells that it is back
    told        a change that another view of the same target has told since this view was last
                read is the same change
    by turns    certificates that come and go are several servers behind one address: that is one
                event, twins-diverged, and then silence until it ends
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from halfshake.event import EventKind
from halfshake.history.sentences import (
    auth_sentence,
    auth_word,
    back_sentence,
    cas_sentence,
    dark_sentence,
    issuer_sentence,
    key_sentence,
    renewed_sentence,
    rolled_back_sentence,
    status_sentence,
    trust_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_T = TypeVar("_T")


class Certificate(NamedTuple):
    """What is compared of an end entity's certificate; None for what cannot be read."""

    sha256: str
    spki_sha256: str | None = None
    subject: str | None = None
    issuer: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None


class Facts(NamedTuple):
    """What one reading showed. `client_cas` are sorted; None stands for what was not seen."""

    at: datetime
    certificate: Certificate
    status: str
    trusted: bool | None = None
    requested: bool | None = None
    enforcement: str | None = None
    client_cas: tuple[str, ...] | None = None
    address: str | None = None
    awaited_for: timedelta | None = None


class Known(NamedTuple):
    """What is known of a view. `read_at` is when it was last read; None if it never was.

    `failures` counts those in a row; `dark_since` is when the first of them was, once there were
    enough, and `dark_told` whether this view told so. `flips` counts how often a certificate of
    before came back, the last time `flipped_at`.
    """

    read_at: datetime | None = None
    certificate: Certificate | None = None
    status: str | None = None
    trusted: bool | None = None
    requested: bool | None = None
    enforcement: str | None = None
    client_cas: tuple[str, ...] | None = None
    address: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    failure: str | None = None
    dark_since: datetime | None = None
    dark_told: bool = False
    flips: int = 0
    flipped_at: datetime | None = None


class Change(NamedTuple):
    """An event in the making."""

    kind: EventKind
    message: str
    before: str | None
    after: str | None


class Around(Protocol):
    """What else the history knows of the same target."""

    def shown_here(self, sha256: str) -> bool:
        """Has this view shown the certificate before?"""

    def shown_by_target(self, sha256: str) -> bool:
        """Has any view of the target shown it before?"""

    def told(self, change: Change, since: datetime) -> bool:
        """Has another view told the same change since then?"""

    def dark_elsewhere(self) -> bool:
        """Does the usual reading fail now, or has another face of this address told it is dark?"""


class Outcome(NamedTuple):
    """What is known now; and whether the view shows certificates by turns, None for no news."""

    known: Known
    changes: list[Change]
    by_turns: bool | None = None


def after_reading(
    known: Known, facts: Facts, around: Around, *, only_clients: bool = False
) -> Outcome:
    """Compare a reading with what is known.

    `only_clients` is for the second visit: how clients are treated is its own, all else is told by
    the usual reading.
    """
    changes: list[Change] = []
    flips, flipped_at, by_turns = known.flips, known.flipped_at, None
    if known.read_at is not None:
        if known.dark_since is not None and known.dark_told:
            took = facts.at - known.dark_since
            changes.append(
                Change(EventKind.came_back, back_sentence(took), known.failure, facts.status)
            )
        turn, flips, flipped_at, by_turns = _certificate(known, facts, around)
        changes += [
            *([] if only_clients else turn),
            *([] if only_clients else _trust(known, facts)),
            *_clients(known, facts),
            *([] if only_clients else _client_cas(known, facts)),
            *_status(known, facts),
        ]
        since = known.read_at
        changes = [
            change
            for change in changes
            if change.kind is EventKind.came_back or not around.told(change, since)
        ]
    now = Known(
        read_at=facts.at,
        certificate=facts.certificate,
        status=facts.status,
        trusted=_latest(facts.trusted, known.trusted),
        requested=_latest(facts.requested, known.requested),
        enforcement=_latest(facts.enforcement, known.enforcement),
        client_cas=_latest(facts.client_cas, known.client_cas),
        address=facts.address,
        flips=flips,
        flipped_at=flipped_at,
    )
    return Outcome(now, changes, by_turns)


def after_failure(
    known: Known, at: datetime, reason: str, around: Around, *, only_clients: bool = False
) -> Outcome:
    """Count a reading that failed; dark is what was read before and now fails again and again."""
    failures = known.failures + 1
    since = known.failing_since or at
    changes: list[Change] = []
    dark_since, dark_told = known.dark_since, known.dark_told
    if failures >= DARK_AFTER_FAILURES and known.read_at is not None:
        dark_since = dark_since or since
        if not only_clients and not dark_told and not around.dark_elsewhere():
            sentence = dark_sentence(reason, failures)
            changes = [Change(EventKind.went_dark, sentence, known.status, reason)]
            dark_told = True
    now = known._replace(
        failures=failures,
        failing_since=since,
        failure=reason,
        dark_since=dark_since,
        dark_told=dark_told,
    )
    return Outcome(now, changes)


def _certificate(
    known: Known, facts: Facts, around: Around
) -> tuple[list[Change], int, datetime | None, bool | None]:
    before, now, flips = known.certificate, facts.certificate, known.flips
    if before is None or before.sha256 == now.sha256:
        settled = (
            flips >= BY_TURNS
            and known.flipped_at is not None
            and facts.at - known.flipped_at >= SETTLED
        )
        if settled:
            return [], 0, None, False
        return [], flips, known.flipped_at, None
    if not around.shown_by_target(now.sha256):
        return list(_renewed(before, facts)), 0, None, None
    if not around.shown_here(now.sha256):
        # One address after another takes up what the target has: twins.py tells that.
        return [], flips, known.flipped_at, None
    lately = known.flipped_at is not None and facts.at - known.flipped_at <= SETTLED
    flips = flips + 1 if lately else 1
    if known.address is not None and facts.address not in {None, known.address}:
        flips = max(flips, BY_TURNS)
    if flips >= BY_TURNS:
        return [], flips, facts.at, True
    return list(_returned(before, facts)), flips, facts.at, None


def _renewed(before: Certificate, facts: Facts) -> Iterator[Change]:
    now = facts.certificate
    sentence = renewed_sentence(
        before.not_after, now.not_after, now.not_before, facts.at, facts.awaited_for
    )
    yield Change(EventKind.renewed, sentence, before.sha256, now.sha256)
    yield from _issuer(before, now)
    if before.spki_sha256 is not None and before.spki_sha256 == now.spki_sha256:
        yield Change(EventKind.key_reused, key_sentence(), before.sha256, now.sha256)


def _returned(before: Certificate, facts: Facts) -> Iterator[Change]:
    now = facts.certificate
    if _age(now) <= _age(before):
        sentence = rolled_back_sentence(before.not_after, now.not_after)
        yield Change(EventKind.rolled_back, sentence, before.sha256, now.sha256)
    else:
        sentence = renewed_sentence(before.not_after, now.not_after, None, facts.at, None)
        yield Change(EventKind.renewed, sentence, before.sha256, now.sha256)
    yield from _issuer(before, now)


def _issuer(before: Certificate, now: Certificate) -> Iterator[Change]:
    if before.issuer is None or now.issuer is None or before.issuer == now.issuer:
        return
    sentence = issuer_sentence(before.issuer, now.issuer)
    yield Change(EventKind.issuer_changed, sentence, before.issuer, now.issuer)


def _trust(known: Known, facts: Facts) -> Iterator[Change]:
    if None in {known.trusted, facts.trusted} or known.trusted == facts.trusted:
        return
    before, after = _TRUST[bool(known.trusted)], _TRUST[bool(facts.trusted)]
    sentence = trust_sentence(trusted=bool(facts.trusted))
    yield Change(EventKind.trust_changed, sentence, before, after)


def _clients(known: Known, facts: Facts) -> Iterator[Change]:
    """One event, whether it shows in the request or only in what becomes of clients."""
    before, after = auth_word(known.requested), auth_word(facts.requested)
    if None in {before, after} or before == after:
        before, after = known.enforcement, facts.enforcement
    if None in {before, after} or before == after:
        return
    assert before is not None
    assert after is not None
    yield Change(EventKind.client_auth_changed, auth_sentence(before, after), before, after)


def _client_cas(known: Known, facts: Facts) -> Iterator[Change]:
    before, after = known.client_cas, facts.client_cas
    if before is None or after is None or before == after:
        return
    if not known.requested or not facts.requested:
        return  # that is client-auth-changed
    sentence = cas_sentence(before, after)
    yield Change(EventKind.client_cas_changed, sentence, str(len(before)), str(len(after)))


def _status(known: Known, facts: Facts) -> Iterator[Change]:
    if known.status is None or known.status == facts.status:
        return
    sentence = status_sentence(known.status, facts.status)
    yield Change(EventKind.status_changed, sentence, known.status, facts.status)


def _age(certificate: Certificate) -> tuple[float, float]:
    return (
        certificate.not_before.timestamp() if certificate.not_before else 0.0,
        certificate.not_after.timestamp() if certificate.not_after else 0.0,
    )


def _latest(seen: _T | None, known: _T | None) -> _T | None:
    return known if seen is None else seen


_TRUST = {True: "trusted", False: "not-trusted"}

# A lost packet, or a server that is restarted while we knock, is one failure.
DARK_AFTER_FAILURES = 2

# The fourth time that a certificate of before comes back, it is no operator who changes his mind.
BY_TURNS = 4
SETTLED = timedelta(hours=2)
