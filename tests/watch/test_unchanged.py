"""A verdict that still holds is not asked for again, and one that may not hold is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from halfshake.inputs.target_text import parse_target
from halfshake.observation import Observation
from halfshake.trust.policy import Policy
from halfshake.watch.settings.watched import Settings, Watched
from halfshake.watch.unchanged import FACTS, MOST_SECONDS, Unchanged, longest_seconds
from pki import Authority
from trust.observations import judged, observed

NOTHING: Any = None
ROOT = Authority.root()


def watched() -> Watched:
    """A target with settings of its own."""
    reader: Any = object()
    settings = Settings(reader, {}, timeout_seconds=1, verify=True, exporter="blackbox")
    return Watched("a", "a", parse_target("a"), settings)


@pytest.mark.parametrize("seconds_to_warning", [None, 100])
def test_until_when_it_holds(seconds_to_warning: int | None) -> None:
    """Up to a threshold or the end of a certificate; and for other facts or settings never."""
    (certificate,) = ROOT.issue("a").chain[:1]
    seen = observed(certificate, name="a")
    policy, longest = Policy(), longest_seconds("a")
    if seconds_to_warning is not None:
        end = seen.end_entity.not_after
        assert end is not None
        left = end - seen.observed_at - timedelta(seconds=seconds_to_warning)
        policy, longest = Policy(warning=left), float(seconds_to_warning)
    target, unchanged = watched(), Unchanged()
    assert not unchanged.holds(target, seen)
    unchanged.keep(target, seen, judged(seen, ROOT, policy=policy))
    for seconds, holds in [(1, True), (longest - 5, True), (longest + 5, False)]:
        later = seen._replace(observed_at=seen.observed_at + timedelta(seconds=seconds))
        assert unchanged.holds(target, later) is holds, seconds
    assert not unchanged.holds(target, seen._replace(tls_version="TLSv1.0"))
    assert not unchanged.holds(replace(target, settings=watched().settings), seen)
    unchanged.forget("a")
    assert not unchanged.holds(target, seen)


def test_verdicts_that_begin_together_do_not_end_together() -> None:
    """100,000 targets are judged in the first minute, and are not all judged again in another."""
    ends = Counter(int(longest_seconds(f"target {number}") / 60) for number in range(15_000))
    assert len(ends) == 15
    assert max(ends) < MOST_SECONDS / 60
    assert max(ends.values()) < 2000


def test_it_holds_as_long_as_staple_and_lists_do() -> None:
    """What says that nothing is revoked goes out of date before the half hour is over."""
    (certificate,) = ROOT.issue("a").chain[:1]
    seen = observed(certificate, name="a")
    target, unchanged = watched(), Unchanged()
    until = seen.observed_at + timedelta(seconds=60)
    unchanged.keep(target, seen, judged(seen, ROOT), until)
    for seconds, holds in [(59, True), (61, False)]:
        later = seen._replace(observed_at=seen.observed_at + timedelta(seconds=seconds))
        assert unchanged.holds(target, later) is holds


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
