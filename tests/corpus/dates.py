"""Dates: expired, early, written oddly, and together with other faults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from corpus import Case, Fault
from corpus.certificates import days_from_now, generalized_time, intermediate, leaf, root, utc_time
from corpus.der import sequence
from corpus.ordinary import ISSUING, OTHER_ROOT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    yield from _end_entity()
    yield from _roots()
    yield from _several_faults()
    yield from _written()


def _end_entity() -> Iterator[Case]:
    for name, days, code in (
        ("expired leaf", (-60.0, -2.0), "expired"),
        ("leaf expired a minute ago", (-60.0, -1 / 1440), "expired"),
        ("leaf with ten minutes left", (-60.0, 10 / 1440), None),
        ("leaf not yet valid", (2.0, 60.0), "not-yet-valid"),
        ("leaf valid in ten minutes", (10 / 1440, 60.0), "not-yet-valid"),
        ("negative lifetime, past", (-2.0, -60.0), "expired"),
        ("negative lifetime, future", (60.0, 2.0), "not-yet-valid"),
        ("negative lifetime, around now", (60.0, -60.0), "expired"),
        ("leaf that outlives its issuer", (-30.0, 9000.0), None),
    ):
        certified = leaf(ISSUING, days=days)
        fault = Fault(code, 0, certified) if code else None
        yield Case(name, (certified, ISSUING), (ROOT,), fault=fault)


def _roots() -> Iterator[Case]:
    dead = root(days=(-4000, -2))
    below = intermediate(dead)
    chain = (leaf(below), below)
    yield Case("expired root", chain, (dead,), fault=Fault("path-expired", 2, dead))
    yield Case(
        "expired root sent along",
        (*chain, dead),
        (dead,),
        fault=Fault("path-expired", 2, dead),
        remarks=("root-sent",),
    )
    yield Case("expired root sent, its renewal in the store", (*chain, dead), (ROOT,))
    yield Case("expired root in the store beside its renewal", chain, (dead, ROOT))
    early = root(days=(2, 4000))
    yield Case("root not yet valid", chain, (early,), fault=Fault("path-not-yet-valid", 2, early))
    yield Case("expired root of others in the store", chain, (root("Old", days=(-9, -1)), ROOT))


def _several_faults() -> Iterator[Case]:
    dead = leaf(ISSUING, days=(-60, -2))
    yield Case(
        "expired leaf, wrong name",
        (dead, ISSUING),
        (ROOT,),
        server_name="other.corp.example",
        fault=Fault("expired", 0, dead),
        remarks=("name-mismatch",),
    )
    yield Case(
        "expired leaf of an unknown CA",
        (dead, ISSUING),
        (OTHER_ROOT,),
        fault=Fault("unknown-ca", 1, ISSUING),
        remarks=("expired",),
    )
    yield Case(
        "expired leaf, missing intermediate, wrong name",
        (dead,),
        (ROOT,),
        server_name="other.corp.example",
        fault=Fault("missing-intermediate", 0, dead),
        remarks=("expired", "name-mismatch"),
    )
    old = intermediate(ROOT, days=(-900, -3))
    yield Case(
        "expired leaf under an expired intermediate",
        (leaf(old, days=(-60, -2)), old),
        (ROOT,),
        fault=Fault("path-expired", 1, old),
        remarks=("expired",),
    )
    own = leaf(None, days=(-60, -2))
    yield Case(
        "self-signed leaf, not trusted, expired",
        (own,),
        (ROOT,),
        fault=Fault("self-signed", 0, own),
        remarks=("expired",),
    )


def _written() -> Iterator[Case]:
    start = days_from_now(-30)
    soon = datetime.now(UTC) + timedelta(days=60)
    right = {
        "GeneralizedTime beyond 2050": generalized_time("20601231235959Z"),
        "GeneralizedTime before 2050": generalized_time(f"{soon:%Y%m%d%H%M%SZ}"),
        "no well-defined end (RFC 5280 4.1.2.5)": generalized_time("99991231235959Z"),
    }
    for name, end in right.items():
        certified = leaf(ISSUING, validity=sequence(start, end))
        yield Case(name, (certified, ISSUING), (ROOT,))
    since_1950 = leaf(ISSUING, validity=sequence(utc_time("500101000000Z"), days_from_now(60)))
    yield Case("UTCTime of 1950", (since_1950, ISSUING), (ROOT,))
    # What RFC 5280 4.1.2.5 forbids, and OpenSSL refuses to compare.
    wrong = {
        "UTCTime without seconds": utc_time(f"{soon:%y%m%d%H%MZ}"),
        "UTCTime with an offset": utc_time(f"{soon:%y%m%d%H%M%S}+0100"),
        "GeneralizedTime with fractions": generalized_time(f"{soon:%Y%m%d%H%M%S}.5Z"),
        "date that is none": utc_time("991332256199Z"),
    }
    for name, end in wrong.items():
        certified = leaf(ISSUING, validity=sequence(start, end))
        yield Case(name, (certified, ISSUING), (ROOT,), fault=Fault("untrusted", 0, certified))
    never = sequence(start, wrong["date that is none"])
    ca = intermediate(ROOT, validity=never)
    yield Case(
        "intermediate with a date that is none",
        (leaf(ca), ca),
        (ROOT,),
        fault=Fault("untrusted", 1, ca),
    )
    top = root(validity=never)
    yield Case(
        "root with a date that is none", (leaf(top),), (top,), fault=Fault("untrusted", 1, top)
    )
    others = root("Others", validity=never)
    yield Case("root of others with a date that is none", (leaf(ROOT),), (others, ROOT))
