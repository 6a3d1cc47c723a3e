"""Name constraints (RFC 5280 4.2.1.10): kept and broken, on names of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import NAME, Case, Fault
from corpus import extensions as ext
from corpus.certificates import cn, dn, intermediate, leaf, root
from corpus.ordinary import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpus.certificates import DistinguishedName


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    yield from _dns_names()
    yield from _addresses()
    yield from _other_kinds()
    yield from _elsewhere()


def _under(
    name: str,
    constraints: bytes,
    subject: str | DistinguishedName = NAME,
    *names: bytes,
    server_name: str = NAME,
    kept: bool,
    common_name_only: bool = False,
) -> Case:
    ca = intermediate(ROOT, extensions={"nameConstraints": constraints})
    if common_name_only:
        certified = leaf(ca, subject, extensions={"subjectAltName": None})
    else:
        certified = leaf(ca, subject, *names)
    return Case(
        name,
        (certified, ca),
        (ROOT,),
        server_name=server_name,
        fault=None if kept else Fault("name-constraint", 0, certified),
        remarks=("cn-only",) if kept and common_name_only else (),
    )


def _dns_names() -> Iterator[Case]:
    corp = ext.name_constraints(permitted=(ext.dns("corp.example"),))
    dotted = ext.name_constraints(permitted=(ext.dns(".corp.example"),))
    elsewhere = ext.name_constraints(permitted=(ext.dns("other.example"),))
    yield _under("permitted name", corp, kept=True)
    yield _under("permitted name with a leading dot", dotted, kept=True)
    yield _under(
        "permitted names below, the name itself",
        dotted,
        "corp.example",
        server_name="corp.example",
        kept=False,
    )
    yield _under("name not permitted", elsewhere, kept=False)
    yield _under(
        "permitted name in upper case",
        ext.name_constraints(permitted=(ext.dns("CORP.EXAMPLE"),)),
        kept=True,
    )
    yield _under(
        "permitted suffix that is no label",
        ext.name_constraints(permitted=(ext.dns("rp.example"),)),
        kept=False,
    )
    yield _under(
        "excluded name", ext.name_constraints(excluded=(ext.dns("corp.example"),)), kept=False
    )
    yield _under(
        "excluded name of others",
        ext.name_constraints(excluded=(ext.dns("other.example"),)),
        kept=True,
    )
    yield _under(
        "permitted and excluded name",
        ext.name_constraints(
            permitted=(ext.dns("corp.example"),), excluded=(ext.dns("api.corp.example"),)
        ),
        kept=False,
    )
    yield _under("permitted wildcard", corp, "Server", ext.dns("*.corp.example"), kept=True)
    yield _under(
        "wildcard not permitted", elsewhere, "Server", ext.dns("*.corp.example"), kept=False
    )
    yield _under(
        "second name not permitted",
        corp,
        "Server",
        ext.dns(NAME),
        ext.dns("api.other.example"),
        kept=False,
    )
    yield _under("permitted common name alone", corp, common_name_only=True, kept=True)
    yield _under("common name alone, not permitted", elsewhere, common_name_only=True, kept=False)
    yield _under(
        "constraints not critical",
        ext.name_constraints(permitted=(ext.dns("other.example"),), critical=False),
        kept=False,
    )


def _addresses() -> Iterator[Case]:
    here = ext.name_constraints(permitted=(ext.ip("192.0.2.0/24"),))
    there = ext.name_constraints(permitted=(ext.ip("198.51.100.0/24"),))
    address = ext.ip("192.0.2.7")
    yield _under("permitted address", here, "Server", address, server_name="192.0.2.7", kept=True)
    yield _under(
        "address not permitted", there, "Server", address, server_name="192.0.2.7", kept=False
    )
    yield _under(
        "excluded address",
        ext.name_constraints(excluded=(ext.ip("192.0.2.0/24"),)),
        "Server",
        address,
        server_name="192.0.2.7",
        kept=False,
    )
    yield _under("permitted addresses say nothing of names", there, kept=True)
    yield _under(
        "permitted IPv6 address",
        ext.name_constraints(permitted=(ext.ip("2001:db8::/32"),)),
        "Server",
        ext.ip("2001:db8::7"),
        server_name="2001:db8::7",
        kept=True,
    )


def _other_kinds() -> Iterator[Case]:
    corp = ext.name_constraints(permitted=(ext.directory(dn(("O", "Corp"))),))
    named = ext.dns(NAME)
    yield _under(
        "permitted directoryName", corp, dn(("O", "Corp"), ("CN", "API")), named, kept=True
    )
    yield _under("directoryName not permitted", corp, cn("API"), named, kept=False)
    yield _under(
        "email not permitted",
        ext.name_constraints(permitted=(ext.email("corp.example"),)),
        "Server",
        named,
        ext.email("ops@other.example"),
        kept=False,
    )
    yield _under(
        "constraint on a kind that nobody knows",
        ext.name_constraints(permitted=(ext.registered_id("2.999"),)),
        "Server",
        named,
        ext.registered_id("2.999.4"),
        kept=False,
    )


def _elsewhere() -> Iterator[Case]:
    elsewhere = ext.name_constraints(permitted=(ext.dns("other.example"),))
    narrow = root(extensions={"nameConstraints": elsewhere})
    below = leaf(narrow)
    yield Case(
        "name not permitted by the root",
        (below,),
        (narrow,),
        fault=Fault("name-constraint", 0, below),
    )
    ca = intermediate(narrow)
    under_it = leaf(ca)
    yield Case(
        "name not permitted by the root above an intermediate",
        (under_it, ca),
        (narrow,),
        fault=Fault("name-constraint", 0, under_it),
    )
    self_constrained = leaf(None, extensions={"nameConstraints": elsewhere})
    yield Case(
        "self-signed leaf that does not permit itself, pinned",
        (self_constrained,),
        (self_constrained,),
    )
