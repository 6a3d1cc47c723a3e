"""`Unchanged`: which targets show what they showed before, so that the verdict on it still holds.

A server shows the same chain for months. To ask OpenSSL about 100,000 different chains every minute
takes more than a core; to see that they are the same takes none of it. A verdict is kept until a
date of the chain or of its path, a threshold of its own, or the end of its staple or of a CRL; and
never longer than MOST_SECONDS, for what else depends on time: thresholds of the CAs above, lists of
other files, what is fetched again. How much less than that, each target has for itself: after a
start all are judged within a minute, and half an hour later they would be again.
"""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from halfshake.watch.schedule.timetable import share_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from halfshake.observation import Observation
    from halfshake.trust.verdict import Verdict
    from halfshake.watch.reader import Reader
    from halfshake.watch.settings.watched import Watched


class Unchanged:
    """Remembers a number for what each target showed, and until when its verdict holds."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Reader, int, float]] = {}

    def holds(self, watched: Watched, observation: Observation) -> bool:
        """Is it what was seen before, and is what was said of it still true?"""
        kept = self._kept.get(watched.labels)
        if kept is None:
            return False
        reader, seen, until = kept
        if reader is not watched.settings.reader:  # a new configuration may think otherwise
            return False
        return observation.observed_at.timestamp() < until and seen == _number(observation)

    def keep(
        self,
        watched: Watched,
        observation: Observation,
        verdict: Verdict,
        revocation_until: datetime | None = None,
    ) -> None:
        """Remember what was seen, and judged; staple and CRLs hold until `revocation_until`."""
        at = observation.observed_at
        latest = at + timedelta(seconds=longest_seconds(watched.labels))
        turns = [*_turns(observation, verdict), revocation_until or latest]
        until = min([latest, *(moment for moment in turns if moment > at)])
        self._kept[watched.labels] = (
            watched.settings.reader,
            _number(observation),
            until.timestamp(),
        )

    def forget(self, labels: str) -> None:
        """This target is gone, or was not read."""
        self._kept.pop(labels, None)


def longest_seconds(labels: str) -> float:
    """For how long a target's verdict is kept where nothing ends it: half of the most, or more."""
    return MOST_SECONDS * (1 + share_of(labels)) / 2


def _number(observation: Observation) -> int:
    """The same for the same facts; times and addresses are none of them."""
    chain = tuple(certificate.sha256 for certificate in observation.chain)
    return hash((chain, _facts(observation)))


def _turns(observation: Observation, verdict: Verdict) -> Iterator[datetime]:
    """When what is said of it may change by itself."""
    for certificate in (*observation.chain, *verdict.path):
        for moment in (certificate.not_before, certificate.not_after):
            if moment is not None:
                yield moment
    if verdict.not_after is not None:
        for left in (verdict.warning_left, verdict.critical_left):
            if left is not None and left < timedelta(days=10_000):
                yield verdict.not_after - left


MOST_SECONDS = 1800.0

# What a verdict rests on, besides the chain.
FACTS = (
    "tls_version",
    "cipher_suite",
    "named_group",
    "client_auth",
    "key_possession",
    "ocsp_response",
    "sct_list",
    "alpn_protocol",
    "oddities",
    "broken_off",
    "first_hello",
)
_facts = attrgetter(*FACTS)
