"""`Visit`: what the monitor hands to the history after it has read a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from halfshake.observation import Observation, ProbeFailure
    from halfshake.trust.verdict import Verdict

USUAL = "usual"
FACES = "faces"
SECOND = "enforcement"
"""The kinds of visit, as the monitor calls them."""


class Reading(NamedTuple):
    """One reading and what was thought of it; of a failure `verdict` is None.

    `status` is "ok", "warning", "critical" or "unknown".
    """

    result: Observation | ProbeFailure
    verdict: Verdict | None
    status: str


class Visit(NamedTuple):
    """All readings of one visit of a target.

    `labels` are the target's identity: the labels of its series, as a scrape has them. `target` is
    what the label `target` says, `tags` are the user's own labels. `kind` is what this visit was
    for, `kinds` are those that the target's options ask for.
    """

    labels: str
    target: str
    tags: tuple[tuple[str, str], ...]
    kind: str
    kinds: tuple[str, ...]
    readings: tuple[Reading, ...]
