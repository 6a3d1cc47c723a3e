"""Every path from the end entity to an anchor, as Go and webpki look for them: depth first.

Both compare names byte by byte, look into the store before they look at what was sent, and take
any path that is right. What a step has to keep to is the family's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from halfshake.trust.clients.chain.facts import Facts
    from halfshake.trust.clients.chain.question import Question

Path: TypeAlias = "tuple[Facts, ...]"


class Search:
    """A search for paths; `hint` has the first fault that closed a way, for people.

    `fault_of(path, issuer, is_anchor)` says why a family does not go that step.
    """

    def __init__(
        self,
        question: Question,
        fault_of: Callable[[Path, Facts, bool], str | None],
        max_steps: int,
    ) -> None:
        self.hint: str | None = None
        self._question = question
        self._fault_of = fault_of
        self._steps_left = max_steps

    def paths(self) -> Iterator[Path]:
        """Each path in full, the end entity first and the anchor last."""
        yield from self._above((self._question.end_entity,))

    def _above(self, path: Path) -> Iterator[Path]:
        below = path[-1]
        anchors = self._question.anchors.by_subject.get(below.issuer, ())
        sent = [facts for facts in self._question.chain[1:] if facts.subject == below.issuer]
        for issuer, is_anchor in (
            *((facts, True) for facts in anchors),
            *((facts, False) for facts in dict.fromkeys(sent)),
        ):
            if self._steps_left == 0:
                self.hint = self.hint or "there are too many ways to look for a path"
                return
            self._steps_left -= 1
            fault = self._fault_of(path, issuer, is_anchor)
            if fault is None and not self._question.signed(below, issuer):
                fault = "a signature does not verify with the key of the issuer of that name"
            if fault is not None:
                self.hint = self.hint or fault
            elif is_anchor:
                yield (*path, issuer)
            else:
                yield from self._above((*path, issuer))
