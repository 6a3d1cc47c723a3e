"""`Precedents`: finds the precedent for a leaf, and makes one of what was judged the full way."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from halfshake.certificate_pattern import cut
from halfshake.trust.chain_judgement import judge_chain
from halfshake.trust.precedents.precedent import (
    Leaf,
    Precedent,
    as_asked_for_anything,
    precedent_of,
)
from halfshake.trust.precedents.relation import Relation, relation

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.certificate_pattern import Pattern
    from halfshake.trust.chain_judgement import ChainJudgement
    from halfshake.trust.lifetimes import Period
    from halfshake.trust.store import TrustStore

Key: TypeAlias = "tuple[Pattern, tuple[bytes, ...], TrustStore]"


class Asked(NamedTuple):
    """A chain as presented, whom to trust, the name asked for, and when."""

    chain: tuple[PresentedCertificate, ...]
    store: TrustStore
    reference_identifier: str
    now: datetime

    @property
    def above(self) -> tuple[bytes, ...]:
        """What was sent besides the leaf."""
        return tuple(certificate.der for certificate in self.chain[1:])


class Precedents:
    """A bounded cache; the least recently used one is dropped first.

    A precedent takes as long to make as several judgements. So a pattern has to be met twice, and
    after some attempts that were in vain its leaves are judged the full way without another.
    """

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._kept: OrderedDict[Key, _Met] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, chain: tuple[PresentedCertificate, ...], store: TrustStore) -> bool:
        """Is there a precedent for leaves of this pattern."""
        leaf = _leaf(chain)
        met = None if leaf is None else self._kept.get(_key(leaf, chain, store))
        return met is not None and met.precedent is not None

    def judge(self, asked: Asked) -> tuple[ChainJudgement, Period] | None:
        """The judgement, and the period in which it holds; None if there is no precedent."""
        leaf = _leaf(asked.chain)
        if leaf is None:
            return None
        key = _key(leaf, asked.chain, asked.store)
        with self._lock:
            met = self._kept.get(key)
            if met is None or met.precedent is None:
                return None
            self._kept.move_to_end(key)
        precedent, values = met.precedent, leaf.values
        judgement = precedent.applied(leaf, asked.reference_identifier)
        if judgement is None or not precedent.covers(leaf, asked.now):
            return None
        return judgement, precedent.period.within(values.not_before, values.not_after)

    def consider(self, judgement: ChainJudgement, asked: Asked) -> None:
        """Learn from a judgement that was made the full way."""
        leaf = _leaf(asked.chain)
        if leaf is None or judgement.trusted is not True:
            return
        key = _key(leaf, asked.chain, asked.store)
        with self._lock:
            met = self._kept.get(key)
        if met is None:
            met = _Met(None, MAX_ATTEMPTS)
        elif met.attempts_left:
            learned = _learned(met.precedent, judgement, leaf, asked)
            met = (
                _Met(met.precedent, met.attempts_left - 1)
                if learned is None
                else _Met(learned, MAX_ATTEMPTS)
            )
        with self._lock:
            self._kept[key] = met
            self._kept.move_to_end(key)
            if len(self._kept) > self._maxsize:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


class _Met(NamedTuple):
    precedent: Precedent | None
    attempts_left: int


def _leaf(chain: tuple[PresentedCertificate, ...]) -> Leaf | None:
    values = cut(chain[0].der)
    return None if values is None else Leaf(chain[0], values)


def _key(leaf: Leaf, chain: tuple[PresentedCertificate, ...], store: TrustStore) -> Key:
    return leaf.values.pattern, tuple([each.der for each in chain[1:]]), store


def _learned(
    known: Precedent | None, judgement: ChainJudgement, leaf: Leaf, asked: Asked
) -> Precedent | None:
    """A precedent that would have given this judgement; None if there can be none."""
    name = asked.reference_identifier
    related = relation(leaf.values, name)
    if related is None:
        return None
    precedent = known if known is not None and known.covers(leaf, asked.now) else None
    if precedent is None:
        # Whether the name matches is a question of its own: here it has to.
        matching = judgement if related.matches else _judged(asked, _own_name(leaf))
        precedent = precedent_of(matching, leaf, asked.above, asked.store, asked.now)
    if precedent is None:
        return None
    clients = as_asked_for_anything(judgement.clients, name)
    learned = precedent._replace(answers={**precedent.answers, related: clients})
    if learned.applied(leaf, name) != judgement:
        return None
    other = _ANOTHER.get(related)
    if other is not None and learned.applied(leaf, other) != _judged(asked, other):
        return None
    return learned


def _judged(asked: Asked, name: str) -> ChainJudgement:
    return judge_chain(asked.chain, asked.store, name, asked.now)


def _own_name(leaf: Leaf) -> str:
    name = leaf.values.dns_names[0].lower()
    return f"any{name[1:]}" if name.startswith("*") else name


MAX_ATTEMPTS = 3

# What no certificate is for: tells where a reason quotes what is asked for.
_ANOTHER = {
    Relation.other_name: "precedent.halfshake.invalid",
    Relation.other_address: "192.0.2.254",
}
