"""Judgements of chains are kept, and new leaves are judged by precedent where that is safe.

A judgement holds until the next moment at which a certificate becomes valid or expires, and is
cached until then: a monitor sees the same chain in each reading. A scan sees a new leaf at each
endpoint: `precedents.py` has what was judged of leaves like it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from halfshake.trust.chain_judgement import judge_chain
from halfshake.trust.cost import MANY_BYTES, MANY_CERTIFICATES, cost_of
from halfshake.trust.lifetimes import unchanged_period
from halfshake.trust.precedents.precedents import Asked, Precedents

if TYPE_CHECKING:
    from datetime import datetime

    from halfshake.certificate import PresentedCertificate
    from halfshake.trust.chain_judgement import ChainJudgement
    from halfshake.trust.lifetimes import Period
    from halfshake.trust.store import TrustStore


class ChainJudgements:
    """A bounded cache of judgements; the least recently used one is dropped first."""

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._precedents = Precedents(maxsize)
        self._quick: dict[tuple[bytes, ...], TrustStore] = {}
        # Chains that take long are judged in a thread beside the loop.
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def judge(
        self,
        chain: tuple[PresentedCertificate, ...],
        store: TrustStore,
        reference_identifier: str,
        now: datetime,
    ) -> ChainJudgement:
        """Judge a chain as of `now`, or return the cached judgement."""
        key = (tuple(certificate.der for certificate in chain), store, reference_identifier)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.period.includes(now):
                self.hits += 1
                self._kept.move_to_end(key)
                return kept.judgement
            self.misses += 1
        kept = self._judge(Asked(chain, store, reference_identifier, now))
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            if len(self._kept) > self._maxsize:
                self._kept.popitem(last=False)
        return kept.judgement

    def has_precedent(self, chain: tuple[PresentedCertificate, ...], store: TrustStore) -> bool:
        """Was a chain like it judged before, so that this one costs little."""
        return self._precedents.has(chain, store)

    def costs_little(self, chain: tuple[PresentedCertificate, ...], store: TrustStore) -> bool:
        """Does it take so little that nobody needs to wait for it, whatever the name and time."""
        ders = tuple([certificate.der for certificate in chain])
        if self._quick.get(ders) is store:
            return True
        if len(ders) > MANY_CERTIFICATES or sum(map(len, ders)) > MANY_BYTES:
            return False
        if self.has_precedent(chain, store):
            return True
        if cost_of(ders, store).is_high:
            return False
        if len(self._quick) >= self._maxsize:
            self._quick.clear()
        self._quick[ders] = store
        return True

    def _judge(self, asked: Asked) -> _Kept:
        found = self._precedents.judge(asked)
        if found is not None:
            return _Kept(*found)
        judgement = judge_chain(*asked)
        self._precedents.consider(judgement, asked)
        ders = (certificate.der for certificate in asked.chain)
        return _Kept(judgement, unchanged_period(ders, asked.store.date_boundaries, asked.now))

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._quick.clear()
        self._precedents.clear()
        self.hits = self.misses = 0


class _Kept(NamedTuple):
    judgement: ChainJudgement
    period: Period


_Key = tuple[tuple[bytes, ...], "TrustStore", str]
