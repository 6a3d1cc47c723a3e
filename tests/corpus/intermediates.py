"""Intermediates: missing, expired, weak, not allowed to be a CA, or not for a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import Case, Fault
from corpus import extensions as ext
from corpus.certificates import dn, intermediate, leaf, root
from corpus.keyring import key
from corpus.ordinary import ISSUING, LEAF, OTHER_ROOT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpus.certificates import Certified


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    yield from _tiers()
    yield from _missing()
    yield from _partial()
    yield from _not_allowed()
    yield from _path_length()
    yield from _purpose()
    yield from _weak_or_broken()


def _tiers() -> Iterator[Case]:
    yield Case("three tiers", (LEAF, ISSUING), (ROOT,))
    path: tuple[Certified, ...] = ()
    issuer = ROOT
    for tier in range(8):
        issuer = intermediate(issuer, f"Tier {tier}")
        path = (issuer, *path)
    yield Case("ten tiers", (leaf(issuer), *path), (ROOT,))
    rsa = intermediate(ROOT, key=key("Intermediate", "RSA-2048"))
    yield Case("RSA intermediate under an EC root", (leaf(rsa), rsa), (ROOT,))
    nameless = intermediate(ROOT, dn())
    yield Case("intermediate without a subject", (leaf(nameless), nameless), (ROOT,))
    # A CA that changes its key signs the new one with the old, under one name (RFC 5280 3.2).
    rolled = intermediate(ROOT, ROOT.subject, key=key("Root, rolled over"))
    yield Case("self-issued root for a new key", (leaf(rolled), rolled), (ROOT,))


def _missing() -> Iterator[Case]:
    yield Case(
        "missing intermediate", (LEAF,), (ROOT,), fault=Fault("missing-intermediate", 0, LEAF)
    )
    yield Case(
        "missing everything", (LEAF,), (OTHER_ROOT,), fault=Fault("missing-intermediate", 0, LEAF)
    )
    upper = intermediate(ROOT, "Upper")
    lower = intermediate(upper, "Lower")
    below = leaf(lower)
    yield Case(
        "missing upper intermediate",
        (below, lower),
        (ROOT,),
        fault=Fault("unknown-ca", 1, lower),
    )
    yield Case(
        "missing lower intermediate",
        (below, upper),
        (ROOT,),
        fault=Fault("missing-intermediate", 0, below),
    )
    yield Case(
        "the root instead of the intermediate",
        (LEAF, ROOT),
        (ROOT,),
        fault=Fault("missing-intermediate", 0, LEAF),
    )
    other = intermediate(ROOT, "Another Intermediate")
    yield Case(
        "the wrong intermediate",
        (LEAF, other),
        (ROOT,),
        fault=Fault("missing-intermediate", 0, LEAF),
    )
    rekeyed = intermediate(ROOT, key=key("Intermediate, new key"))
    yield Case(
        "an intermediate of the right name with another key",
        (LEAF, rekeyed),
        (ROOT,),
        fault=Fault("missing-intermediate", 0, LEAF),
    )


def _partial() -> Iterator[Case]:
    yield Case("store of the intermediate alone", (LEAF, ISSUING), (ISSUING,))
    yield Case("intermediate only in the store", (LEAF,), (ISSUING,))
    yield Case("intermediate in the store beside its root", (LEAF,), (ROOT, ISSUING))
    upper = intermediate(ROOT, "Upper")
    lower = intermediate(upper, "Lower")
    yield Case("store of the upper intermediate alone", (leaf(lower), lower), (upper,))
    expired = intermediate(ROOT, days=(-300, -2))
    yield Case(
        "store of an expired intermediate alone",
        (LEAF,),
        (expired,),
        fault=Fault("path-expired", 1, expired),
    )
    dead_root = root(days=(-4000, -2))
    # With partial chains, OpenSSL looks no further than the first anchor.
    yield Case(
        "intermediate in the store beside its expired root",
        (LEAF, ISSUING),
        (ISSUING, dead_root),
    )
    yield Case(
        "intermediate in the store, expired root sent", (LEAF, ISSUING, dead_root), (ISSUING,)
    )
    # The store comes before what the server sends, even where it is out of date.
    yield Case(
        "expired intermediate in the store, its renewal sent",
        (LEAF, ISSUING),
        (expired, ROOT),
        fault=Fault("path-expired", 1, expired),
    )


def _not_allowed() -> Iterator[Case]:
    wrong: dict[str, dict[str, bytes | None]] = {
        "intermediate with CA:FALSE": {"basicConstraints": ext.basic_constraints(ca=False)},
        "intermediate without basicConstraints": {"basicConstraints": None},
        "intermediate without basicConstraints and keyUsage": {
            "basicConstraints": None,
            "keyUsage": None,
        },
        "intermediate keyUsage without keyCertSign": {
            "keyUsage": ext.key_usage("digitalSignature", "keyEncipherment")
        },
        "intermediate that is an end entity": {
            "basicConstraints": None,
            "keyUsage": ext.key_usage("digitalSignature"),
            "extKeyUsage": ext.extended_key_usage(ext.SERVER_AUTH),
        },
    }
    for name, extensions in wrong.items():
        ca = intermediate(ROOT, extensions=extensions)
        yield Case(name, (leaf(ca), ca), (ROOT,), fault=Fault("not-a-ca", 1, ca))
    v1 = intermediate(ROOT, version=1)
    yield Case("v1 intermediate", (leaf(v1), v1), (ROOT,), fault=Fault("not-a-ca", 1, v1))
    twice = intermediate(ROOT, extensions={"again": ext.basic_constraints(ca=True)})
    yield Case(
        "intermediate with basicConstraints twice",
        (leaf(twice), twice),
        (ROOT,),
        fault=Fault("untrusted", 1, twice),
    )
    allowed: dict[str, dict[str, bytes | None]] = {
        "intermediate basicConstraints not critical": {
            "basicConstraints": ext.basic_constraints(ca=True, critical=False)
        },
        "intermediate without keyUsage": {"keyUsage": None},
        "intermediate without SKI": {"subjectKeyIdentifier": None},
        "intermediate without AKI": {"authorityKeyIdentifier": None},
        "intermediate with an unknown extension": {"unknown": ext.unknown(critical=False)},
    }
    for name, extensions in allowed.items():
        ca = intermediate(ROOT, extensions=extensions)
        yield Case(name, (leaf(ca), ca), (ROOT,))


def _path_length() -> Iterator[Case]:
    narrow = root(extensions={"basicConstraints": ext.basic_constraints(True, 0)})
    yield Case(
        "path length of the root exceeded",
        (LEAF, ISSUING),
        (narrow,),
        fault=Fault("path-length", 2, narrow),
    )
    upper = intermediate(
        ROOT, "Upper", extensions={"basicConstraints": ext.basic_constraints(True, 0)}
    )
    lower = intermediate(upper, "Lower")
    yield Case(
        "path length of an intermediate exceeded",
        (leaf(lower), lower, upper),
        (ROOT,),
        fault=Fault("path-length", 2, upper),
    )
    exact = root(extensions={"basicConstraints": ext.basic_constraints(True, 1)})
    yield Case("path length used up", (LEAF, ISSUING), (exact,))
    # Self-issued certificates do not count (RFC 5280 4.2.1.9).
    rolled = intermediate(narrow, narrow.subject, key=key("Root, rolled over"))
    yield Case("path length and a self-issued root", (leaf(rolled), rolled), (narrow,))


def _purpose() -> Iterator[Case]:
    for name, purpose, right in (
        ("clientAuth only", ext.CLIENT_AUTH, False),
        ("codeSigning only", ext.CODE_SIGNING, False),
        ("anyExtendedKeyUsage", ext.ANY_EXTENDED_KEY_USAGE, False),
        ("serverAuth", ext.SERVER_AUTH, True),
    ):
        ca = intermediate(ROOT, extensions={"extKeyUsage": ext.extended_key_usage(purpose)})
        yield Case(
            f"intermediate with EKU {name}",
            (leaf(ca), ca),
            (ROOT,),
            fault=None if right else Fault("wrong-purpose", 1, ca),
        )


def _weak_or_broken() -> Iterator[Case]:
    for digest in ("sha1", "md5"):
        rsa_root = root(key=key("Root", "RSA-2048"))
        ca = intermediate(rsa_root, digest=digest)
        yield Case(
            f"{digest} intermediate",
            (leaf(ca), ca),
            (rsa_root,),
            fault=Fault("weak-digest", 1, ca),
        )
    short = intermediate(ROOT, key=key("Intermediate", "RSA-1024"))
    yield Case(
        "RSA-1024 intermediate", (leaf(short), short), (ROOT,), fault=Fault("weak-key", 1, short)
    )
    critical = intermediate(ROOT, extensions={"unknown": ext.unknown(critical=True)})
    yield Case(
        "intermediate with an unknown critical extension",
        (leaf(critical), critical),
        (ROOT,),
        fault=Fault("unhandled-extension", 1, critical),
    )
    forged = intermediate(ROOT, break_signature=True)
    yield Case(
        "intermediate with a bad signature",
        (LEAF, forged),
        (ROOT,),
        fault=Fault("bad-signature", 1, forged),
    )
    misled = ext.authority_key_identifier(bytes(20))
    lost = intermediate(ROOT, extensions={"authorityKeyIdentifier": misled})
    yield Case(
        "intermediate whose AKI is not the root's SKI",
        (LEAF, lost),
        (ROOT,),
        fault=Fault("unknown-ca", 1, lost),
    )
