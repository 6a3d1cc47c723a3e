"""What a scan adds up to: the same, whatever the shards were and in whichever order they came."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from halfshake.scan.reader import Outcome, Seen
from halfshake.scan.summary.tally import (
    EXPIRED,
    LATER,
    MOST_KINDS,
    MOST_NAMED,
    OTHERS,
    WEEKS_COUNTED,
    Tally,
)

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


def seconds(moment: datetime) -> int:
    """Since 1970."""
    return int(moment.timestamp())


def seen(number: int, not_after: datetime) -> Seen:
    """A server that was read."""
    return Seen(
        Outcome.read,
        f"host{number}",
        status="ok",
        version=f"TLSv1.{number % 2 + 2}",
        issuer=f"CN={number % 3}",
        subject=f"CN=host{number}",
        not_after=seconds(not_after),
        requested=(True, False, None)[number % 3],
        stopped=number % 50 == 1,
        findings=("a", "b") if number % 2 else ("a",),
    )


def test_shards_add_up() -> None:
    """Cut anyhow and merged in any order, the counts are those of a plain loop."""
    chance = random.Random(1)
    every = [seen(n, AT + timedelta(hours=chance.randint(-3000, 20000))) for n in range(500)]
    every += [Seen(Outcome.failed, f"dead{n}", "unknown", "refused") for n in range(40)]
    every.append(Seen(Outcome.excluded, "private"))
    chance.shuffle(every)
    whole = Tally(AT)
    while every:
        shard = Tally(AT)
        for each in every[: chance.randint(1, 90)]:
            shard.add(each)
            every.remove(each)
        whole.merge(json.loads(json.dumps(shard.saved())))
    chance = random.Random(1)
    read = [seen(n, AT + timedelta(hours=chance.randint(-3000, 20000))) for n in range(500)]
    counts = whole.counts
    assert counts["outcomes"] == {"read": 500, "failed": 40, "excluded": 1}
    assert counts["statuses"] == {"ok": 500, "unknown": 40}
    assert counts["reasons"] == {"refused": 40}
    assert counts["versions"] == Counter(each.version for each in read)
    assert counts["issuers"] == Counter(each.issuer for each in read)
    assert counts["findings"] == {"a": 500, "b": 250}
    asked = {"yes": 167, "no": 167, "unknown": 166}
    assert counts["client_auth"] == {**asked, "stopped": sum(each.stopped for each in read)}
    alive = [(each.not_after or 0, each.target, each.subject) for each in read]
    alive = [leaf for leaf in alive if leaf[0] >= seconds(AT)]
    assert whole.soonest == sorted(alive)[:MOST_NAMED]
    assert counts["weeks"].total() == 500
    assert counts["weeks"][EXPIRED] == 500 - len(alive)


@pytest.mark.parametrize(
    ("not_after", "week"),
    [
        (AT - timedelta(seconds=1), EXPIRED),
        (AT, "2026-11-23"),
        (datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC), "2026-11-23"),
        (datetime(2026, 11, 30, tzinfo=UTC), "2026-11-30"),
        (datetime(2027, 3, 7, tzinfo=UTC), "2027-03-01"),
        (AT + timedelta(weeks=WEEKS_COUNTED), "2028-11-20"),
        (AT + timedelta(weeks=WEEKS_COUNTED, seconds=1), LATER),
    ],
)
def test_weeks_begin_on_monday(not_after: datetime, week: str) -> None:
    """And those that are past or far away have a word."""
    tally = Tally(AT)
    tally.add(seen(0, not_after))
    assert tally.counts["weeks"] == {week: 1}


def test_any_number_of_issuers() -> None:
    """The most frequent are kept, the others counted together."""
    whole = Tally(AT)
    for first in range(0, 5 * MOST_KINDS, 500):
        shard = Tally(AT)
        for number in range(first, first + 500):
            shard.add(seen(0, AT)._replace(issuer=f"CN={number}"))
            shard.add(seen(0, AT)._replace(issuer="CN=Frequent"))
        whole.merge(shard.saved())
    issuers = whole.counts["issuers"]
    assert len(issuers) <= MOST_KINDS + 1
    assert issuers["CN=Frequent"] == 5 * MOST_KINDS
    assert issuers.total() == 10 * MOST_KINDS
    assert issuers[OTHERS] > 0
