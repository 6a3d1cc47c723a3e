"""A verdict that still holds is not asked for again, and one that may not hold is."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from halfshake.inputs.target_text import parse_target
from halfshake.observation import Observation
from halfshake.trust.policy import Policy
from halfshake.trust.rules.client_cas import ClientSide
from halfshake.trust.standing import standing_of
from halfshake.trust.status import Status
from halfshake.watch.reader import Judged
from halfshake.watch.settings.watched import Settings, Watched
from halfshake.watch.unchanged import FACTS, MOST_SECONDS, Unchanged, longest_seconds
from pki import Authority
from trust.observations import observed, store_of

ROOT = Authority.root()


def watched() -> Watched:
    """A target with settings of its own."""
    reader: Any = object()
    settings = Settings(reader, {}, timeout_seconds=1, verify=True, exporter="blackbox")
    return Watched("a", "a", parse_target("a"), settings)


def judged_until(seen: Observation, seconds: float | None = None) -> Judged:
    """A verdict that holds for so long."""
    until = None if seconds is None else seen.observed_at + timedelta(seconds=seconds)
    side = ClientSide()
    standing = standing_of(
        seen, store_of(ROOT), Policy(), seen.observed_at, crls=(), fetched=None, earlier=None,
        client_side=side,
    )  # fmt: skip
    return Judged(seen, None, None, Status.ok, standing=standing, until=until)


@pytest.mark.parametrize("seconds", [None, 100.0, 100_000.0])
def test_until_when_it_holds(seconds: float | None) -> None:
    """Up to its turn, at most for the target's longest time; for other facts or settings never."""
    seen = observed(*ROOT.issue("a").chain, name="a")
    longest = min(longest_seconds("a"), seconds or math.inf)
    target, unchanged, judged = watched(), Unchanged(), judged_until(seen, seconds)
    assert unchanged.standing(target, seen) is None
    unchanged.keep(target, seen, judged)
    for after, holds in [(1, True), (longest - 5, True), (longest + 5, False)]:
        later = seen._replace(observed_at=seen.observed_at + timedelta(seconds=after))
        assert unchanged.standing(target, later) == (judged.standing if holds else None), after
    assert unchanged.standing(target, seen._replace(tls_version="TLSv1.0")) is None
    assert unchanged.standing(replace(target, settings=watched().settings), seen) is None
    unchanged.forget("a")
    assert unchanged.standing(target, seen) is None


def test_what_is_said_of_many_is_kept_once() -> None:
    """100,000 targets need little more than a number each: CAs and texts are the same objects."""
    unchanged, tracked = Unchanged(), []
    middle = ROOT.intermediate()
    for number in range(30):
        name = f"t{number}"
        seen = observed(*middle.issue(name).chain[:2], name=name)
        target = Watched(name, name, parse_target(name), watched().settings)
        unchanged.keep(target, seen, judged_until(seen))
        tracked.append((target, seen))
    assert len({id(each.said) for each in unchanged._kept.values()}) == 1
    for target, seen in tracked:
        standing = unchanged.standing(target, seen)
        assert standing is not None
        assert standing == judged_until(seen).standing
        assert len(standing.path) == 3
        assert standing.path[:2] == seen.chain


def test_verdicts_that_begin_together_do_not_end_together() -> None:
    """100,000 targets are judged in the first minute, and are not all judged again in another."""
    ends = Counter(int(longest_seconds(f"target {number}") / 60) for number in range(15_000))
    assert len(ends) == 15
    assert max(ends) < MOST_SECONDS / 60
    assert max(ends.values()) < 2000


def test_every_fact_counts() -> None:
    """A new fact of an observation is one that a verdict may rest on, until somebody says no."""
    told_apart = {"target", "key_type", "face", "purpose"}  # by the watched target itself
    of_the_moment = {"observed_at", "address", "timings"}
    assert set(Observation._fields) == {
        "chain",
        *FACTS,
        *told_apart,
        *of_the_moment,
    }
