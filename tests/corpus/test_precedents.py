"""A leaf that is judged by precedent is judged as the full way would have judged it.

The full way is asked about every leaf. Where a precedent answers as well, both answers are the same
in every field, and so is what was read of the certificate. To make precedents, each chain is judged
several times, with twins of its leaf; then come leaves that are almost like them.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from corpus import NAME, Case
from corpus import extensions as ext
from corpus.alike import Alike, signer_of
from corpus.all_cases import ALL_CASES
from corpus.certificates import PRINTABLE, cn, dn, intermediate, leaf, root
from corpus.drawn import Draw
from corpus.judges import reference
from corpus.keyring import key
from corpus.ordinary import ISSUING, OTHER_ROOT, ROOT
from halfshake import certificate
from halfshake.certificate import read_certificate
from halfshake.certificate_pattern import cut
from halfshake.muted import muted
from halfshake.trust.chain_judgement import judge_chain
from halfshake.trust.lifetimes import unchanged_period
from halfshake.trust.precedents.precedents import Asked, Precedents
from halfshake.trust.store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corpus.certificates import Certified
    from halfshake.trust.chain_judgement import ChainJudgement

NOW = datetime.now(UTC)

NAMES = (
    *(NAME,) * 4,
    "www.corp.example",
    "api.c-rp.example",
    "other.corp.example",
    "a_b.corp.example",
    "xn--bcher-kva.corp.example",
    "api",
    "192.0.2.7",
    "192.0.2.8",
    "2001:db8::7",
    "",
)


class Bench:
    """Asks both ways, and counts how often there was a precedent."""

    def __init__(self) -> None:
        self.precedents = Precedents(maxsize=1000)
        self.used: Counter[str] = Counter()
        self._stores: dict[tuple[bytes, ...], TrustStore] = {}

    def ask(
        self,
        end_entity: bytes,
        above: Iterable[Certified],
        store: Iterable[Certified],
        name: str = NAME,
        now: datetime = NOW,
    ) -> ChainJudgement:
        """Judge one chain, and compare; return what the full way says."""
        anchors = tuple(dict.fromkeys(each.der for each in store))
        trusted = self._stores.setdefault(anchors, TrustStore(anchors, ("ca.pem",)))
        ders = (end_entity, *(each.der for each in above))
        chain = tuple(map(read_certificate, ders))
        with muted():
            assert chain[0] == certificate._read(end_entity), end_entity.hex()
        asked = Asked(chain, trusted, name, now)
        found = self.precedents.judge(asked)
        judgement = judge_chain(*asked)
        if found is None:
            self.precedents.consider(judgement, asked)
            return judgement
        self.used["matching" if judgement.name_matches else "other names"] += 1
        assert found == (judgement, unchanged_period(ders, trusted.date_boundaries, now)), [
            (name, now),
            *(der.hex() for der in ders),
        ]
        return judgement


def test_the_corpus_is_judged_the_same_among_twins() -> None:
    """Every case, after twins of its leaf and before others."""
    alike, bench = Alike(0), Bench()
    for case in ALL_CASES:
        end_entity, *above = case.chain
        signer = signer_of(end_entity, (*above, *case.store))
        # Without a pattern there is no precedent, and none is made of what is not trusted.
        if signer is None or cut(end_entity.der) is None:
            continue
        if not bench.ask(alike.twin(end_entity.der, signer), above, case.store).trusted:
            continue
        bench.ask(alike.twin(end_entity.der, signer), above, case.store)
        bench.ask(end_entity.der, above, case.store, reference(case))
        bench.ask(alike.twin(end_entity.der, signer), above, case.store, alike.choice(NAMES))
        bench.ask(alike.forged(end_entity.der), above, case.store)
    assert bench.used["matching"] > 100, bench.used


def test_each_case_of_the_corpus_is_judged_the_same_after_every_other() -> None:
    """The leaves of all cases, beneath the same chain and store; precedents were made before."""
    alike, bench = Alike(0), Bench()
    leaves = [case.chain[0] for case in ALL_CASES]
    for end_entity in ORDINARY:
        for _ in range(3):
            bench.ask(alike.twin(end_entity.der, ISSUING.key), (ISSUING,), (ROOT,))
    alike.shuffle(leaves)
    for end_entity in leaves:
        bench.ask(end_entity.der, (ISSUING,), (ROOT,))
    assert bench.used["matching"] > 20, bench.used


@pytest.mark.parametrize("seed", range(2))
def test_mutations_are_judged_the_same(seed: int) -> None:
    """Any byte of a leaf is another, and the issuer has signed it so."""
    alike, bench = Alike(seed), Bench()
    for end_entity in ORDINARY:
        for _ in range(6):
            bench.ask(alike.twin(end_entity.der, ISSUING.key), (ISSUING,), (ROOT,))
        for name in NAMES * 4:
            bench.ask(alike.mutated(end_entity.der, ISSUING.key), (ISSUING,), (ROOT,), name)
    assert bench.used["matching"] > 10, bench.used
    assert bench.used["other names"] > 10, bench.used


@pytest.mark.parametrize("seed", range(2))
def test_drawn_chains_are_judged_the_same(seed: int) -> None:
    """Chains with faults anywhere, at moments around every date, for names of every kind."""
    draw, alike, bench = Draw(seed), Alike(seed), Bench()
    for number in range(30):
        case = draw.case(number) if number % 5 == 0 else _almost_right(draw)
        end_entity, *above = case.chain
        signer = signer_of(end_entity, (*above, *case.store))
        if signer is None:
            continue
        for name in (NAME, NAME, NAME, *draw.choices(NAMES, k=6)):
            bench.ask(alike.twin(end_entity.der, signer), above, case.store, name)
        for name in (NAME, NAME, *draw.choices(NAMES, k=2)):
            twin = alike.twin(end_entity.der, signer)
            bench.ask(twin, above, case.store, name, _moment(draw, twin, case))
        bench.ask(alike.mutated(end_entity.der, signer), above, case.store)
        bench.ask(alike.forged(end_entity.der), above, case.store)
    assert bench.used.total() > 5, bench.used


def _almost_right(draw: Draw) -> Case:
    """A chain as CAs make it, with at most one thing that is unusual."""
    top = draw.choice((ROOT, root("Root", key=key("RSA root", "RSA-2048"))))
    issuing = draw.choice(
        (
            *[intermediate(top)] * 4,
            intermediate(top, days=(-300, 45)),
            intermediate(top, key=key("RSA issuing", "RSA-2048")),
            intermediate(top, key=key("P-384 issuing", "P-384")),
            intermediate(
                top, extensions={"nameConstraints": ext.name_constraints(permitted=(ext.dns(""),))}
            ),
        )
    )
    end_entity = leaf(
        issuing,
        draw.choice(
            (*[cn(NAME)] * 4, cn(NAME, string=PRINTABLE), dn(("O", "Corp"), ("CN", "x")), dn())
        ),
        *draw.choice(
            (
                (ext.dns(NAME),),
                (ext.dns("*.corp.example"),),
                (ext.dns("www.corp.example"), ext.dns(NAME.upper()), ext.ip("192.0.2.7")),
                (ext.dns(NAME), ext.ip("2001:db8::7")),
                (ext.dns(NAME), ext.email("ops@corp.example")),
            )
        ),
        key=key("leaf", draw.choice(("P-256", "P-256", "P-384", "P-521", "RSA-2048"))),
        days=draw.choice((*[(-30, 60)] * 4, (-30, 2000), (-400, 400))),
        serial=draw.choice((0x1234, 2**158, 0x7F00, 0x80FF)),
        pss=draw.random() < 0.1 and issuing.key.spki == key("RSA issuing", "RSA-2048").spki,
        extensions=draw.choice(
            (
                *[{}] * 6,
                {"keyUsage": None},
                {"extKeyUsage": None},
                {"subjectKeyIdentifier": None},
                {"certificatePolicies": PUBLIC},
                {"tlsFeature": STAPLE},
                {"unknown": ext.unknown(critical=False)},
                {"subjectAltName": ext.subject_alternative_name(ext.dns(NAME), critical=True)},
            )
        ),
    )
    sent = draw.choice(((issuing,), (issuing,), (issuing, top), (issuing, OTHER_ROOT)))
    stored = draw.choice((*[(top,)] * 4, (top, OTHER_ROOT), (top, issuing), (top, end_entity)))
    return Case("almost right", (end_entity, *sent), stored)


def _moment(draw: Draw, end_entity: bytes, case: Case) -> datetime:
    dates = [
        date
        for der in (end_entity, *(each.der for each in (*case.chain, *case.store)))
        for facts in (read_certificate(der),)
        for date in (facts.not_before, facts.not_after)
        if date is not None
    ]
    return draw.choice(dates) + draw.choice(AROUND)


AROUND = tuple(
    timedelta(microseconds=each) for each in (-1_000_000, -1, 0, 1, 1_000, 999_999, 1_000_000)
)
PUBLIC = ext.extension("2.5.29.32", bytes.fromhex("300a300806066781 0c010201".replace(" ", "")))
STAPLE = ext.extension("1.3.6.1.5.5.7.1.24", bytes.fromhex("3003020105"))

ORDINARY = (
    leaf(ISSUING),
    leaf(ISSUING, key=key("leaf", "RSA-2048"), extensions={"certificatePolicies": PUBLIC}),
    leaf(
        ISSUING,
        dn(("C", "DE"), ("O", "Corp"), ("CN", NAME)),
        ext.dns(NAME),
        ext.dns("*.api.corp.example"),
        ext.ip("192.0.2.7"),
        extensions={"basicConstraints": ext.basic_constraints(False)},
    ),
)
assert all(cut(each.der) for each in ORDINARY)
