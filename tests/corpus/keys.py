"""Keys and digests: every kind that a server may have, and those that are too weak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus import Case, Fault
from corpus.certificates import intermediate, leaf, root
from corpus.keyring import key
from corpus.ordinary import ISSUING, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


def cases() -> Iterator[Case]:
    """Every case of this theme."""
    for kind in (
        "P-224",
        "P-384",
        "P-521",
        "Ed25519",
        "Ed448",
        "RSA-2048",
        "RSASSA-PSS-2048",
        "secp256k1",
        "brainpoolP256r1",
    ):
        certified = leaf(ISSUING, key=key("leaf", kind))
        yield Case(f"{kind} leaf", (certified, ISSUING), (ROOT,))
    for kind in (
        "P-384",
        "P-521",
        "Ed25519",
        "Ed448",
        "RSA-2048",
        "secp256k1",
        "DSA",
    ):
        top = root(key=key("Root", kind))
        ca = intermediate(top, key=key("Intermediate", kind))
        yield Case(f"{kind} root and intermediate", (leaf(ca), ca), (top,))
    explicit = intermediate(ROOT, key=key("Intermediate", "P-256 explicit"))
    yield Case(
        "intermediate with explicit curve parameters",
        (leaf(explicit), explicit),
        (ROOT,),
        fault=Fault("untrusted", 1, explicit),
    )
    pss = root(key=key("Root", "RSASSA-PSS-2048"), pss=True)
    yield Case("RSASSA-PSS root", (leaf(pss, pss=True),), (pss,))
    rsa = root(key=key("Root", "RSA-2048"))
    yield Case("RSA root that signs with PSS", (leaf(rsa, pss=True),), (rsa,))
    ed25519 = root(key=key("Root", "Ed25519"))
    yield Case(
        "Ed25519 leaf of an Ed25519 root", (leaf(ed25519, key=key("leaf", "Ed25519")),), (ed25519,)
    )
    for digest in ("sha384", "sha512"):
        yield Case(f"{digest} leaf", (leaf(rsa, digest=digest),), (rsa,))
    yield from _weak()


def _weak() -> Iterator[Case]:
    rsa = root(key=key("Root", "RSA-2048"))
    for digest in ("sha1", "md5"):
        weak = leaf(rsa, digest=digest)
        yield Case(f"{digest} leaf", (weak,), (rsa,), fault=Fault("weak-digest", 0, weak))
    ecdsa = leaf(ISSUING, digest="sha1")
    yield Case(
        "ecdsa-with-sha1 leaf",
        (ecdsa, ISSUING),
        (ROOT,),
        fault=Fault("weak-digest", 0, ecdsa),
    )
    pss = leaf(rsa, digest="sha1", pss=True)
    yield Case("PSS leaf with sha1", (pss,), (rsa,), fault=Fault("weak-digest", 0, pss))
    for kind in ("RSA-1024", "P-192"):
        short = leaf(ISSUING, key=key("leaf", kind))
        yield Case(f"{kind} leaf", (short, ISSUING), (ROOT,), fault=Fault("weak-key", 0, short))
        weak_ca = intermediate(ROOT, key=key("Intermediate", kind))
        if kind != "RSA-1024":  # that one is among the intermediates
            yield Case(
                f"{kind} intermediate",
                (leaf(weak_ca), weak_ca),
                (ROOT,),
                fault=Fault("weak-key", 1, weak_ca),
            )
    pinned = leaf(None, key=key("leaf", "RSA-1024"))
    yield Case("RSA-1024 leaf, pinned", (pinned,), (pinned,), fault=Fault("weak-key", 0, pinned))
    pinned = leaf(None, key=key("leaf", "RSA-2048"), digest="sha1")
    yield Case("sha1 self-signed leaf, pinned", (pinned,), (pinned,))
    issued = leaf(rsa, digest="sha1")
    yield Case("sha1 leaf of a CA, pinned", (issued,), (issued,))
