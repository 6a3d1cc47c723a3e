"""A judgement is cached until it could change, and no longer."""

from __future__ import annotations

from datetime import timedelta

from halfshake.trust.kept_judgements import ChainJudgements
from pki import Authority
from trust.observations import NAME, NOW, observed, store_of

ROOT = Authority.root()
STORE = store_of(ROOT)
CHAIN = observed(*ROOT.intermediate(days=(-300, 100)).issue(NAME, days=(-30, 60)).chain).chain


def test_the_same_question_is_asked_once() -> None:
    """Another moment between the same dates is the same question."""
    cache = ChainJudgements(maxsize=10)
    first = cache.judge(CHAIN, STORE, NAME, NOW)
    assert cache.judge(CHAIN, STORE, NAME, NOW + timedelta(days=59)) is first
    assert (cache.hits, cache.misses) == (1, 1)


def test_a_date_between_is_another_question() -> None:
    """Before and after any certificate's notBefore and notAfter, backwards too."""
    cache = ChainJudgements(maxsize=10)
    assert cache.judge(CHAIN, STORE, NAME, NOW).trusted
    assert not cache.judge(CHAIN, STORE, NAME, NOW + timedelta(days=61)).trusted
    assert cache.judge(CHAIN, STORE, NAME, NOW).trusted
    assert not cache.judge(CHAIN, STORE, NAME, NOW - timedelta(days=31)).trusted
    assert cache.misses == 4


def test_the_second_of_not_after_is_past_to_openssl() -> None:
    """RFC 5280 4.1.2.5 counts it in, X509_cmp_time does not."""
    end = CHAIN[0].not_after
    assert end is not None
    cache = ChainJudgements(maxsize=10)
    assert cache.judge(CHAIN, STORE, NAME, end - timedelta(microseconds=1)).trusted
    assert not cache.judge(CHAIN, STORE, NAME, end).trusted


def test_each_family_has_its_own_end() -> None:
    """Go counts nanoseconds, Java milliseconds, rustls and GnuTLS whole seconds."""
    end = CHAIN[0].not_after
    assert end is not None
    cache = ChainJudgements(maxsize=10)
    moments = {
        timedelta(0): {"go", "rustls", "java", "gnutls"},
        timedelta(microseconds=1): {"rustls", "java", "gnutls"},
        timedelta(milliseconds=1): {"rustls", "gnutls"},
        timedelta(seconds=1): set(),
    }
    for later, accepting in moments.items():
        clients = cache.judge(CHAIN, STORE, NAME, end + later).clients
        by_rules = {client.profile for client in clients if client.accepts} - {"web-pki"}
        assert by_rules == accepting, later


def test_name_and_store_are_part_of_the_question() -> None:
    """Nothing is mixed up."""
    cache = ChainJudgements(maxsize=10)
    assert cache.judge(CHAIN, STORE, NAME, NOW).name_matches
    assert not cache.judge(CHAIN, STORE, "other.test", NOW).name_matches
    assert not cache.judge(CHAIN, store_of(Authority.root("Other")), NAME, NOW).trusted


def test_it_is_bounded() -> None:
    """The least recently used one is dropped first."""
    cache = ChainJudgements(maxsize=2)
    for name in ("a.test", "b.test", "a.test", "c.test", "a.test"):
        cache.judge(CHAIN, STORE, name, NOW)
    assert cache.hits == 2
    cache.judge(CHAIN, STORE, "b.test", NOW)
    assert cache.misses == 4


def test_what_costs_little_in_one_store_may_cost_much_in_another() -> None:
    """A store with a hundred CAs of the issuer's name makes a maze of the same chain."""
    namesakes = store_of(*(Authority.root() for _ in range(100)))
    cache = ChainJudgements(maxsize=10)
    for _ in range(2):
        assert cache.costs_little(CHAIN, STORE)
        assert not cache.costs_little(CHAIN, namesakes)
        assert not cache.costs_little(CHAIN * 10, STORE)
