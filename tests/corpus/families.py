"""Where families of clients part: what OpenSSL takes and another refuses, or the other way round.

The ideas are those of x509-limbo and of each family's own source: depth, digests that not all
know, critical extensions, constraints, names that are none, policies, and roots that are odd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import NAME, Case, Fault
from corpus import extensions as ext
from corpus.certificates import intermediate, leaf, root
from corpus.der import explicit, implicit, integer, oid, sequence
from corpus.keyring import key
from corpus.ordinary import ISSUING, LEAF, OTHER_ROOT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpus.certificates import Certified


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    yield from _depth()
    yield from _keys_and_digests()
    yield from _critical_extensions()
    yield from _policies()
    yield from _constraints()
    yield from _names()
    yield from _serials_and_versions()
    yield from _anchors()


def _depth() -> Iterator[Case]:
    for count in (5, 6, 7, 14):
        chain = _tiers(count)
        yield Case(f"{count} intermediates", chain, (ROOT,))
    for count in (5, 6):
        end_entity, *cas = _tiers(count)
        yield Case(
            f"{count} intermediates in the wrong order",
            (end_entity, *reversed(cas)),
            (ROOT,),
            remarks=("wrong-order",),
        )
    crowd = tuple(intermediate(OTHER_ROOT, f"Stranger {number}") for number in range(9))
    yield Case(
        "nine unrelated certificates behind",
        (LEAF, ISSUING, *crowd),
        (ROOT,),
        remarks=("extra-certificates",),
    )


def _tiers(count: int) -> tuple[Certified, ...]:
    path: tuple[Certified, ...] = ()
    issuer = ROOT
    for tier in range(count):
        issuer = intermediate(issuer, f"Tier {tier}")
        path = (issuer, *path)
    return leaf(issuer), *path


def _keys_and_digests() -> Iterator[Case]:
    for kind, digest in (("P-256", "sha384"), ("P-256", "sha512"), ("P-384", "sha512")):
        top = root(key=key("Root", kind), digest=digest)
        yield Case(f"{kind} root that signs with {digest}", (leaf(top, digest=digest),), (top,))
    for digest in ("sha384", "sha512"):
        top = root(key=key("Root", "P-521"), digest=digest)
        yield Case(f"P-521 root that signs with {digest}", (leaf(top, digest=digest),), (top,))
    for kind in ("P-224", "brainpoolP256r1"):
        top = root(key=key("Root", kind))
        ca = intermediate(top, key=key("Intermediate", kind))
        yield Case(f"{kind} root and intermediate", (leaf(ca), ca), (top,))
    rsa = root(key=key("Root", "RSA-2048"))
    yield Case("sha224 leaf", (leaf(rsa, digest="sha224"),), (rsa,))
    for digest in ("sha384", "sha512"):
        yield Case(f"PSS leaf with {digest}", (leaf(rsa, digest=digest, pss=True),), (rsa,))
    strong = root(key=key("Root", "RSA-3072"))
    yield Case("RSA-3072 root", (leaf(strong),), (strong,))
    short = leaf(ISSUING, key=key("leaf", "RSA-1536"))
    yield Case("RSA-1536 leaf", (short, ISSUING), (ROOT,), fault=Fault("weak-key", 0, short))
    short_ca = intermediate(ROOT, key=key("Intermediate", "RSA-1536"))
    yield Case(
        "RSA-1536 intermediate",
        (leaf(short_ca), short_ca),
        (ROOT,),
        fault=Fault("weak-key", 1, short_ca),
    )


def _critical_extensions() -> Iterator[Case]:
    point = sequence(sequence(explicit(0, explicit(0, ext.uri("http://crl.corp.example/ca.crl")))))
    yield _leaf("leaf with CRL distribution points", {"crl": ext.extension("2.5.29.31", point)})
    yield _leaf(
        "leaf with critical CRL distribution points",
        {"crl": ext.extension("2.5.29.31", point, critical=True)},
    )
    access = sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), ext.uri("http://ocsp.corp.example/")))
    yield _leaf("leaf with AIA", {"aia": ext.extension("1.3.6.1.5.5.7.1.1", access)})
    yield _leaf(
        "leaf with critical AIA",
        {"aia": ext.extension("1.3.6.1.5.5.7.1.1", access, critical=True)},
        "unhandled-extension",
    )
    named = ext.subject_alternative_name(ext.dns(NAME), critical=True)
    yield _leaf("leaf with a critical SAN", {"subjectAltName": named})
    narrowed = ext.name_constraints(permitted=(ext.dns("corp.example"),))
    yield _leaf("leaf with name constraints", {"nameConstraints": narrowed})
    purpose = ext.extended_key_usage(ext.SERVER_AUTH, critical=True)
    ca = intermediate(ROOT, extensions={"extKeyUsage": purpose})
    yield Case("intermediate with a critical EKU serverAuth", (leaf(ca), ca), (ROOT,))


def _policies() -> Iterator[Case]:
    policy = ext.extension("2.5.29.32", sequence(sequence(oid("2.999.3"))))
    explicit_policy = ext.extension(
        "2.5.29.36", sequence(implicit(0, integer(0)[2:])), critical=True
    )
    no_any = ext.extension("2.5.29.54", integer(0), critical=True)
    asked = intermediate(ROOT, extensions={"policyConstraints": explicit_policy})
    yield Case("explicit policy required, and none there", (leaf(asked), asked), (ROOT,))
    both = {"policyConstraints": explicit_policy, "certificatePolicies": policy}
    held = intermediate(ROOT, extensions=both)
    below = leaf(held, extensions={"certificatePolicies": policy})
    yield Case("explicit policy required, and held", (below, held), (ROOT,))
    other = ext.extension("2.5.29.32", sequence(sequence(oid("2.999.4"))))
    astray = leaf(held, extensions={"certificatePolicies": other})
    yield Case("explicit policy required, and another there", (astray, held), (ROOT,))
    inhibited = intermediate(
        ROOT, extensions={"inhibitAnyPolicy": no_any, "certificatePolicies": policy}
    )
    below = leaf(inhibited, extensions={"certificatePolicies": policy})
    yield Case("any policy inhibited", (below, inhibited), (ROOT,))


def _constraints() -> Iterator[Case]:
    named, star = ext.dns(NAME), ext.dns("*.corp.example")
    yield _constrained("no dNSName constraint but an empty one", (ext.dns(""),), (), named)
    yield _constrained("every dNSName excluded", (), (ext.dns(""),), named, fault="name-constraint")
    yield _constrained("excluded name below a wildcard", (), (named,), star)
    yield _constrained(
        "permitted name below a wildcard", (named,), (), star, fault="name-constraint"
    )
    yield _constrained("permitted email, none there", (ext.email("corp.example"),), (), named)
    spiffe = ext.uri("spiffe://corp.example/api")
    yield _constrained("permitted URI, none there", (ext.uri("corp.example"),), (), named)
    yield _constrained("permitted URI", (ext.uri("corp.example"),), (), named, spiffe)
    yield _constrained("excluded URI of others", (), (ext.uri("other.example"),), named, spiffe)
    yield _constrained(
        "permitted email", (ext.email("corp.example"),), (), named, ext.email("ops@corp.example")
    )
    yield _constrained(
        "permitted name and any address",
        (ext.dns("corp.example"),),
        (),
        named,
        ext.ip("192.0.2.7"),
    )
    yield _constrained(
        "permitted name and no address",
        (ext.dns("corp.example"),),
        (ext.ip("0.0.0.0/0"), ext.ip("::/0")),
        named,
    )
    yield _constrained(
        "critical constraint on a kind that nobody has", (ext.registered_id("2.999"),), (), named
    )
    yield _constrained(
        "two permitted names", (ext.dns("other.example"), ext.dns("corp.example")), (), named
    )
    upper = intermediate(
        ROOT,
        "Upper",
        extensions={"nameConstraints": ext.name_constraints(permitted=(ext.dns("example"),))},
    )
    lower = intermediate(
        upper,
        "Lower",
        extensions={"nameConstraints": ext.name_constraints(permitted=(ext.dns("corp.example"),))},
    )
    yield Case("constraints on two levels", (leaf(lower), lower, upper), (ROOT,))


def _constrained(
    name: str,
    permitted: tuple[bytes, ...],
    excluded: tuple[bytes, ...],
    *names: bytes,
    fault: str | None = None,
) -> Case:
    constraints = ext.name_constraints(permitted=permitted, excluded=excluded)
    ca = intermediate(ROOT, extensions={"nameConstraints": constraints})
    certified = leaf(ca, "Server", *names)
    return Case(name, (certified, ca), (ROOT,), fault=Fault(fault, 0, certified) if fault else None)


def _names() -> Iterator[Case]:
    named = ext.dns(NAME)
    for word, other in (
        ("a SPIFFE ID", ext.uri("spiffe://corp.example/api")),
        ("a URI that is none", ext.uri("http://a b/")),
        ("a URI without a host", ext.uri("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
        ("an email that is none", ext.email("ops")),
        ("a name with a space", ext.dns("bad name")),
        ("an empty name", ext.dns("")),
        ("a name with an empty label", ext.dns("a..example")),
        ("an address as a name", ext.dns("192.0.2.7")),
        ("a bare wildcard", ext.dns("*")),
        ("a name with a trailing dot", ext.dns("b.corp.example.")),
        ("an underscore elsewhere", ext.dns("_dmarc.corp.example")),
        ("a registered identifier", ext.registered_id("2.999.4")),
        ("a directory name", ext.directory(ROOT.subject)),
    ):
        yield Case(
            f"SAN with {word} first", (leaf(ISSUING, "Server", other, named), ISSUING), (ROOT,)
        )
    under = leaf(ISSUING, "Server", ext.dns("*.my_corp.example"))
    yield Case(
        "wildcard above an underscore",
        (under, ISSUING),
        (ROOT,),
        server_name="api.my_corp.example",
        fault=Fault("name-mismatch", 0, under),
    )
    deep = leaf(ISSUING, "Server", ext.dns("*.a.b.c.example"))
    yield Case("wildcard of five labels", (deep, ISSUING), (ROOT,), server_name="x.a.b.c.example")
    digits = leaf(ISSUING, "Server", ext.dns("10.corp.example"))
    yield Case("label of digits", (digits, ISSUING), (ROOT,), server_name="10.corp.example")


def _serials_and_versions() -> Iterator[Case]:
    negative = intermediate(ROOT, serial=-17)
    yield Case("intermediate with a negative serial", (leaf(negative), negative), (ROOT,))
    top = root(serial=-17)
    yield Case("root with a negative serial", (leaf(top),), (top,))
    zero = intermediate(ROOT, serial=0)
    yield Case("intermediate with serial 0", (leaf(zero), zero), (ROOT,))
    long = intermediate(ROOT, serial=2**199 - 1)
    yield Case("intermediate with a serial of 25 bytes", (leaf(long), long), (ROOT,))
    v1 = leaf(ISSUING, version=1)
    yield Case("v1 leaf", (v1, ISSUING), (ROOT,), remarks=("cn-only",))


def _anchors() -> Iterator[Case]:
    twin = root(ISSUING.subject, key=ISSUING.key)
    yield Case("root of the intermediate's name and key", (LEAF, ISSUING), (twin,))
    beside = (ROOT, twin)
    yield Case("root of the intermediate's name and key beside its root", (LEAF, ISSUING), beside)
    first = intermediate(ROOT, "First", key=key("First"))
    second = intermediate(first, "Second", key=key("Second"))
    back = intermediate(second, "First", key=key("First"))
    yield Case(
        "two CAs that certify each other, and a root above",
        (leaf(second), second, back, first),
        (ROOT,),
        fault=Fault("unknown-ca", 2, back),
    )
    by_serial = {
        "authorityKeyIdentifier": ext.authority_key_identifier(None, issuer_and_serial_of=ROOT)
    }
    yield Case("AKI of issuer and serial alone", (leaf(ROOT, extensions=by_serial),), (ROOT,))
    older = leaf(ISSUING, days=(-350, 60))
    yield Case("leaf older than its issuer", (older, ISSUING), (ROOT,))
    usage = root(extensions={"keyUsage": ext.key_usage("keyCertSign", critical=False)})
    yield Case("root with keyCertSign alone, not critical", (leaf(usage),), (usage,))
    constrained = root(
        extensions={"nameConstraints": ext.name_constraints(permitted=(ext.dns("corp.example"),))}
    )
    yield Case("name permitted by the root", (leaf(constrained),), (constrained,))
    policies = ext.extension("2.5.29.32", sequence(sequence(oid("2.999.3"))), critical=True)
    stated = root(extensions={"certificatePolicies": policies})
    yield Case("root with critical policies", (leaf(stated),), (stated,))


def _leaf(name: str, extensions: dict[str, bytes | None], fault: str | None = None) -> Case:
    certified = leaf(ISSUING, extensions=extensions)
    return Case(
        name,
        (certified, ISSUING),
        (ROOT,),
        fault=Fault(fault, 0, certified) if fault else None,
    )
