"""Names of the end entity: DNS names, wildcards, IDN, addresses, common names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import NAME, Case, Fault
from corpus import extensions as ext
from corpus.certificates import DistinguishedName, cn, dn, leaf
from corpus.ordinary import ISSUING, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpus.certificates import Certified


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    yield from _dns_names()
    yield from _wildcards()
    yield from _international()
    yield from _addresses()
    yield from _common_names()
    yield from _odd()


def _asked(name: str, server_name: str, *names: bytes, matches: bool) -> Case:
    return _case(name, server_name, leaf(ISSUING, "Server", *names), matches=matches)


def _case(name: str, server_name: str, certified: Certified, *, matches: bool) -> Case:
    return Case(
        name,
        (certified, ISSUING),
        (ROOT,),
        server_name=server_name,
        fault=None if matches else Fault("name-mismatch", 0, certified),
    )


def _dns_names() -> Iterator[Case]:
    named = ext.dns(NAME)
    yield _asked("another name", "other.corp.example", named, matches=False)
    yield _asked("a name below", f"v2.{NAME}", named, matches=False)
    yield _asked("a name above", "corp.example", named, matches=False)
    yield _asked("upper case in the SAN", NAME, ext.dns(NAME.upper()), matches=True)
    yield _asked("upper case asked for", NAME.upper(), named, matches=True)
    yield _asked("trailing dot in the SAN", NAME, ext.dns(f"{NAME}."), matches=False)
    yield _asked("trailing dot asked for", f"{NAME}.", named, matches=True)
    yield _asked("trailing dots on both sides", f"{NAME}.", ext.dns(f"{NAME}."), matches=False)
    yield _asked(
        "underscore in the name",
        "my_api.corp.example",
        ext.dns("my_api.corp.example"),
        matches=True,
    )
    yield _asked("one label", "intranet", ext.dns("intranet"), matches=True)
    yield _asked("leading dot in the SAN", NAME, ext.dns(".corp.example"), matches=False)
    yield _asked("space behind the name", NAME, ext.dns(f"{NAME} "), matches=False)
    yield _asked(
        "label of 63 bytes", f"{'a' * 63}.example", ext.dns(f"{'a' * 63}.example"), matches=True
    )
    crowd = [ext.dns(f"host-{number}.corp.example") for number in range(1000)]
    yield _asked("a thousand names, the last is right", NAME, *crowd, named, matches=True)
    yield _asked("a thousand names, none is right", NAME, *crowd, matches=False)
    nul = ext.dns(f"{NAME}\0.evil.example".encode())
    yield _asked("embedded NUL in the SAN", NAME, nul, matches=False)
    yield _asked("Latin-1 in the SAN", NAME, ext.dns(b"m\xfcller.example"), named, matches=True)


def _wildcards() -> Iterator[Case]:
    star = ext.dns("*.corp.example")
    yield _asked("wildcard", NAME, star, matches=True)
    yield _asked("wildcard in upper case", NAME, ext.dns("*.CORP.Example"), matches=True)
    yield _asked("wildcard for two labels", f"v2.{NAME}", star, matches=False)
    yield _asked("wildcard for no label", "corp.example", star, matches=False)
    yield _asked("wildcard too wide", "api.local", ext.dns("*.local"), matches=False)
    yield _asked("wildcard alone", "intranet", ext.dns("*"), matches=False)
    yield _asked("partial wildcard before", NAME, ext.dns("a*.corp.example"), matches=False)
    yield _asked("partial wildcard behind", NAME, ext.dns("*i.corp.example"), matches=False)
    yield _asked("wildcard in the middle", NAME, ext.dns("api.*.example"), matches=False)
    yield _asked("two wildcards", NAME, ext.dns("*.*.example"), matches=False)
    yield _asked("wildcard and an underscore", "my_api.corp.example", star, matches=False)
    yield _asked("wildcard and a trailing dot", NAME, ext.dns("*.corp.example."), matches=False)
    yield _asked("wildcard and an address", "127.0.0.1", ext.dns("*.0.0.1"), matches=False)
    yield _asked("wildcard and an A-label", "xn--mller-kva.corp.example", star, matches=True)
    yield _asked(
        "wildcard in an A-label",
        "xn--mller-kva.example.net",
        ext.dns("xn--*.example.net"),
        matches=False,
    )


def _international() -> Iterator[Case]:
    a_label = ext.dns("xn--mller-kva.example")
    yield _asked("IDN as U-label asked for", "müller.example", a_label, matches=True)
    yield _asked("IDN as A-label asked for", "xn--mller-kva.example", a_label, matches=True)
    yield _asked(
        "IDN in upper case", "xn--mller-kva.example", ext.dns("XN--MLLER-KVA.example"), matches=True
    )
    yield _asked(
        "IDN as UTF-8 in the SAN", "müller.example", ext.dns("müller.example"), matches=False
    )
    # IDNA 2008 keeps the sharp s, IDNA 2003 made ss of it.
    yield _asked(
        "IDN with a sharp s", "straße.example", ext.dns("xn--strae-oqa.example"), matches=True
    )


def _addresses() -> Iterator[Case]:
    v4, v6 = ext.ip("192.0.2.7"), ext.ip("2001:db8::7")
    yield _asked("IPv4 SAN", "192.0.2.7", v4, matches=True)
    yield _asked("another IPv4 SAN", "192.0.2.8", v4, matches=False)
    yield _asked("IPv6 SAN", "2001:db8::7", v6, matches=True)
    yield _asked("IPv6 SAN in other words", "2001:0DB8:0::0:7", v6, matches=True)
    yield _asked("another IPv6 SAN", "2001:db8::8", v6, matches=False)
    yield _asked("IPv4 SAN, a name asked for", NAME, v4, matches=False)
    yield _asked("IPv4 in a dNSName", "192.0.2.7", ext.dns("192.0.2.7"), matches=False)
    yield _asked("IPv4-mapped IPv6 SAN", "192.0.2.7", ext.ip("::ffff:192.0.2.7"), matches=False)
    yield _asked("IPv4 and name", "192.0.2.7", ext.dns(NAME), v4, matches=True)
    yield _asked("loopback", "127.0.0.1", ext.ip("127.0.0.1"), matches=True)
    yield _asked("address of 5 bytes", "192.0.2.7", b"\x87\x05\xc0\x00\x02\x07\x07", matches=False)


def _common_names() -> Iterator[Case]:
    yield _cn_only("common name alone", NAME, cn(NAME), matches=True)
    yield _cn_only("common name alone, another", NAME, cn("other.corp.example"), matches=False)
    yield _cn_only("common name in upper case", NAME, cn(NAME.upper()), matches=True)
    yield _cn_only("common name with a wildcard", NAME, cn("*.corp.example"), matches=True)
    yield _cn_only("common name of an address", "192.0.2.7", cn("192.0.2.7"), matches=False)
    two = dn(("CN", NAME), ("CN", "other.corp.example"))
    yield _cn_only("two common names, the first is right", NAME, two, matches=True)
    yield _cn_only("two common names, the last is right", "other.corp.example", two, matches=True)
    for kind, other in (
        ("email", ext.email("ops@corp.example")),
        ("URI", ext.uri("spiffe://corp.example/api")),
        ("directoryName", ext.directory(cn("API"))),
        ("registeredID", ext.registered_id("2.999.4")),
        ("address", ext.ip("192.0.2.7")),
    ):
        yield Case(
            f"common name and a SAN of {kind} only",
            (leaf(ISSUING, NAME, other), ISSUING),
            (ROOT,),
            remarks=("cn-only",),
        )
    yield _case(
        "common name right, SAN of another name",
        NAME,
        leaf(ISSUING, NAME, ext.dns("other.corp.example")),
        matches=False,
    )
    yield _cn_only("no name at all", NAME, dn(("O", "Corp")), matches=False)
    nul = cn(f"{NAME}\0.evil.example")
    yield _cn_only("embedded NUL in the common name", NAME, nul, matches=False)


def _cn_only(name: str, server_name: str, subject: DistinguishedName, *, matches: bool) -> Case:
    certified = leaf(ISSUING, subject, extensions={"subjectAltName": None})
    return Case(
        name,
        (certified, ISSUING),
        (ROOT,),
        server_name=server_name,
        fault=None if matches else Fault("name-mismatch", 0, certified),
        remarks=("cn-only",) if matches else (),
    )


def _odd() -> Iterator[Case]:
    named = ext.dns(NAME)
    for word, critical in (("critical", True), ("non-critical", False)):
        alternatives = ext.subject_alternative_name(named, critical=critical)
        nameless = leaf(ISSUING, dn(), extensions={"subjectAltName": alternatives})
        yield _case(f"empty subject with a {word} SAN", NAME, nameless, matches=True)
    empty = leaf(ISSUING, extensions={"subjectAltName": ext.subject_alternative_name()})
    yield _case("empty SAN", NAME, empty, matches=True)
