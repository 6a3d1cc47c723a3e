"""The pure part: from what was known and what is seen to the events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from halfshake.event import EventKind
from halfshake.history.changes import (
    BY_TURNS,
    SETTLED,
    Certificate,
    Facts,
    Known,
    Outcome,
    after_failure,
    after_reading,
)
from halfshake.history.event_guide import EVENT_GUIDES
from halfshake.history.twins import Shown, agreed, diverged, parted

if TYPE_CHECKING:
    from halfshake.history.changes import Change

START = datetime(2026, 7, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def certificate(letter: str, begins: int = 0, **more: Any) -> Certificate:
    """A certificate that begins so many days after the start, and lasts ninety."""
    begin = START + timedelta(days=begins)
    named = {"spki_sha256": letter * 64, "subject": "CN=a", "issuer": "CN=CA"} | more
    return Certificate(
        sha256=letter * 64, not_before=begin, not_after=begin + timedelta(days=90), **named
    )


OLD, NEW = certificate("a"), certificate("b", 60)
USUAL: dict[str, Any] = {
    "certificate": OLD,
    "status": "ok",
    "trusted": True,
    "requested": True,
    "client_cas": ("CN=A", "CN=B"),
    "address": "192.0.2.7:443",
}


@dataclass
class Around:
    """What the history knows besides: in a test, what it is told."""

    here: set[str] = field(default_factory=set)
    by_target: set[str] = field(default_factory=set)
    by_others: set[EventKind] = field(default_factory=set)
    dark: bool = False

    def shown_here(self, sha256: str) -> bool:
        """As told."""
        return sha256 in self.here

    def shown_by_target(self, sha256: str) -> bool:
        """As told."""
        return sha256 in self.here | self.by_target

    def told(self, change: Change, since: datetime) -> bool:
        """As told."""
        assert since.tzinfo is not None
        return change.kind in self.by_others

    def dark_elsewhere(self) -> bool:
        """As told."""
        return self.dark


class Walk:
    """One view over many readings, and everything that it told."""

    def __init__(self, around: Around | None = None, *, only_clients: bool = False) -> None:
        self.around = around or Around()
        self.known = Known()
        self.at = START
        self.turns: list[bool] = []
        self._only_clients = only_clients

    def shows(self, minutes: float = 1, **facts: Any) -> list[str]:
        """Read this, so much later; the kinds of the events."""
        self.at += minutes * MINUTE
        seen = Facts(at=self.at, **(USUAL | facts))
        outcome = after_reading(self.known, seen, self.around, only_clients=self._only_clients)
        self.around.here.add(seen.certificate.sha256)
        return self._take(outcome)

    def fails(self, reason: str = "connection-refused") -> list[str]:
        """Fail to read."""
        self.at += MINUTE
        return self._take(
            after_failure(self.known, self.at, reason, self.around, only_clients=self._only_clients)
        )

    def _take(self, outcome: Outcome) -> list[str]:
        self.known = outcome.known
        if outcome.by_turns is not None:
            self.turns.append(outcome.by_turns)
        return [change.kind.value for change in outcome.changes]


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ({}, []),
        ({"certificate": NEW}, ["renewed"]),
        ({"certificate": NEW._replace(issuer="CN=Other")}, ["renewed", "issuer-changed"]),
        ({"certificate": NEW._replace(spki_sha256=OLD.spki_sha256)}, ["renewed", "key-reused"]),
        ({"trusted": False, "status": "critical"}, ["trust-changed", "status-changed"]),
        ({"requested": False, "client_cas": None}, ["client-auth-changed"]),
        ({"client_cas": ("CN=A", "CN=C")}, ["client-cas-changed"]),
        ({"status": "warning"}, ["status-changed"]),
        # What was not seen is no change: a flight that broke off behind its certificate.
        ({"trusted": None, "requested": None, "client_cas": None}, []),
        ({"certificate": NEW._replace(issuer=None, spki_sha256=None)}, ["renewed"]),
    ],
)
def test_a_change_is_told_once(facts: dict[str, Any], kinds: list[str]) -> None:
    """Not at first sight, once when it comes, and not again while it lasts."""
    walk = Walk()
    assert walk.shows() == []
    assert walk.shows(**facts) == kinds
    assert walk.shows(**facts) == []


def test_what_was_not_seen_is_remembered() -> None:
    """A reading that could not see it does not hide the change before or after it."""
    walk = Walk()
    walk.shows()
    walk.shows(requested=None, client_cas=None, trusted=None)
    assert walk.shows(requested=False, client_cas=None, trusted=False) == [
        "trust-changed",
        "client-auth-changed",
    ]


def test_back_and_forth_by_an_operator() -> None:
    """A rollback is told, and so is the return to the new one."""
    walk = Walk()
    walk.shows()
    assert walk.shows(certificate=NEW) == ["renewed"]
    assert walk.shows(certificate=OLD) == ["rolled-back"]
    assert walk.shows(certificate=NEW) == ["renewed"]
    assert walk.turns == []


def test_several_servers_behind_one_address() -> None:
    """They come by turns: told as that, then silence, and the end of it."""
    walk = Walk()
    walk.shows()
    kinds = [walk.shows(certificate=OLD if each % 2 else NEW) for each in range(20)]
    assert kinds[:BY_TURNS] == [["renewed"], ["rolled-back"], ["renewed"], ["rolled-back"]]
    assert kinds[BY_TURNS:] == [[]] * (20 - BY_TURNS)
    assert walk.turns == [True] * 16
    walk.shows(minutes=SETTLED / MINUTE, certificate=OLD)
    assert walk.turns[-1] is False


def test_two_addresses_of_one_name() -> None:
    """The usual reading comes by both: what the other one shows is no rollback."""
    walk = Walk()
    walk.shows()
    walk.shows(certificate=NEW)
    assert walk.shows(address="192.0.2.8:443") == []
    assert walk.turns == [True]


def test_a_face_that_takes_up_what_the_target_has() -> None:
    """No second renewal: twins tell of that."""
    walk = Walk(Around(by_target={NEW.sha256}))
    walk.shows()
    assert walk.shows(certificate=NEW) == []


def test_dark_and_back() -> None:
    """One failure is none; the same once, however long it lasts."""
    walk = Walk()
    assert [walk.fails(), walk.fails()] == [[], []]  # never read: it did not go dark
    walk.shows()
    assert walk.fails() == []
    assert walk.shows() == []
    assert [walk.fails(), walk.fails(), walk.fails()] == [[], ["went-dark"], []]
    assert walk.shows(certificate=NEW, status="warning") == [
        "came-back",
        "renewed",
        "status-changed",
    ]
    assert walk.shows(certificate=NEW, status="warning") == []


def test_a_face_of_a_dark_target() -> None:
    """It says nothing while the usual reading fails; it does if it stays dark alone."""
    walk = Walk(Around(dark=True))
    walk.shows()
    assert [walk.fails(), walk.fails()] == [[], []]
    assert walk.shows() == []
    assert [walk.fails(), walk.fails()] == [[], []]
    walk.around.dark = False
    assert walk.fails() == ["went-dark"]
    assert walk.shows() == ["came-back"]


def test_the_second_visit() -> None:
    """How clients are treated, and nothing that the usual reading tells."""
    walk = Walk(only_clients=True)
    walk.shows(enforcement="tls-required")
    assert walk.shows(enforcement="open", certificate=NEW, trusted=False) == ["client-auth-changed"]
    assert [walk.fails(), walk.fails(), walk.shows(enforcement="open", certificate=NEW)] == [
        [],
        [],
        [],
    ]


def test_what_another_view_has_told() -> None:
    """Is the same change."""
    walk = Walk(Around(by_others={EventKind.client_auth_changed}))
    walk.shows()
    assert walk.shows(requested=False, client_cas=None, status="critical") == ["status-changed"]


def test_twins() -> None:
    """Who lags is named; what could not be read says nothing."""
    lag = Shown({"192.0.2.7": NEW, "192.0.2.8": OLD})
    assert diverged(lag) is True
    assert parted(lag).before == OLD.sha256
    assert "192.0.2.8 shows another certificate" in parted(lag).message
    assert diverged(Shown({"192.0.2.7": NEW, "192.0.2.8": NEW})) is False
    assert diverged(Shown({"192.0.2.7": NEW}, frozenset({"192.0.2.8"}))) is None
    assert agreed(NEW).after == NEW.sha256


def test_names_in_sentences_are_harmless() -> None:
    """A CA may be called anything."""
    walk = Walk()
    walk.shows()
    walk.at += MINUTE
    evil = NEW._replace(issuer="CN=\x1b[2J\u202e\ud800")
    outcome = after_reading(
        walk.known, Facts(at=walk.at, **(USUAL | {"certificate": evil})), walk.around
    )
    assert all(change.message.isprintable() for change in outcome.changes)


def test_every_kind_has_its_sentence() -> None:
    """For the docs, the page and notifications."""
    assert set(EVENT_GUIDES) == set(EventKind)
