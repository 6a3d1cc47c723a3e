"""`Unchanged`: which targets show what they showed before, so that the verdict on it still holds.

A server shows the same chain for months. To ask OpenSSL about 100,000 different chains every minute
takes more than a core; to see that they are the same takes none of it. What stands of a verdict is
kept until its next turn (`trust/turns.py`); and never longer than MOST_SECONDS, for what changes
without us: what is fetched again. How much less than that, each target has for itself: after a
start all are judged within a minute, and half an hour later they would be again.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from halfshake.watch.schedule.timetable import share_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from halfshake.certificate import PresentedCertificate
    from halfshake.observation import Observation
    from halfshake.trust.standing import Standing
    from halfshake.watch.reader import Judged, Reader
    from halfshake.watch.settings.watched import Watched


class Unchanged:
    """Remembers a number for what each target showed, what was said of it, and until when."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._shared: dict[Hashable, _Said] = {}

    def standing(self, watched: Watched, observation: Observation) -> Standing | None:
        """What stands of the verdict; None where something else is seen, or may be true by now."""
        kept = self._kept.get(watched.labels)
        if (
            kept is None
            or kept.reader is not watched.settings.reader  # a new configuration thinks otherwise
            or observation.observed_at.timestamp() >= kept.until
            or kept.seen != _number(observation)
        ):
            return None
        standing, path = kept.said
        chain = observation.chain
        return standing._replace(
            path=tuple([chain[each] if isinstance(each, int) else each for each in path])
        )

    def keep(self, watched: Watched, observation: Observation, judged: Judged) -> None:
        """Remember what was seen, and what was said of it."""
        assert judged.standing is not None
        until = observation.observed_at.timestamp() + longest_seconds(watched.labels)
        if judged.until is not None:
            until = min(until, judged.until.timestamp())
        said = self._said(judged.standing, observation)
        self._kept[watched.labels] = _Kept(
            watched.settings.reader, _number(observation), until, said
        )

    def forget(self, labels: str) -> None:
        """This target is gone, or was not read."""
        self._kept.pop(labels, None)

    def _said(self, standing: Standing, observation: Observation) -> _Said:
        """What is kept: the same object for all targets of which the same was said."""
        places = {each.sha256: place for place, each in enumerate(observation.chain)}
        path = tuple([places.get(each.sha256, each) for each in standing.path])
        said = standing._replace(path=()), path
        key = _key(*said)
        found = self._shared.get(key)
        if found is None:
            if len(self._shared) >= MOST_SHARED:
                self._shared.clear()
            found = self._shared[key] = said
        return found


# What the observation has in its chain is not kept twice: its place there stands for it.
_Path: TypeAlias = "tuple[int | PresentedCertificate, ...]"
_Said: TypeAlias = "tuple[Standing, _Path]"


class _Kept(NamedTuple):
    reader: Reader
    seen: int
    until: float
    said: _Said


def _key(standing: Standing, path: _Path) -> Hashable:
    """The same for standings that are equal; of a finding, the evidence is no key."""
    findings = (standing.of_chain, standing.of_server, standing.of_fetched)
    told = tuple(
        tuple([(*each[:-1], *each.evidence.items()) for each in group]) for group in findings
    )
    return standing._replace(of_chain=(), of_server=(), of_fetched=()), path, told


def longest_seconds(labels: str) -> float:
    """For how long a target's verdict is kept where nothing ends it: half of the most, or more."""
    return MOST_SECONDS * (1 + share_of(labels)) / 2


def _number(observation: Observation) -> int:
    """The same for the same facts; times and addresses are none of them."""
    chain = tuple(certificate.sha256 for certificate in observation.chain)
    return hash((chain, _facts(observation)))


MOST_SECONDS = 1800.0

# Different things said: thousands of targets have the same.
MOST_SHARED = 4096

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
