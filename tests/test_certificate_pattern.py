"""What a certificate's pattern has in it, and which certificates have none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from corpus import NAME
from corpus import extensions as ext
from corpus.certificates import cn, dn, generalized_time, leaf, utc_time
from corpus.der import BMP_STRING, UTF8_STRING, sequence
from corpus.keyring import key
from corpus.ordinary import ISSUING, OTHER_ROOT
from halfshake.certificate_pattern import cut, is_plain_name

if TYPE_CHECKING:
    from corpus.certificates import Certified

ORDINARY = leaf(ISSUING)


def test_certificates_that_differ_in_values_share_a_pattern() -> None:
    """Serial number, dates, common name, key, names and signature are values."""
    other = leaf(
        ISSUING,
        "www.corp.example",
        ext.dns("www.corp.example"),
        ext.dns("*.corp.example"),
        ext.ip("192.0.2.7"),
        key=key("another"),
        days=(-3, 300),
        serial=2**150,
    )
    one, two = cut(ORDINARY.der), cut(other.der)
    assert one is not None
    assert two is not None
    assert one.pattern == two.pattern
    assert (two.common_name, two.serial) == ("www.corp.example", 2**150)
    assert two.dns_names == ("www.corp.example", "*.corp.example")
    assert two.ip_addresses == (bytes((192, 0, 2, 7)),)
    assert (two.spki, two.signed in other.der) == (other.key.spki, True)


@pytest.mark.parametrize(
    "other",
    [
        leaf(OTHER_ROOT),
        leaf(ISSUING, key=key("leaf", "P-384")),
        leaf(ISSUING, key=key("leaf", "RSA-2048")),
        leaf(ISSUING, digest="sha384"),
        leaf(ISSUING, cn(NAME, string=0x13)),
        leaf(ISSUING, dn(("O", "Corp"), ("CN", NAME))),
        leaf(ISSUING, extensions={"extKeyUsage": None}),
        leaf(ISSUING, extensions={"keyUsage": ext.key_usage("digitalSignature", critical=False)}),
        leaf(ISSUING, extensions={"keyUsage": ext.key_usage("keyAgreement")}),
        leaf(ISSUING, extensions={"basicConstraints": ext.basic_constraints(False)}),
        leaf(ISSUING, extensions={"unknown": ext.unknown(critical=True)}),
        leaf(ISSUING, extensions={"authorityKeyIdentifier": None}),
        leaf(ISSUING, extensions={"subjectKeyIdentifier": ext.subject_key_identifier(b"short")}),
        leaf(
            ISSUING,
            extensions={
                "subjectAltName": ext.subject_alternative_name(ext.dns(NAME), critical=True)
            },
        ),
    ],
)
def test_all_else_is_in_the_pattern(other: Certified) -> None:
    """One other byte in what is no value makes another pattern."""
    one, two = cut(ORDINARY.der), cut(other.der)
    assert one is not None
    assert two is not None
    assert one.pattern != two.pattern


@pytest.mark.parametrize(
    "unusual",
    [
        leaf(ISSUING, serial=0),
        leaf(ISSUING, serial=-17),
        leaf(ISSUING, serial=2**160),
        leaf(ISSUING, version=1),
        leaf(ISSUING, key=key("leaf", "Ed25519")),
        leaf(ISSUING, key=key("leaf", "P-256 explicit")),
        leaf(ISSUING, key=key("leaf", "RSASSA-PSS-2048")),
        leaf(ISSUING, cn("")),
        leaf(ISSUING, cn(NAME, string=BMP_STRING)),
        leaf(ISSUING, cn("büro", string=UTF8_STRING)),
        leaf(ISSUING, dn(("CN", NAME), ("CN", "two"))),
        leaf(ISSUING, NAME, ext.dns("a_b.corp.example")),
        leaf(ISSUING, NAME, ext.dns("*.example")),
        leaf(ISSUING, NAME, ext.dns("a.*.example.com")),
        leaf(ISSUING, NAME, ext.dns("corp.example.")),
        leaf(ISSUING, NAME, ext.dns("192.0.2.7")),
        leaf(ISSUING, NAME, ext.dns(NAME), ext.email("ops@corp.example")),
        leaf(ISSUING, NAME, ext.ip("192.0.2.7")),
        leaf(ISSUING, extensions={"subjectAltName": None}),
        leaf(ISSUING, validity=sequence(utc_time("650101000000Z"), utc_time("300101000000Z"))),
        leaf(ISSUING, validity=sequence(utc_time("250101000060Z"), utc_time("300101000000Z"))),
        leaf(ISSUING, validity=sequence(utc_time("250101240000Z"), utc_time("300101000000Z"))),
        leaf(ISSUING, validity=sequence(utc_time("250229000000Z"), utc_time("300101000000Z"))),
        leaf(
            ISSUING,
            validity=sequence(utc_time("250101000000Z"), generalized_time("20510101000000Z")),
        ),
        leaf(ISSUING, outer_algorithm=sequence(b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03")),
        leaf(ISSUING, extensions={"unknown": ext.extension("2.999.1", bytes(9000))}),
    ],
)
def test_unusual_values_have_no_pattern(unusual: Certified) -> None:
    """On these, clients may differ: each is looked at on its own."""
    assert cut(unusual.der) is None


@pytest.mark.parametrize(
    ("not_before", "year"), [("700101000000Z", 1970), ("991231235959Z", 1999), ("000229", 2000)]
)
def test_dates_of_both_centuries(not_before: str, year: int) -> None:
    """RFC 5280 4.1.2.5.1: 50 to 99 are of the last century."""
    begins = utc_time(not_before.removesuffix("Z").ljust(12, "0") + "Z")
    values = cut(leaf(ISSUING, validity=sequence(begins, utc_time("491231235959Z"))).der)
    assert values is not None
    assert values.not_before.year == year
    assert values.not_after == datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_any_cut_through_the_bytes_has_no_pattern() -> None:
    """Whatever is missing at the end, or too much."""
    assert all(cut(ORDINARY.der[:length]) is None for length in range(len(ORDINARY.der)))
    assert cut(ORDINARY.der + b"\x00") is None


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        (NAME, True),
        ("db01", True),
        ("xn--bcher-kva.example", True),
        ("API.corp.example", False),
        ("*.corp.example", False),
        ("a_b.corp.example", False),
        ("corp.example.", False),
        ("192.0.2.7", False),
        ("-a.example", False),
        ("", False),
        ("a" * 64 + ".example", False),
        (".".join(["a" * 60] * 5), False),
    ],
)
def test_plain_names(name: str, plain: bool) -> None:
    """A name on which no two clients differ."""
    assert is_plain_name(name) is plain
