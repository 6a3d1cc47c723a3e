"""Roots: old, bare, weak, renewed, two of one name, and an untrusted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import Case, Fault
from corpus import extensions as ext
from corpus.certificates import dn, intermediate, leaf, root
from corpus.keyring import key
from corpus.ordinary import ISSUING, LEAF, OTHER_ROOT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    yield from _plain_and_bare()
    yield from _weak()
    yield from _renewed()
    yield from _unknown()


def _plain_and_bare() -> Iterator[Case]:
    yield Case("leaf by the root", (leaf(ROOT),), (ROOT,))
    bare: dict[str, dict[str, bytes | None]] = {
        "root without keyUsage": {"keyUsage": None},
        "root without SKI": {"subjectKeyIdentifier": None},
        "root without basicConstraints": {"basicConstraints": None},
        "root basicConstraints not critical": {
            "basicConstraints": ext.basic_constraints(ca=True, critical=False)
        },
        "root keyUsage not critical": {"keyUsage": ext.key_usage("keyCertSign", critical=False)},
        "root with path length 0": {"basicConstraints": ext.basic_constraints(True, 0)},
    }
    for name, extensions in bare.items():
        ca = root(extensions=extensions)
        yield Case(name, (leaf(ca),), (ca,))
    nothing = root(
        extensions={"keyUsage": None, "subjectKeyIdentifier": None, "basicConstraints": None}
    )
    yield Case(
        "v3 root without any extension",
        (leaf(nothing),),
        (nothing,),
        fault=Fault("not-a-ca", 1, nothing),
    )
    v1 = root(version=1)
    yield Case("v1 root", (leaf(v1),), (v1,))
    yield Case("v1 root above an intermediate", (LEAF, ISSUING), (v1,))
    named = root(dn(("C", "DE"), ("O", "Corp GmbH")))
    yield Case("root without a common name", (leaf(named),), (named,))
    no_ski = root(extensions={"subjectKeyIdentifier": None})
    no_aki = leaf(no_ski, extensions={"subjectKeyIdentifier": None, "authorityKeyIdentifier": None})
    yield Case("no SKI and no AKI anywhere", (no_aki,), (no_ski,))
    yield Case("a root among other roots", (LEAF, ISSUING), (OTHER_ROOT, root("Third"), ROOT))
    purposed = root(extensions={"extKeyUsage": ext.extended_key_usage(ext.CLIENT_AUTH)})
    yield Case(
        "root with EKU clientAuth only",
        (leaf(purposed),),
        (purposed,),
        fault=Fault("wrong-purpose", 1, purposed),
    )
    server = root(extensions={"extKeyUsage": ext.extended_key_usage(ext.SERVER_AUTH)})
    yield Case("root with EKU serverAuth", (leaf(server),), (server,))
    critical = root(extensions={"unknown": ext.unknown(critical=True)})
    yield Case(
        "root with an unknown critical extension",
        (leaf(critical),),
        (critical,),
        fault=Fault("unhandled-extension", 1, critical),
    )
    twice = {"again": ext.subject_key_identifier(bytes(20))}
    odd = root("Others", serial=-5, extensions=twice)
    yield Case("root of others that nobody can use", (leaf(ROOT),), (odd, ROOT))
    zero = root(serial=0)
    yield Case("root with serial 0", (leaf(zero),), (zero,))
    signs_nothing = root(extensions={"keyUsage": ext.key_usage("digitalSignature", "cRLSign")})
    yield Case(
        "root with keyUsage without keyCertSign",
        (leaf(signs_nothing),),
        (signs_nothing,),
        fault=Fault("not-a-ca", 1, signs_nothing),
    )
    no_ca = root(extensions={"basicConstraints": ext.basic_constraints(ca=False)})
    yield Case("root with CA:FALSE", (leaf(no_ca),), (no_ca,), fault=Fault("not-a-ca", 1, no_ca))


def _weak() -> Iterator[Case]:
    for digest in ("sha1", "md5"):
        ca = root(key=key("Root", "RSA-2048"), digest=digest)
        yield Case(f"root signed with {digest}", (leaf(ca),), (ca,))
    short = root(key=key("Root", "RSA-1024"))
    yield Case("RSA-1024 root", (leaf(short),), (short,), fault=Fault("weak-key", 1, short))
    short_above = intermediate(short)
    yield Case(
        "RSA-1024 root above an intermediate",
        (leaf(short_above), short_above),
        (short,),
        fault=Fault("weak-key", 2, short),
    )
    # Nobody checks what an anchor says of itself.
    broken = root(break_signature=True)
    yield Case("root with a broken signature of its own", (leaf(broken),), (broken,))


def _renewed() -> Iterator[Case]:
    old, new = root(days=(-4000, 300), serial=7), root(days=(-40, 3650), serial=8)
    yield Case("renewed root with the same key", (leaf(old),), (new,))
    yield Case("old and renewed root in the store", (leaf(old),), (old, new))
    both = ext.authority_key_identifier(old.key.identifier, issuer_and_serial_of=old)
    by_serial = leaf(old, extensions={"authorityKeyIdentifier": both})
    yield Case(
        "AKI with issuer and serial of the old root",
        (by_serial,),
        (new,),
        fault=Fault("unknown-ca", 0, by_serial),
    )
    yield Case("AKI with issuer and serial of the root", (by_serial,), (old,))
    rekeyed = root(key=key("Root, new key"))
    yield Case(
        "root of the same name with another key",
        (leaf(rekeyed),),
        (ROOT,),
        fault=Fault("unknown-ca", 0, leaf(rekeyed)),
    )
    nameless = {"authorityKeyIdentifier": None}
    unidentified = leaf(rekeyed, extensions=nameless)
    yield Case(
        "root of the same name with another key, no AKI",
        (unidentified,),
        (ROOT,),
        fault=Fault("bad-signature", 0, unidentified),
    )
    for order, store in (("first", (rekeyed, ROOT)), ("last", (ROOT, rekeyed))):
        yield Case(f"two roots of one name, the right one {order}", (leaf(rekeyed),), store)
    without_ski = {"subjectKeyIdentifier": None}
    right = root(key=rekeyed.key, extensions=without_ski)
    wrong = root(extensions=without_ski)
    yield Case(
        "two roots of one name without identifiers, the right one first",
        (unidentified,),
        (right, wrong),
    )
    yield Case(
        "two roots of one name without identifiers, the wrong one first",
        (unidentified,),
        (wrong, right),
        fault=Fault("bad-signature", 0, unidentified),
    )


def _unknown() -> Iterator[Case]:
    alone = leaf(ROOT)
    yield Case(
        "unknown root, not sent",
        (alone,),
        (OTHER_ROOT,),
        fault=Fault("missing-intermediate", 0, alone),
    )
    yield Case(
        "unknown root above a full chain",
        (LEAF, ISSUING),
        (OTHER_ROOT,),
        fault=Fault("unknown-ca", 1, ISSUING),
    )
    yield Case(
        "unknown root, sent",
        (LEAF, ISSUING, ROOT),
        (OTHER_ROOT,),
        fault=Fault("unknown-ca", 2, ROOT),
        remarks=("root-sent",),
    )
    impostor = root(key=key("Impostor"))
    below = leaf(impostor)
    yield Case(
        "a root of a trusted name with a key of its own, sent",
        (below, impostor),
        (ROOT,),
        fault=Fault("unknown-ca", 1, impostor),
        remarks=("root-sent",),
    )
    yield Case("root sent along", (LEAF, ISSUING, ROOT), (ROOT,), remarks=("root-sent",))
    yield Case("leaf and root sent", (leaf(ROOT), ROOT), (ROOT,), remarks=("root-sent",))
