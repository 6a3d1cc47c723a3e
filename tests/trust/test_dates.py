"""Which certificate of the path expires first, and which thresholds apply."""

from __future__ import annotations

from datetime import timedelta

import pytest

from halfshake.trust.policy import LifetimeRatio, Policy
from halfshake.trust.status import Status
from pki import Authority
from trust.observations import NAME, NOW, codes, judged, observed

ROOT = Authority.root()


def days(value: float) -> timedelta:
    """This many days."""
    return timedelta(days=value)


def test_an_intermediate_that_dies_first_is_named() -> None:
    """The path expires with it, and it has its own thresholds."""
    intermediate = ROOT.intermediate(days=(-300, 5))
    verdict = judged(observed(*intermediate.issue(NAME, days=(-30, 300)).chain), ROOT)
    assert verdict.trusted
    assert verdict.status is Status.critical
    assert codes(verdict) == ["path-expires-soon"]
    assert verdict.path_dies_first == "CN=Test Intermediate"
    assert verdict.days_left == pytest.approx(300, abs=0.1)
    assert verdict.path_seconds_left == pytest.approx(5 * 86400, abs=9000)


def test_a_longer_lived_renewal_that_is_sent_too_counts() -> None:
    """Clients find the other path by themselves: the chain is valid as long as that path."""
    dying = ROOT.intermediate(days=(-300, 5))
    renewed = dying.renewed_by(ROOT, days=(-1, 900))
    leaf = dying.issue(NAME, days=(-30, 300)).chain[0]
    verdict = judged(observed(leaf, dying.certificate, renewed.certificate), ROOT)
    assert verdict.trusted
    assert codes(verdict) == []
    assert verdict.path_not_after == leaf.not_valid_after_utc
    assert verdict.path[1].not_after == renewed.certificate.not_valid_after_utc


def test_a_root_renewed_in_the_store_counts() -> None:
    """Two roots with the same name and key: the one that lasts longer ends the path."""
    old = Authority.root(days=(-3650, 3))
    new = old.renewed_by(old, days=(-1, 3650))
    observation = observed(*old.issue(NAME).chain)
    assert codes(judged(observation, old)) == ["path-expires-soon"]
    assert codes(judged(observation, old, new)) == []


def test_both_paths_dying_is_the_later_end() -> None:
    """Of two expiring paths, the one that lasts longer counts."""
    first = ROOT.intermediate(days=(-300, 5))
    second = first.renewed_by(ROOT, days=(-300, 9))
    leaf = first.issue(NAME, days=(-30, 300)).chain[0]
    verdict = judged(observed(leaf, first.certificate, second.certificate), ROOT)
    assert verdict.path_not_after == second.certificate.not_valid_after_utc
    assert verdict.status is Status.warning


@pytest.mark.parametrize(
    ("policy", "left", "status"),
    [
        (Policy(), 15, Status.ok),
        (Policy(), 13, Status.warning),
        (Policy(), 6, Status.critical),
        (Policy(warning=days(20)), 15, Status.warning),
        (Policy(critical=days(20)), 15, Status.critical),
        (Policy(warning=timedelta(seconds=15 * 86400 + 60)), 15, Status.warning),
        (Policy(warning=LifetimeRatio(0.5)), 40, Status.warning),
        (Policy(warning=LifetimeRatio(0.3)), 40, Status.ok),
        (Policy(warning=days(0), critical=days(0)), 0.01, Status.ok),
    ],
)
def test_thresholds_of_the_end_entity(policy: Policy, left: float, status: Status) -> None:
    """Days, seconds, a part of the lifetime; 0 means 0. The lifetime is 100 days."""
    observation = observed(*ROOT.issue(NAME, days=(left - 100, left), now=NOW).chain)
    assert judged(observation, ROOT, policy=policy).status is status


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        (Policy(path_warning=days(0), path_critical=days(0)), Status.ok),
        (Policy(path_critical=days(40)), Status.critical),
        (Policy(warning=days(40)), Status.warning),
        (Policy(warning=LifetimeRatio(0.9), critical=LifetimeRatio(0.1)), Status.ok),
    ],
)
def test_thresholds_of_the_path(policy: Policy, status: Status) -> None:
    """They are separate; days are taken over from the server's own thresholds, a ratio is not."""
    intermediate = ROOT.intermediate(days=(-300, 30))
    observation = observed(*intermediate.issue(NAME, days=(-1, 300)).chain)
    assert judged(observation, ROOT, policy=policy).status is status


def test_every_fault_is_found() -> None:
    """An expired certificate of an unknown CA, for the wrong name, with an expired CA above."""
    stranger = Authority.root("Stranger")
    intermediate = stranger.intermediate(days=(-300, -10))
    observation = observed(*intermediate.issue("other.halfshake.test", days=(-60, -3)).chain)
    verdict = judged(observation, ROOT)
    assert verdict.trusted is False
    assert verdict.name_matches is False
    assert {"expired", "unknown-ca", "name-mismatch", "path-expired"} <= set(codes(verdict))


def test_time_travel() -> None:
    """The same reading at another time; nothing here reads a clock."""
    observation = observed(*ROOT.issue(NAME).chain)
    assert judged(observation, ROOT, now=NOW + days(61)).status is Status.critical
    early = judged(observation, ROOT, now=NOW - days(31))
    assert codes(early)[0] == "not-yet-valid"
    assert judged(observation, ROOT).status is Status.ok
